-- КУГ and attestation periods of every organization and year. Reads: org, year, class_unit, kug_template, holiday,
-- attestation, curriculum.

CREATE TABLE kug_period AS
WITH schedule AS (
    SELECT DISTINCT
        coalesce(kug_no, usual_kug_no) AS kug_no, org_no, year_no, calendar,
        coalesce(kug_no % 8, 1) = 2 AS is_without_vacations
    FROM class_unit
    WHERE coalesce(kug_no % 8, 1) <> 7
)
SELECT
    s.kug_no * 32 + k.seq AS period_no, s.kug_no, s.org_no, s.year_no, k.kind, k.name, k.begin_date, k.end_date
FROM schedule AS s
JOIN kug_template AS k USING (year_no, calendar)
WHERE k.kind <> 'vacation' OR NOT s.is_without_vacations
UNION ALL
SELECT s.kug_no * 32 + 20 + h.holiday_no, s.kug_no, s.org_no, s.year_no, 'holiday', h.name, h.date, h.date
FROM schedule AS s
JOIN holiday AS h USING (year_no)
WHERE EXISTS (
    SELECT 1 FROM kug_template AS k
    WHERE k.year_no = s.year_no AND k.calendar = s.calendar AND k.kind = 'study'
      AND h.date BETWEEN k.begin_date AND k.end_date
)
ORDER BY org_no, kug_no, period_no;

CREATE TABLE attestation_period AS
WITH schedule AS (
    SELECT
        (y.year_no * 4096 + o.org_no) * 128 AS att_no, o.org_no, y.year_no,
        CASE
            WHEN o.kind = 'college' THEN 'semesters'
            WHEN share(draw(o.org_no, 21), 0, 100) < 12 THEN 'trimesters'
            ELSE 'quarters'
        END AS plan
    FROM org AS o CROSS JOIN year AS y
    UNION ALL
    SELECT (y.year_no * 4096 + o.org_no) * 128 + 1, o.org_no, y.year_no, 'half_years'
    FROM org AS o CROSS JOIN year AS y
    WHERE o.kind = 'school'
    UNION ALL
    SELECT DISTINCT att_no, org_no, year_no, CASE WHEN att_no % 128 = 2 THEN 'overlapping' ELSE 'leaving_year' END
    FROM class_unit
    WHERE purpose = 'C04'
    UNION ALL
    -- Every discipline of a college has periods of its own.
    SELECT DISTINCT
        (y.year_no * 4096 + o.org_no) * 128 + 10 + c.subject_no, o.org_no, y.year_no,
        CASE c.subject_no % 3 WHEN 0 THEN 'semesters' WHEN 1 THEN 'modules' ELSE 'short_semesters' END
    FROM org AS o
    CROSS JOIN year AS y
    JOIN curriculum AS c ON c.kind = o.kind
    WHERE o.kind = 'college'
)
SELECT
    s.att_no * 8 + a.seq AS period_no, s.att_no, s.org_no, s.year_no, a.seq, a.kind, a.name, a.begin_date, a.end_date,
    max(a.seq) OVER (PARTITION BY s.att_no) AS last_seq
FROM schedule AS s
JOIN attestation AS a USING (year_no, plan)
ORDER BY s.org_no, s.att_no, a.seq;
