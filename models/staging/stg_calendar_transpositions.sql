-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: organization_id, date. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "calendar_transpositions",
        key=["organization_id", "date"],
        version="cast(null as timestamp)",
        deletable=false
    )
}}

select
    organization_id,
    date,
    is_holiday,
    postponed_from,
    schedule_for_weekday,
    note
from current_rows
