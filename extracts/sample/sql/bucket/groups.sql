-- Teaching groups, who belongs to them, and the timetable. Reads: class_unit, curriculum, stay, subject, org, year.

CREATE TABLE teaching_group AS
WITH grouped AS (
    SELECT
        c.class_no, c.class_no AS unit_no, c.year_no, c.org_no, c.level, c.name AS class_name, c.kug_no, c.usual_kug_no,
        c.mended_at, c.calendar, c.purpose, c.kind, c.usual_att_no, c.att_no AS class_att_no, r.subject_no, h.half
    FROM class_unit AS c
    JOIN curriculum AS r ON r.kind = c.kind AND c.level BETWEEN r.level_from AND r.level_to AND r.layout <> 'across'
    CROSS JOIN (VALUES (0), (1)) AS h (half)
    WHERE c.size > 0 AND (h.half = 0 OR (r.layout = 'halves' AND c.size >= 12))
    UNION ALL
    -- A group across the classes of a parallel: it belongs to no class.
    SELECT
        min(c.class_no), NULL, c.year_no, c.org_no, c.level, NULL, min(c.usual_kug_no), min(c.usual_kug_no), NULL,
        min(c.calendar), NULL, c.kind, min(c.usual_att_no), NULL, r.subject_no, 0
    FROM class_unit AS c
    JOIN curriculum AS r ON r.kind = c.kind AND c.level BETWEEN r.level_from AND r.level_to AND r.layout = 'across'
    WHERE c.size >= 3
    GROUP BY c.year_no, c.org_no, c.level, c.kind, r.subject_no
    UNION ALL
    -- C06: a group that nobody joined.
    SELECT
        class_no, class_no, year_no, org_no, level, name, kug_no, usual_kug_no, mended_at, calendar, purpose, kind,
        usual_att_no, att_no, 24, 0
    FROM class_unit
    WHERE purpose = 'C06_group'
),
scheduled AS (
    SELECT
        *,
        (class_no * 128 + subject_no * 2 + half)::INTEGER AS group_no,
        -- Some groups name no schedule of their own and go by their class.
        CASE
            WHEN kind = 'college' THEN (year_no * 4096 + org_no) * 128 + 10 + subject_no
            WHEN purpose = 'C03' AND subject_no = 17 THEN NULL
            WHEN purpose = 'C03' OR unit_no IS NULL THEN usual_att_no
            WHEN share(draw(class_no * 64 + subject_no, 65), 0, 100) < 15 THEN NULL
            ELSE class_att_no
        END AS att_no
    FROM grouped
)
SELECT
    g.group_no, g.class_no, g.unit_no, g.year_no, g.org_no, g.level, g.kind, g.subject_no, g.half, g.calendar, g.purpose,
    g.kug_no, g.mended_at, g.att_no, coalesce(g.att_no, g.class_att_no) AS effective_att_no,
    concat_ws(' ', s.name, coalesce(g.class_name, g.level::VARCHAR || ' параллель'),
        CASE WHEN g.half = 1 OR g.group_no + 1 = lead(g.group_no) OVER (ORDER BY g.group_no)
            THEN 'подгруппа ' || (g.half + 1)::VARCHAR END) AS name,
    s.area, s.mark_share,
    small_id(g.group_no, 5) AS group_id,
    small_id(g.subject_no, 6) AS subject_id,
    small_id(g.org_no * 512 + g.subject_no * 8 + g.half * 4 + g.class_no % 4, 7) AS teacher_id,
    (g.subject_no = 23 AND share(draw(g.org_no, 66), 0, 100) < 25) AS is_ten_scale
FROM scheduled AS g
JOIN subject AS s USING (subject_no)
ORDER BY g.group_no;

