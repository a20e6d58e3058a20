-- Grain: attestation_period_id. A dictionary beside the marts, for those who read them.
select
    attestation_period_id,
    attestation_periods_schedule_id,
    organization_id,
    academic_year_id,
    name,
    kind,
    begin_date,
    end_date
from {{ ref("stg_attestation_periods") }}
