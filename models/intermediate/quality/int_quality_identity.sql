-- Grain: person_id. What is known of a person's identity documents, without a value of any (3-quality.md, S06, S09…S11).
select
    person_id,
    count(*) as documents,
    count(*) filter (where is_complete) as complete_documents,
    count(*) filter (where has_lookalikes) as lookalike_documents,
    count(*) filter (where is_birth_certificate) as birth_certificates
from {{ ref("int_identity_documents") }}
group by person_id
