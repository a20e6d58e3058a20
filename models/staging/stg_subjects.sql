-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: subject_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "subjects",
        key=["subject_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.subject_id as varchar))",
        vanished="keep",
        deletable=false
    )
}}

select
    subject_id,
    name,
    is_current,
    _load_date as load_date
from current_rows
