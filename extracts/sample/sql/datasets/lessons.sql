-- Reads: lesson, item. A lesson is planned, and told once more when it was held, cancelled or taken out.
WITH told AS (
    SELECT *, version_at(planned_at, told_at, NULL) AS updated_at, happened(told_at) AS is_told
    FROM lesson
    WHERE date >= getvariable('scan_from')
)
SELECT
    t.lesson_id AS schedule_lesson_id,
    t.group_id,
    t.date,
    t.number AS lesson_number,
    ['08:30', '09:25', '10:25', '11:25', '12:20', '13:15', '14:10', '15:05', '16:00'][t.number] AS begin_time,
    ['09:10', '10:05', '11:05', '12:05', '13:00', '13:55', '14:50', '15:45', '16:40'][t.number] AS end_time,
    t.is_told AND t.is_cancelled AS cancelled,
    CASE
        WHEN NOT t.is_told OR NOT t.is_held THEN NULL
        WHEN t.work = 2 THEN 'Контрольная работа'
        WHEN share(t.d, 52, 12) < 10 THEN i.value
    END AS topic,
    t.updated_at,
    CASE WHEN t.is_told AND t.is_deleted THEN t.told_at END AS deleted_at
FROM told AS t
LEFT JOIN item AS i ON i.list = 'topic' AND i.item_no = share(t.d, 52, 12)
WHERE is_news(t.updated_at)
