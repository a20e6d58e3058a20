-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: representative_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "representatives",
        key=["representative_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.representative_id as varchar))"
    )
}}

select
    representative_id,
    student_profile_id,
    person_id,
    type_id,
    last_name,
    first_name,
    middle_name,
    sex,
    snils,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
