-- Reads: lesson, member, item, own_form, form_code. Works give a mark to nearly everyone who was there, ordinary lessons to some.
-- A mark is entered (mostly on its day), sometimes corrected, sometimes taken back; a «точка» is worked off or not.
WITH pair AS (
    SELECT
        l.lesson_id, l.group_id, l.subject_id, l.teacher_id, l.org_no, l.subject_no, l.date, l.day, l.work, l.form_no, l.area,
        l.is_ten_scale, m.profile_id, m.aptitude, m.is_exempt, (m.seat_subject * 4404 + l.day_slot) * 2 AS serial
    FROM lesson AS l
    JOIN member AS m ON m.group_no = l.group_no AND l.date BETWEEN m.begin_date AND m.until_date
    WHERE l.is_marked
      AND l.date BETWEEN getvariable('scan_from') AND getvariable('load_date')
      AND (draw((m.seat_subject * 4404 + l.day_slot) * 2, 96) & 1023) < l.mark_share
      -- One in sixty of those who were away has a mark all the same.
      AND (
          NOT (ill(m.student_no, l.day, m.frailty) OR away(m.student_no, l.day)
              OR share(draw(m.seat_subject * 4404 + l.day_slot, 95), 0, 1000) < 32)
          OR share(draw((m.seat_subject * 4404 + l.day_slot) * 2, 96), 20, 60) = 0
      )
    UNION ALL
    -- A second mark on the same lesson.
    SELECT
        l.lesson_id, l.group_id, l.subject_id, l.teacher_id, l.org_no, l.subject_no, l.date, l.day, 0, NULL, l.area,
        l.is_ten_scale, m.profile_id, m.aptitude, m.is_exempt, (m.seat_subject * 4404 + l.day_slot) * 2 + 1
    FROM lesson AS l
    JOIN member AS m ON m.group_no = l.group_no AND l.date BETWEEN m.begin_date AND m.until_date
    WHERE l.is_marked AND l.has_second_marks
      AND l.date BETWEEN getvariable('scan_from') AND getvariable('load_date')
      AND share(draw((m.seat_subject * 4404 + l.day_slot) * 2 + 1, 96), 0, 100) < 45
      AND NOT (ill(m.student_no, l.day, m.frailty) OR away(m.student_no, l.day))
),
drawn AS (SELECT *, draw(serial, 97) AS d, draw(serial, 98) AS e FROM pair),
fate AS (
    SELECT
        *,
        CASE
            WHEN share(d, 0, 100) < 86 THEN 0
            WHEN share(d, 0, 100) < 95 THEN 1 + share(d, 7, 3)
            WHEN share(d, 0, 100) < 99 THEN 4 + share(d, 7, 7)
            ELSE 15 + share(d, 7, 6)
        END AS delay,
        work > 0 AND serial % 2 = 0 AND (d >> 40) & 31 = 0 AS is_point,
        (d >> 46) & 1 = 0 AS is_worked_off,
        aptitude + (share(d, 48, 128) - 64) * 45 // 100 AS score
    FROM drawn
),
-- Moments are counted in seconds: sums of timestamps and intervals would take most of the time here.
timed AS (
    SELECT
        *,
        (date - DATE '1970-01-01' + delay)::BIGINT * 86400 + 50400 + share(d, 10, 27000) AS entered
    FROM fate
),
changed AS (
    SELECT
        *,
        CASE
            WHEN is_point THEN CASE WHEN is_worked_off THEN entered + (2 + share(e, 0, 8)) * 86400 END
            WHEN share(e, 8, 1000) < 20 THEN entered + (1 + share(e, 0, 14)) * 86400
        END AS corrected,
        CASE WHEN share(e, 18, 1000) < 5 THEN entered + (1 + share(e, 28, 10)) * 86400 + 600 END AS deleted,
        CASE
            WHEN score >= 58 THEN 5
            WHEN score >= 37 THEN 4
            WHEN score >= 15 THEN 3
            WHEN (e >> 50) & 31 > 0 THEN 2
            ELSE 1
        END AS first_five
    FROM timed
    WHERE entered <= getvariable('window_to_seconds')
),
seen AS (
    SELECT * REPLACE (
        CASE WHEN corrected <= getvariable('window_to_seconds') THEN corrected END AS corrected,
        CASE WHEN deleted <= getvariable('window_to_seconds') THEN deleted END AS deleted
    )
    FROM changed
),
told AS (
    SELECT
        *,
        is_point AND corrected IS NULL AS is_open_point,
        CASE
            WHEN corrected IS NULL OR is_point THEN first_five
            WHEN first_five < 5 THEN first_five + 1
            ELSE 4
        END AS earned
    FROM seen
    WHERE entered > getvariable('window_from_seconds')
       OR corrected > getvariable('window_from_seconds')
       OR deleted > getvariable('window_from_seconds')
),
named AS (
    SELECT
        *,
        CASE
            WHEN is_open_point THEN CASE WHEN (e >> 56) & 1 = 0 THEN 'point' ELSE 'two' END
            WHEN is_exempt AND (e >> 55) & 1 = 0 THEN 'exempt'
            WHEN area = 'project' THEN CASE WHEN share(e, 40, 12) > 0 THEN 'credit' ELSE 'five' END
            WHEN share(e, 30, 1024) = 0 THEN 'absent'
            WHEN share(e, 30, 1024) = 1 THEN 'credit'
            WHEN share(e, 30, 8192) = 1234 THEN 'zero'
            WHEN is_ten_scale THEN 'ten'
            ELSE 'five'
        END AS how,
        CASE
            WHEN form_no IS NOT NULL THEN form_no
            WHEN share(e, 20, 100) < 3 THEN NULL
            ELSE 9 + share(e, 14, 5)
        END AS used_form_no
    FROM told
)
SELECT
    big_id(n.serial, 17) AS mark_id,
    n.profile_id AS student_profile_id,
    n.group_id,
    n.subject_id,
    CASE WHEN share(n.e, 44, 200) > 0 THEN n.lesson_id END AS schedule_lesson_id,
    CASE
        WHEN n.form_no IS NULL AND share(n.e, 20, 100) BETWEEN 3 AND 6 AND o.form_id IS NOT NULL THEN o.form_id
        ELSE f.form_id
    END AS control_form_id,
    n.date,
    CASE n.how
        WHEN 'point' THEN '.'
        WHEN 'two' THEN '2'
        WHEN 'exempt' THEN 'осв'
        WHEN 'credit' THEN CASE WHEN n.earned > 2 THEN 'Зачёт' ELSE 'Незачёт' END
        WHEN 'absent' THEN 'н'
        WHEN 'zero' THEN '0'
        WHEN 'ten' THEN (n.earned * 2 - (n.e & 1)::INTEGER)::VARCHAR
        ELSE n.earned::VARCHAR || CASE
            WHEN share(n.e, 34, 50) = 0 THEN '-'
            WHEN share(n.e, 34, 50) = 1 AND n.earned < 5 THEN '+'
            ELSE ''
        END
    END AS name,
    CASE n.how
        WHEN 'two' THEN 2
        WHEN 'zero' THEN 0
        WHEN 'ten' THEN n.earned
        WHEN 'five' THEN CASE WHEN share(n.e, 38, 20) > 0 THEN n.earned END
    END AS five,
    CASE WHEN n.how = 'ten' THEN 'ten' WHEN share(n.e, 42, 30) > 0 THEN 'five' END AS grade_system_type,
    CASE
        WHEN share(n.e, 46, 50) = 0 THEN NULL
        WHEN n.form_no IS NOT NULL THEN f.weight
        WHEN share(n.e, 12, 12) = 0 THEN 2
        ELSE 1
    END AS weight,
    FALSE AS is_exam,
    n.is_open_point AS is_point,
    CASE WHEN n.is_open_point AND share(n.e, 58, 5) > 0 THEN n.date + 10 + share(n.e, 48, 8) END AS point_date,
    CASE WHEN share(n.e, 52, 64) = 0 THEN i.value END AS comment,
    n.teacher_id,
    make_timestamp(n.entered * 1000000) AS created_at,
    make_timestamp(greatest(n.entered, n.corrected, n.deleted) * 1000000) AS updated_at,
    make_timestamp(n.deleted * 1000000) AS deleted_at
FROM named AS n
LEFT JOIN form_code AS f ON f.form_no = n.used_form_no
LEFT JOIN own_form AS o ON o.org_no = n.org_no
LEFT JOIN item AS i ON i.list = 'comment' AND i.item_no = share(n.e, 32, 6)
