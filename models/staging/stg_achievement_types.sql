-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: achievement_type_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "achievement_types",
        key=["achievement_type_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.achievement_type_id as varchar))",
        vanished="keep",
        deletable=false
    )
}}

select
    achievement_type_id,
    name,
    is_current,
    _load_date as load_date
from current_rows
