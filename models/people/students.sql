-- Grain: student_profile_id. Who a student is; merged profiles have no row of their own. Personal data: people.duckdb only.
with current_students as (
    select students.*
    from {{ ref("int_student_years") }} as students
    inner join {{ ref("int_academic_years") }} as years
        on students.academic_year_id = years.academic_year_id and years.is_current
),

latest_applications as (
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
    case when {{ snils_state("students.snils") }} = 'valid' then {{ snils_digits("students.snils") }} end as valid_snils,
    documents.document_type_id,
    documents.series as document_series,
    documents.number as document_number,
    documents.issuer as document_issuer,
    documents.issued as document_issued,
    current_students.organization_id,
    current_students.class_unit_id,
    coalesce(current_students.is_active, false) as is_active,
    latest_applications.status as application_status
from {{ ref("stg_students") }} as students
inner join {{ ref("int_student_profiles") }} as profiles
    on students.student_profile_id = profiles.profile_id and profiles.student_profile_id = profiles.profile_id
left join current_students on students.student_profile_id = current_students.student_profile_id
left join {{ ref("int_identity_documents") }} as documents
    on students.person_id = documents.person_id and documents.choice = 1 and documents.is_complete
left join latest_applications
    on students.student_profile_id = latest_applications.student_profile_id and latest_applications.choice = 1
