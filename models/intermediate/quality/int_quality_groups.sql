-- Grain: group_id, the groups of the current academic year that the last snapshot still names (C03, C06).
-- A group without a schedule of its own goes by its class, one across classes by the classes of its members.
with last_period_days as (
    select
        organization_id,
        academic_year_id,
        max(end_date) as last_period_day
    from {{ ref("stg_attestation_periods") }}
    group by organization_id, academic_year_id
),

groups as (
    select
        groups.group_id,
        groups.organization_id,
        groups.class_unit_id,
        groups.academic_year_id,
        coalesce(groups.attestation_periods_schedule_id, class_units.attestation_periods_schedule_id) as schedule_id,
        -- The last day so far, as of a student: in summer nobody is a member of anything any more.
        least(years.as_of, coalesce(last_period_days.last_period_day, years.as_of)) as last_day
    from {{ ref("stg_groups") }} as groups
    inner join {{ ref("int_academic_years") }} as years
        on groups.academic_year_id = years.academic_year_id and years.is_current
    left join {{ ref("stg_class_units") }} as class_units on groups.class_unit_id = class_units.class_unit_id
    left join last_period_days
        on
            groups.organization_id = last_period_days.organization_id
            and groups.academic_year_id = last_period_days.academic_year_id
    where groups.is_current
),

members as (
    select
        groups.group_id,
        count(*) as members,
        count(attestation.attestation_periods_schedule_id) as members_with_periods
    from groups
    inner join {{ ref("int_group_days") }} as group_days
        on
            groups.group_id = group_days.group_id
            and groups.last_day >= group_days.from_date
            and groups.last_day <= group_days.to_date
    left join {{ ref("int_student_years") }} as students
        on
            groups.academic_year_id = students.academic_year_id
            and group_days.student_profile_id = students.student_profile_id
    left join {{ ref("int_quality_attestation_periods") }} as attestation
        on students.attestation_periods_schedule_id = attestation.attestation_periods_schedule_id
    group by groups.group_id
)

select
    groups.group_id,
    groups.organization_id,
    groups.class_unit_id,
    case
        when groups.schedule_id is not null or groups.class_unit_id is not null
            then attestation.attestation_periods_schedule_id is not null
        else coalesce(members.members_with_periods, 0) > 0
    end as has_attestation_periods,
    coalesce(members.members, 0) as members
from groups
left join {{ ref("int_quality_attestation_periods") }} as attestation
    on groups.schedule_id = attestation.attestation_periods_schedule_id
left join members on groups.group_id = members.group_id
