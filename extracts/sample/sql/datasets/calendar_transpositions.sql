-- Reads: transposition.
SELECT
    small_id(org_no, 10) AS organization_id, date, is_holiday, postponed_from, schedule_for_weekday, note
FROM transposition
ORDER BY org_no, date
