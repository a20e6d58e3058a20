-- Grain: student_profile_id. Who a student is; merged profiles have no row of their own. Personal data: people.duckdb only.
with latest_applications as (
    select
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
    students.student_profile_id,
    students.person_id,
    students.last_name,
    students.first_name,
    students.middle_name,
    students.birth_date,
    students.birth_place,
    students.citizenship,
    students.sex,
    students.snils,
    years.organization_id,
    years.class_unit_id,
    coalesce(years.is_active, false) as is_active,
    latest_applications.status as application_status
from {{ ref("stg_students") }} as students
inner join {{ ref("int_student_profiles") }} as profiles
    on students.student_profile_id = profiles.profile_id and profiles.student_profile_id = profiles.profile_id
left join {{ ref("int_student_years") }} as years
    on
        students.student_profile_id = years.student_profile_id
        and years.academic_year_id
        in (select current_years.academic_year_id from {{ ref("int_academic_years") }} as current_years where current_years.is_current)
left join latest_applications
    on students.student_profile_id = latest_applications.student_profile_id and latest_applications.choice = 1
