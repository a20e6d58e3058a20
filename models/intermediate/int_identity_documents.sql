-- Grain: document_id. Each identity document and whether it is complete: what its kind needs is written, in the form that the
-- kind prescribes; letters that merely look like the right ones spoil nothing (3-quality.md, S06, S09). Personal data.
-- choice: 1 is the one that speaks for the person: complete, the latest issued, the newest version, the greater id.
with documents as (
    select
        documents.document_id,
        documents.person_id,
        documents.document_type_id,
        documents.issuer,
        documents.issued,
        documents.updated_at,
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
        *,
        not is_numberless and not is_seriesless
        and (is_of_right_form or coalesce(is_of_right_form_by_eye, false)) as is_complete,
        not is_of_right_form and coalesce(is_of_right_form_by_eye, false) as has_lookalikes
    from read_documents
)

select
    document_id,
    person_id,
    document_type_id,
    case
        when is_seriesless or series = '' then null
        when has_lookalikes then {{ without_lookalikes("series") }}
        else series
    end as series,
    case when not is_numberless then nullif(number, '') end as number,
    issuer,
    issued,
    is_birth_certificate,
    is_complete,
    has_lookalikes,
    row_number() over (
        partition by person_id
        order by is_complete desc, issued desc nulls last, updated_at desc, document_id desc
    ) as choice
from judged
