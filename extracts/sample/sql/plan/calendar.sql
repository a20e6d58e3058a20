-- Years, days and schedules. Reads: year, kug_file, attestation_file, holiday_file, org.

CREATE TABLE kug_template AS
SELECT
    y.year_no, k.calendar, k.seq, k.kind, k.name,
    (k.begin_date - to_years(y.year_no))::DATE AS begin_date,
    (k.end_date - to_years(y.year_no))::DATE AS end_date
FROM kug_file AS k CROSS JOIN year AS y;

CREATE TABLE holiday AS
SELECT y.year_no, h.holiday_no, h.name, (h.date - to_years(y.year_no))::DATE AS date
FROM holiday_file AS h CROSS JOIN year AS y;

CREATE TABLE attestation AS
SELECT
    y.year_no, a.plan, a.seq, a.kind, a.name,
    (a.begin_date - to_years(y.year_no))::DATE AS begin_date,
    (a.end_date - to_years(y.year_no))::DATE AS end_date
FROM attestation_file AS a CROSS JOIN year AS y;

-- A Saturday of February is worked for the bridge day before the 23rd; some schools move a day in October.
CREATE TABLE transposition AS
SELECT
    org_no, DATE '2027-02-22' AS date, TRUE AS is_holiday, NULL::DATE AS postponed_from,
    NULL::INTEGER AS schedule_for_weekday, 'Перенос выходного дня' AS note
FROM org
UNION ALL
SELECT org_no, DATE '2027-02-20', FALSE, DATE '2027-02-22', 1, 'Занятия по расписанию понедельника' FROM org
UNION ALL
SELECT org_no, DATE '2026-10-12' + share(draw(org_no, 11), 8, 5), TRUE, NULL, NULL, 'Выборы'
FROM org WHERE share(draw(org_no, 11), 0, 100) < 15
UNION ALL
SELECT
    org_no, DATE '2026-10-17', FALSE, DATE '2026-10-12' + share(draw(org_no, 11), 8, 5),
    share(draw(org_no, 11), 8, 5) + 1, NULL
FROM org WHERE share(draw(org_no, 11), 0, 100) < 15;

-- Days with lessons: Monday to Friday of the study periods, and what was moved.
CREATE TABLE study_day AS
WITH plain AS (
    SELECT k.year_no, k.calendar, d.date::DATE AS date, isodow(d.date) AS weekday
    FROM kug_template AS k, generate_series(k.begin_date, k.end_date, INTERVAL 1 DAY) AS d (date)
    WHERE k.kind = 'study' AND isodow(d.date) <= 5
)
SELECT o.org_no, p.year_no, p.calendar, p.date, p.weekday::INTEGER AS weekday
FROM plain AS p
CROSS JOIN org AS o
WHERE NOT EXISTS (SELECT 1 FROM holiday AS h WHERE h.date = p.date)
  AND NOT EXISTS (SELECT 1 FROM transposition AS t WHERE t.org_no = o.org_no AND t.date = p.date AND t.is_holiday)
  AND (o.kind = 'college') = (p.calendar = 'college')
UNION ALL
SELECT t.org_no, k.year_no, k.calendar, t.date, t.schedule_for_weekday
FROM transposition AS t
JOIN org AS o USING (org_no)
JOIN kug_template AS k
    ON k.kind = 'study' AND t.date BETWEEN k.begin_date AND k.end_date AND (o.kind = 'college') = (k.calendar = 'college')
WHERE NOT t.is_holiday;
