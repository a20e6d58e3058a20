-- Reads: achievement, item.
WITH timed AS (
    SELECT *, CASE WHEN share(d, 46, 100) = 0 THEN entered_at + INTERVAL 2 DAY END AS deleted_at FROM achievement
),
told AS (SELECT *, version_at(entered_at, deleted_at, NULL) AS updated_at FROM timed)
SELECT
    big_id(t.achievement_no, 21) AS achievement_id,
    t.profile_id AS student_profile_id,
    small_id(t.type_no, 20) AS achievement_type_id,
    n.value AS name,
    CASE WHEN share(t.d, 12, 25) > 0 THEN l.value END AS level,
    CASE WHEN share(t.d, 16, 10) > 0 THEN r.value END AS result,
    CASE WHEN share(t.d, 24, 3) > 0 THEN 'Центр дополнительного образования' END AS place,
    t.date,
    CASE WHEN t.type_no = 1 THEN small_id([1, 5, 11, 14][1 + share(t.d, 28, 4)], 6) END AS subject_id,
    NULL::VARCHAR AS teacher,
    t.event_id,
    share(t.d, 36, 3) > 0 AS has_document,
    t.updated_at,
    CASE WHEN happened(t.deleted_at) THEN t.deleted_at END AS deleted_at
FROM told AS t
JOIN item AS n ON n.list = 'event_title' AND n.item_no = t.type_no
JOIN item AS l ON l.list = 'level' AND l.item_no = t.level_no
JOIN item AS r ON r.list = 'result' AND r.item_no = share(t.d, 20, 4)
WHERE is_news(t.updated_at)
ORDER BY t.achievement_no
