-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: attestation_period_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "attestation_periods",
        key=["attestation_period_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.attestation_period_id as varchar))",
        scope="academic_year_id",
        deletable=false
    )
}}

select
    attestation_period_id,
    attestation_periods_schedule_id,
    organization_id,
    academic_year_id,
    name,
    kind,
    begin_date,
    end_date,
    _load_date as load_date
from current_rows
