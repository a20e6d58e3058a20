-- Reads: teaching_group, year.
SELECT
    g.group_id,
    small_id(g.org_no, 10) AS organization_id,
    y.academic_year_id,
    g.subject_id,
    small_id(g.unit_no, 11) AS class_unit_id,
    g.name,
    CASE WHEN g.mended_at > getvariable('window_to') THEN NULL ELSE small_id(g.kug_no, 12) END AS periods_schedule_id,
    small_id(g.att_no, 13) AS attestation_periods_schedule_id
FROM teaching_group AS g
JOIN year AS y USING (year_no)
WHERE is_spoken_of(g.year_no)
ORDER BY g.group_no
