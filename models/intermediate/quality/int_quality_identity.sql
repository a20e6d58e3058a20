-- Grain: person_id. What is known of a person's identity documents, without a value of any (3-quality.md, S06, S09…S11).
-- A document is complete if what its kind needs is written, in the form that the kind prescribes; letters that merely look
-- like the right ones are counted apart and spoil nothing.
with documents as (
    select
        documents.person_id,
        {{ is_blank("documents.number") }} as is_numberless,
        coalesce(types.expects_series, false) and {{ is_blank("documents.series") }} as is_seriesless,
        types.form,
        coalesce(types.is_birth_certificate, false) as is_birth_certificate,
        coalesce({{ compact("documents.series") }}, '') as series,
        coalesce({{ compact("documents.number") }}, '') as number
    from {{ ref("stg_identity_documents") }} as documents
    left join {{ ref("identity_document_types") }} as types on documents.document_type_id = types.document_type_id
),

read_documents as (
    select
        *,
        case
            when form = 'rf_passport' then {{ is_rf_passport("series", "number") }}
            when form = 'rf_birth_certificate' then {{ is_rf_birth_certificate("series", "number") }}
            else true
        end as is_of_right_form,
        form = 'rf_birth_certificate'
        and {{ is_rf_birth_certificate(without_lookalikes("series"), "number") }} as is_of_right_form_by_eye
    from documents
),

judged as (
    select
        person_id,
        is_birth_certificate,
        not is_numberless and not is_seriesless
        and (is_of_right_form or coalesce(is_of_right_form_by_eye, false)) as is_complete,
        not is_of_right_form and coalesce(is_of_right_form_by_eye, false) as has_lookalikes
    from read_documents
)

select
    person_id,
    count(*) as documents,
    count(*) filter (where is_complete) as complete_documents,
    count(*) filter (where has_lookalikes) as lookalike_documents,
    count(*) filter (where is_birth_certificate) as birth_certificates
from judged
group by person_id
