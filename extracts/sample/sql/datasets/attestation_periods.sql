-- Reads: attestation_period, year.
SELECT
    small_id(a.period_no, 19) AS attestation_period_id,
    small_id(a.att_no, 13) AS attestation_periods_schedule_id,
    small_id(a.org_no, 10) AS organization_id,
    y.academic_year_id,
    a.name,
    CASE WHEN a.org_no % 5 > 0 THEN a.kind END AS kind,
    a.begin_date,
    a.end_date
FROM attestation_period AS a
JOIN year AS y USING (year_no)
WHERE is_spoken_of(a.year_no)
ORDER BY a.org_no, a.att_no, a.seq
