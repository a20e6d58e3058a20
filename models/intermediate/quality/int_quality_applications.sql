-- Grain: student_profile_id, the active students of the current academic year whose latest application is connected (P01).
with applications as (
    select
        applications.application_id,
        profiles.student_profile_id,
        applications.status,
        row_number() over (
            partition by profiles.student_profile_id
            order by applications.changed_at desc, applications.application_id desc
        ) as choice
    from {{ ref("stg_portal_applications") }} as applications
    inner join {{ ref("int_student_profiles") }} as profiles on applications.student_profile_id = profiles.profile_id
)

select
    applications.application_id as portal_application_id,
    students.student_profile_id,
    students.organization_id,
    students.class_unit_id
from applications
inner join {{ ref("int_quality_students") }} as students
    on applications.student_profile_id = students.student_profile_id
where applications.choice = 1 and applications.status = 'connected'
