-- Grain: representative_id. Lawful representatives of known students. Personal data: people.duckdb only.
select
    representatives.representative_id,
    profiles.student_profile_id,
    representatives.person_id,
    representatives.type_id,
    representatives.last_name,
    representatives.first_name,
    representatives.middle_name,
    representatives.sex,
    representatives.snils,
    case when {{ snils_state("representatives.snils") }} = 'valid' then {{ snils_digits("representatives.snils") }} end
        as valid_snils,
    documents.document_type_id,
    documents.series as document_series,
    documents.number as document_number,
    documents.issuer as document_issuer,
    documents.issued as document_issued
from {{ ref("stg_representatives") }} as representatives
inner join {{ ref("int_student_profiles") }} as profiles on representatives.student_profile_id = profiles.profile_id
left join {{ ref("int_identity_documents") }} as documents
    on representatives.person_id = documents.person_id and documents.choice = 1 and documents.is_complete
