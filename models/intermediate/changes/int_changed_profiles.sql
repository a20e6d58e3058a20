-- Grain: profile_id. Profiles that count for another student than before, or whose student has another place in a year, or
-- another calendar of periods there. Empty in a full build.
{{ comes_after(["int_student_profiles", "int_student_years", "int_schedule_periods"]) }}
{% if continues() %}
with mappings as (
    {{ differing_rows(
        previous("int_student_profiles"), ref("int_student_profiles"), ["profile_id", "student_profile_id"]
    ) }}
),

places as (
    {{ differing_rows(
        previous("int_student_years"), ref("int_student_years"),
        [
            "academic_year_id", "student_profile_id", "organization_id", "class_unit_id", "class_level",
            "attestation_periods_schedule_id", "is_active",
        ]
    ) }}
),

periods as (
    {{ changed_periods() }}
),

students as (
    select student_profile_id from mappings
    union
    select student_profile_id from places
    union
    select students.student_profile_id
    from {{ ref("int_student_years") }} as students
    inner join periods
        on
            students.academic_year_id = periods.academic_year_id
            and students.attestation_periods_schedule_id = periods.attestation_periods_schedule_id
)

select profile_id from mappings
union
select before.profile_id
from {{ previous("int_student_profiles") }} as before
inner join students on before.student_profile_id = students.student_profile_id
union
select after.profile_id
from {{ ref("int_student_profiles") }} as after
inner join students on after.student_profile_id = students.student_profile_id
{% else %}
select cast(null as varchar) as profile_id
where false
{% endif %}
