-- Reads: lesson, member. Who was away that day, who missed one lesson; a few rows twice, a few mended or taken back.
WITH pair AS (
    SELECT
        l.lesson_id, l.date, l.day, m.profile_id, m.student_no, m.frailty,
        m.seat_subject * 4404 + l.day_slot AS serial, draw(m.seat_subject * 4404 + l.day_slot, 95) AS a
    FROM lesson AS l
    JOIN member AS m ON m.group_no = l.group_no AND l.date BETWEEN m.begin_date AND m.until_date
    WHERE l.is_held AND l.date BETWEEN getvariable('scan_from') AND getvariable('load_date')
),
absent AS (
    SELECT
        *,
        CASE
            WHEN ill(student_no, day, frailty)
                THEN [1, 1, 1, 1, 1, 5, 5, 2, 7, NULL][1 + share(week_draw(student_no, day), 24, 10)]
            WHEN away(student_no, day) THEN [3, 6, 6, 11, 8, 4, 4, 12, NULL, 10][1 + share(day_draw(student_no, day), 16, 10)]
            WHEN share(a, 0, 4096) = 77 THEN 77
            ELSE [4, 4, 8, NULL, 2, 9, 3, 4][1 + share(a, 16, 8)]
        END AS reason_no
    FROM pair
    WHERE share(a, 0, 1000) < 32 OR ill(student_no, day, frailty) OR away(student_no, day)
),
twice AS (
    SELECT *, 0 AS copy FROM absent
    UNION ALL
    SELECT *, 1 FROM absent WHERE share(a, 30, 3000) = 0
),
timed AS (
    SELECT
        *,
        make_timestamp((day * 86400 + 30600 + share(a, 12, 28000) + copy * 60)::BIGINT * 1000000) AS entered_at,
        CASE
            WHEN coalesce(reason_no, 8) IN (4, 8) AND share(a, 40, 100) < 20
                THEN make_timestamp(((day + 1 + share(a, 46, 4)) * 86400 + 36000 + share(a, 12, 28000))::BIGINT * 1000000)
        END AS mended_at,
        CASE
            WHEN share(a, 50, 250) = 0 THEN make_timestamp((day * 86400 + 72000 + share(a, 12, 7000))::BIGINT * 1000000)
        END AS deleted_at
    FROM twice
),
told AS (SELECT *, version_at(entered_at, mended_at, deleted_at) AS updated_at FROM timed)
SELECT
    big_id(serial * 2 + copy, 16) AS attendance_id,
    profile_id AS student_profile_id,
    lesson_id AS schedule_lesson_id,
    date,
    CASE WHEN happened(mended_at) THEN '1' ELSE reason_no::VARCHAR END AS absence_reason_id,
    entered_at AS created_at,
    updated_at,
    CASE WHEN happened(deleted_at) THEN deleted_at END AS deleted_at
FROM told
WHERE is_news(updated_at)
