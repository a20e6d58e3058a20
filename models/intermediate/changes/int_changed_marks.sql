-- Grain: mark_id. Marks whose row of int_marks may not be what it was: a version arrived, or what stands around it changed
-- (student, group, subject, periods, the dates of a year), or the deadline of a «точка» has passed. Empty in a full build.
{{ comes_after([
    "stg_marks",
    "stg_groups",
    "stg_subjects",
    "int_schedule_periods",
    "int_academic_years",
    "int_changed_profiles",
    "int_changed_dates",
]) }}
{% if continues() %}
with groups as (
    {{ differing_rows(
        previous("stg_groups"), ref("stg_groups"), ["group_id", "attestation_periods_schedule_id"]
    ) }}
),

subjects as (
    {{ differing_rows(previous("stg_subjects"), ref("stg_subjects"), ["subject_id"]) }}
),

periods as (
    {{ changed_periods() }}
),

changed_groups as (
    select group_id from groups
    union
    select group_id
    from {{ ref("stg_groups") }}
    where attestation_periods_schedule_id in (select periods.attestation_periods_schedule_id from periods)
),

passed_points as (
    select marks.mark_id
    from {{ still_kept("intermediate", "int_marks") }} as marks
    inner join {{ previous("int_academic_years") }} as before on marks.academic_year_id = before.academic_year_id
    inner join {{ ref("int_academic_years") }} as after on marks.academic_year_id = after.academic_year_id
    where
        marks.is_point
        and marks.deadline >= least(before.as_of, after.as_of)
        and marks.deadline < greatest(before.as_of, after.as_of)
)

{{ arrived_keys("marks", ["mark_id"]) }}
union
select mark_id from passed_points
union
select marks.mark_id
from {{ ref("stg_marks") }} as marks
inner join {{ ref("int_changed_profiles") }} as profiles on marks.student_profile_id = profiles.profile_id
union
select marks.mark_id
from {{ ref("stg_marks") }} as marks
inner join changed_groups on marks.group_id = changed_groups.group_id
union
select marks.mark_id
from {{ ref("stg_marks") }} as marks
inner join subjects on marks.subject_id = subjects.subject_id
union
select marks.mark_id
from {{ ref("stg_marks") }} as marks
inner join {{ ref("int_changed_dates") }} as dates on marks.date >= dates.from_date and marks.date <= dates.to_date
{% else %}
select cast(null as varchar) as mark_id
where false
{% endif %}
