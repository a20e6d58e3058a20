-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: control_form_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "control_forms",
        key=["control_form_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.control_form_id as varchar))",
        vanished="keep"
    )
}}

select
    control_form_id,
    organization_id,
    name,
    short_name,
    kind,
    is_exam,
    weight,
    is_current,
    _load_date as load_date
from current_rows
