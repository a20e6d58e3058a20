-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: class_unit_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "class_units",
        key=["class_unit_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.class_unit_id as varchar))",
        scope="academic_year_id",
        vanished="keep",
        deletable=false
    )
}}

select
    class_unit_id,
    organization_id,
    academic_year_id,
    class_level,
    letter,
    name,
    periods_schedule_id,
    attestation_periods_schedule_id,
    is_current,
    _load_date as load_date
from current_rows
