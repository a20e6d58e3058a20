-- Reads: class_unit, year.
SELECT
    small_id(c.class_no, 11) AS class_unit_id,
    small_id(c.org_no, 10) AS organization_id,
    y.academic_year_id,
    c.level AS class_level,
    c.letter,
    c.name,
    CASE WHEN c.mended_at > getvariable('window_to') THEN NULL ELSE small_id(c.kug_no, 12) END AS periods_schedule_id,
    small_id(c.att_no, 13) AS attestation_periods_schedule_id
FROM class_unit AS c
JOIN year AS y USING (year_no)
WHERE is_spoken_of(c.year_no)
ORDER BY c.org_no, c.class_no
