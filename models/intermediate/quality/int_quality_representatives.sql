-- Grain: representative_id, of the active students of the current academic year. The facts of R01…R04 (3-quality.md).
select
    representatives.representative_id,
    students.student_profile_id,
    students.organization_id,
    students.class_unit_id,
    not {{ is_blank("representatives.last_name") }} and not {{ is_blank("representatives.first_name") }} as has_names,
    representatives.sex is not null as has_sex,
    {{ snils_state("representatives.snils") }} as snils_state,
    coalesce(identity.complete_documents, 0) as complete_documents
from {{ ref("stg_representatives") }} as representatives
inner join {{ ref("int_student_profiles") }} as profiles on representatives.student_profile_id = profiles.profile_id
inner join {{ ref("int_quality_students") }} as students on profiles.student_profile_id = students.student_profile_id
left join {{ ref("int_quality_identity") }} as identity on representatives.person_id = identity.person_id
