-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: organization_id, date. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "calendar_transpositions",
        key=["organization_id", "date"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.organization_id as varchar), cast(rows_delivered.date as varchar))",
        deletable=false
    )
}}

select
    organization_id,
    date,
    is_holiday,
    postponed_from,
    schedule_for_weekday,
    note,
    _load_date as load_date
from current_rows
