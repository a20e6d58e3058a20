-- Homerooms.
SELECT
    sourcedId AS class_unit_id,
    organization_id,
    academic_year_id,
    level AS class_level,
    class_letter(title) AS letter,
    title AS name,
    schedule_id AS periods_schedule_id,
    schedule_id AS attestation_periods_schedule_id
FROM {s}.placed
WHERE is_class AND NOT is_deleted AND academic_year_id IS NOT NULL
