-- Grain: enrollment_id. Student × enrollment: where a student was enrolled, from when, to when. people.duckdb only.
select
    enrollments.enrollment_id,
    profiles.student_profile_id,
    enrollments.organization_id,
    enrollments.class_unit_id,
    class_units.academic_year_id,
    class_units.class_level,
    class_units.name as class_name,
    enrollments.begin_date,
    enrollments.end_date,
    enrollments.leave_reason
from {{ ref("stg_enrollments") }} as enrollments
inner join {{ ref("int_student_profiles") }} as profiles on enrollments.student_profile_id = profiles.profile_id
left join {{ ref("stg_class_units") }} as class_units on enrollments.class_unit_id = class_units.class_unit_id