CREATE TABLE member AS
WITH joined AS (
    SELECT
        t.stay_no, t.profile_no, t.student_no, t.role, t.org_no, t.begin_date, t.last_date, t.journal_at, t.ended_at,
        g.group_no, g.subject_no, g.half, g.unit_no, g.level, t.seat_idx % 2 AS own_half,
        EXISTS (SELECT 1 FROM teaching_group AS o WHERE o.group_no = g.group_no - g.half + 1 AND o.unit_no = g.unit_no)
            AS is_halved,
        p.cut_on
    FROM stay AS t
    JOIN class_unit AS c USING (class_no)
    JOIN teaching_group AS g ON g.unit_no = t.class_no
    LEFT JOIN (
        SELECT profile_no, purpose, DATE '2026-10-05' + idx % 10 AS cut_on FROM person WHERE purpose = 'regroup'
    ) AS p ON p.profile_no = t.profile_no AND t.year_no = 0
    WHERE g.subject_no <> 24
    UNION ALL
    SELECT
        t.stay_no, t.profile_no, t.student_no, t.role, t.org_no, t.begin_date, t.last_date, t.journal_at, t.ended_at,
        g.group_no, g.subject_no, 0, NULL, g.level, 0, FALSE, NULL
    FROM stay AS t
    JOIN class_unit AS c USING (class_no)
    JOIN teaching_group AS g
        ON g.unit_no IS NULL AND g.org_no = c.org_no AND g.year_no = c.year_no AND g.level = c.level
    WHERE t.seat_idx % 2 = 0 AND c.size >= 3
),
turned AS (
    SELECT
        *,
        is_halved AND half <> own_half AS is_other_half,
        is_halved AND half = own_half AND cut_on IS NOT NULL AS is_left_half
    FROM joined
),
-- The other half is for those who changed halves in October.
placed AS (
    SELECT * REPLACE (
        CASE WHEN is_other_half THEN cut_on ELSE begin_date END AS begin_date,
        CASE WHEN is_other_half THEN moment(cut_on, 32400) ELSE journal_at END AS journal_at,
        CASE WHEN is_left_half THEN (cut_on - 1)::DATE ELSE last_date END AS last_date,
        CASE WHEN is_left_half THEN moment(cut_on, 32400) ELSE ended_at END AS ended_at
    )
    FROM turned
    WHERE NOT is_other_half OR cut_on IS NOT NULL
)
SELECT
    m.group_no, m.stay_no, m.student_no, m.profile_no, m.org_no, m.subject_no, m.begin_date, m.last_date,
    coalesce(m.last_date, DATE '9999-12-31') AS until_date, m.journal_at, m.ended_at,
    small_id(m.profile_no, 1) AS profile_id,
    m.stay_no::BIGINT * 64 + m.subject_no AS seat_subject,
    -- How good the student is at the subject: 0..100, most of it the student's own.
    (
        (share(draw(m.student_no, 67), 0, 60) + share(draw(m.student_no, 67), 16, 60)) * 2 // 3
        + share(draw(m.student_no * 64 + m.subject_no, 68), 0, 40) - 4
    )::INTEGER AS aptitude,
    CASE WHEN share(draw(m.student_no, 69), 0, 100) < 14 THEN 280 ELSE 85 END AS frailty,
    m.subject_no IN (17, 37) AND share(draw(m.student_no, 69), 12, 100) < 3 AS is_exempt
FROM placed AS m
ORDER BY m.group_no, m.stay_no, m.begin_date;

-- A week of lessons of each class: the subjects spread over five days; groups across classes come last on one day.
CREATE TABLE slot AS
WITH hour AS (
    SELECT
        g.class_no, g.org_no, g.year_no, g.calendar, g.subject_no, g.unit_no IS NULL AS is_across,
        row_number() OVER (
            PARTITION BY g.class_no, g.unit_no IS NULL
            ORDER BY h.hour_no, draw(g.class_no * 64 + g.subject_no, 70), g.subject_no
        ) - 1 AS place
    FROM teaching_group AS g
    JOIN curriculum AS r ON r.kind = g.kind AND r.subject_no = g.subject_no AND g.level BETWEEN r.level_from AND r.level_to
    CROSS JOIN LATERAL (SELECT unnest(range(r.hours)) AS hour_no) AS h
    WHERE g.half = 0 AND coalesce(g.purpose, '') <> 'C05'
)
SELECT
    class_no, org_no, year_no, calendar, subject_no, is_across,
    (CASE WHEN is_across THEN 1 + share(draw(class_no, 71), 0, 5) ELSE 1 + place % 5 END)::INTEGER AS weekday,
    (CASE WHEN is_across THEN 8 ELSE 1 + place // 5 END)::INTEGER AS number
FROM hour
ORDER BY class_no, weekday, number;
