-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: group_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "groups",
        key=["group_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.group_id as varchar))",
        scope="academic_year_id",
        vanished="keep",
        deletable=false
    )
}}

select
    group_id,
    organization_id,
    academic_year_id,
    subject_id,
    class_unit_id,
    name,
    periods_schedule_id,
    attestation_periods_schedule_id,
    is_current,
    _load_date as load_date
from current_rows
