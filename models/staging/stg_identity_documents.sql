-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: document_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "identity_documents",
        key=["document_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.document_id as varchar))"
    )
}}

select
    document_id,
    person_id,
    document_type_id,
    series,
    number,
    issuer,
    issued,
    expires,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
