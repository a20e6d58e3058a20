-- The periods of the standard belong to no school: each school that goes by one has it under an id of its own.
SELECT
    period_id AS attestation_period_id,
    schedule_id AS attestation_periods_schedule_id,
    organization_id,
    academic_year_id,
    title AS name,
    kind,
    begin_date,
    end_date
FROM {s}.schedule_sessions
