-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: event_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "events",
        key=["event_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.event_id as varchar))"
    )
}}

select
    event_id,
    organization_id,
    name,
    category,
    level,
    begin_date,
    end_date,
    place,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
