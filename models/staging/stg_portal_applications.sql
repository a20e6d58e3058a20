-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: application_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "portal_applications",
        key=["application_id"],
        version="coalesce(rows_delivered.changed_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.application_id as varchar))",
        deletable=false
    )
}}

select
    application_id,
    student_profile_id,
    status,
    changed_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
