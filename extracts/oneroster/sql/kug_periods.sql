-- The periods that are taught, and the vacations between them; a gap of a weekend is none.
WITH ordered AS (
    SELECT
        *,
        lag(end_date) OVER (PARTITION BY schedule_id ORDER BY begin_date, period_id) AS last_end
    FROM {s}.schedule_sessions
)

SELECT
    concat_ws(':', 'study', period_id) AS kug_period_id,
    schedule_id AS periods_schedule_id,
    organization_id,
    academic_year_id,
    'study' AS kind,
    title AS name,
    begin_date,
    end_date
FROM ordered
UNION ALL
SELECT
    concat_ws(':', 'vacation', period_id) AS kug_period_id,
    schedule_id AS periods_schedule_id,
    organization_id,
    academic_year_id,
    'vacation' AS kind,
    'Каникулы' AS name,
    last_end + 1 AS begin_date,
    begin_date - 1 AS end_date
FROM ordered
WHERE begin_date - last_end > 3
