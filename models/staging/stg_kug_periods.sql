-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: kug_period_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "kug_periods",
        key=["kug_period_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.kug_period_id as varchar))",
        scope="academic_year_id",
        deletable=false
    )
}}

select
    kug_period_id,
    periods_schedule_id,
    organization_id,
    academic_year_id,
    kind,
    name,
    begin_date,
    end_date,
    _load_date as load_date
from current_rows
