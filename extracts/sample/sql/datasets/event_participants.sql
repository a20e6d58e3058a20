-- Reads: participant. A few are taken off the list again.
WITH timed AS (
    SELECT *, CASE WHEN share(d, 50, 50) = 0 THEN entered_at + INTERVAL 4 DAY END AS taken_off_at FROM participant
),
told AS (SELECT *, version_at(entered_at, taken_off_at, NULL) AS updated_at FROM timed)
SELECT
    event_id,
    profile_id AS student_profile_id,
    updated_at,
    CASE WHEN happened(taken_off_at) THEN taken_off_at END AS deleted_at
FROM told
WHERE is_news(updated_at)
ORDER BY event_no, profile_no
