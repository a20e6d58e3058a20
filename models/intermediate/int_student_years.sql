-- Grain: academic_year_id × student_profile_id. Every student in the year, with *the* organization and class of the year:
-- those of the enrollment that covers the organization's last day so far (active), else of the last enrollment in the year.
with last_period_days as (
    select
        organization_id,
        academic_year_id,
        max(end_date) as last_period_day
    from {{ ref("stg_attestation_periods") }}
    group by organization_id, academic_year_id
),

in_year as (
    select
        years.academic_year_id,
        enrollments.*,
        least(years.as_of, coalesce(last_period_days.last_period_day, years.as_of)) as last_day
    from {{ ref("int_enrollments") }} as enrollments
    inner join {{ ref("int_academic_years") }} as years
        on enrollments.begin_date <= years.as_of and enrollments.end_date >= years.begin_date
    left join last_period_days
        on
            enrollments.organization_id = last_period_days.organization_id
            and years.academic_year_id = last_period_days.academic_year_id
),

covering as (
    select
        *,
        begin_date <= last_day and end_date >= last_day as is_active
    from in_year
),

chosen as (
    select
        *,
        row_number() over (
            partition by academic_year_id, student_profile_id
            order by is_active desc, begin_date desc, enrollment_id desc
        ) as choice
    from covering
)

select
    chosen.academic_year_id,
    chosen.student_profile_id,
    chosen.organization_id,
    class_units.class_unit_id,
    class_units.class_level,
    class_units.attestation_periods_schedule_id,
    class_units.periods_schedule_id,
    chosen.is_active
from chosen
left join {{ ref("stg_class_units") }} as class_units
    on
        chosen.class_unit_id = class_units.class_unit_id
        and chosen.academic_year_id = class_units.academic_year_id
where chosen.choice = 1
