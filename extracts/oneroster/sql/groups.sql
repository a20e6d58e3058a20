-- Scheduled classes: no homeroom of their own is told, so they are groups across classes.
SELECT
    sourcedId AS group_id,
    organization_id,
    academic_year_id,
    subject_id,
    title AS name,
    schedule_id AS periods_schedule_id,
    schedule_id AS attestation_periods_schedule_id
FROM {s}.placed
WHERE is_group AND NOT is_deleted AND academic_year_id IS NOT NULL
