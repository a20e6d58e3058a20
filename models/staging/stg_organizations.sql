-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: organization_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "organizations",
        key=["organization_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.organization_id as varchar))",
        vanished="keep",
        deletable=false
    )
}}

select
    organization_id,
    name,
    short_name,
    kind,
    municipality,
    is_current,
    _load_date as load_date
from current_rows
