-- Reads: event, item.
WITH told AS (
    SELECT
        *, version_at(entered_at, moved_at, NULL) AS updated_at, CASE WHEN happened(moved_at) THEN 7 ELSE 0 END AS put_off
    FROM event
)
SELECT
    t.event_id,
    small_id(t.org_no, 10) AS organization_id,
    n.value AS name,
    c.value AS category,
    l.value AS level,
    t.begin_date + t.put_off AS begin_date,
    t.end_date + t.put_off AS end_date,
    ['Актовый зал', 'Спортивный зал', 'Библиотека', 'Дом культуры', NULL][1 + t.place_no] AS place,
    t.updated_at,
    NULL::TIMESTAMP AS deleted_at
FROM told AS t
JOIN item AS n ON n.list = 'event_title' AND n.item_no = t.type_no
JOIN item AS c ON c.list = 'achievement_type' AND c.item_no = t.type_no
JOIN item AS l ON l.list = 'level' AND l.item_no = t.level_no
WHERE is_news(t.updated_at)
ORDER BY t.event_no
