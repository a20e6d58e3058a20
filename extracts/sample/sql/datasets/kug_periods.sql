-- Reads: kug_period, year.
SELECT
    small_id(k.period_no, 22) AS kug_period_id,
    small_id(k.kug_no, 12) AS periods_schedule_id,
    small_id(k.org_no, 10) AS organization_id,
    y.academic_year_id,
    k.kind,
    k.name,
    k.begin_date,
    k.end_date
FROM kug_period AS k
JOIN year AS y USING (year_no)
WHERE is_spoken_of(k.year_no)
ORDER BY k.org_no, k.kug_no, k.period_no
