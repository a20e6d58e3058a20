-- Grain: enrollment_id. Enrollments of known students, merged profiles followed; an open end is a far date, one
-- that ends before it begins covers no day and is left out.
select
    enrollments.enrollment_id,
    profiles.student_profile_id,
    enrollments.organization_id,
    enrollments.class_unit_id,
    enrollments.begin_date,
    coalesce(enrollments.end_date, {{ no_end() }}) as end_date,
    enrollments.leave_reason
from {{ ref("stg_enrollments") }} as enrollments
inner join {{ ref("int_student_profiles") }} as profiles on enrollments.student_profile_id = profiles.profile_id
where coalesce(enrollments.end_date, {{ no_end() }}) >= enrollments.begin_date
