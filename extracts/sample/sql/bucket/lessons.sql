-- Lessons of the timetable's days, and what each was for. Reads: slot, study_day, teaching_group, form.
-- Variables: last_night.

CREATE TABLE lesson AS
WITH planned AS (
    SELECT
        g.group_no, g.class_no, g.unit_no, g.org_no, g.level, g.subject_no, g.area, g.mark_share, g.group_id, g.subject_id,
        g.teacher_id, g.is_ten_scale, y.begin_date AS year_begin, d.date, s.number,
        (d.date - DATE '1970-01-01')::INTEGER AS day,
        ((d.date - y.begin_date) * 173 % 367 * 12 + s.number)::INTEGER AS day_slot
    FROM slot AS s
    JOIN study_day AS d
        ON d.org_no = s.org_no AND d.year_no = s.year_no AND d.calendar = s.calendar AND d.weekday = s.weekday
    JOIN year AS y ON y.year_no = s.year_no
    JOIN teaching_group AS g
        ON g.class_no = s.class_no AND g.subject_no = s.subject_no AND (g.unit_no IS NULL) = s.is_across
    WHERE d.date <= getvariable('last_night') + 16
),
drawn AS (
    SELECT
        *,
        draw(group_no::BIGINT * 4404 + day_slot, 75) AS d,
        -- Works are set after the first ten days; nobody is marked in the first class.
        level > 1 AND mark_share > 0 AS is_marked,
        date >= year_begin + 10 AND area IN ('language', 'science', 'humanities') AS may_be_work
    FROM planned
),
told AS (
    SELECT
        *,
        CASE
            WHEN NOT may_be_work THEN 0
            WHEN share(d, 0, 100) < 8 THEN 2
            WHEN share(d, 0, 100) < 18 THEN 1
            ELSE 0
        END AS work,
        share(d, 8, 1000) < 15 AS is_cancelled,
        share(d, 8, 1000) BETWEEN 15 AND 16 AS is_deleted
    FROM drawn
)
SELECT
    group_no, org_no, date, day, number, day_slot, subject_no, area, group_id, subject_id, teacher_id, is_ten_scale, work,
    is_cancelled, is_deleted, d,
    is_marked AND NOT is_cancelled AND NOT is_deleted AS is_marked,
    NOT is_cancelled AND NOT is_deleted AS is_held,
    -- Of 1024 pupils who are there, how many get a mark.
    CASE WHEN work = 2 THEN 950 WHEN work = 1 THEN 880 ELSE mark_share END AS mark_share,
    share(d, 20, 25) = 0 AS has_second_marks,
    CASE
        WHEN work = 2 AND area = 'language' THEN [1, 3, 4, 15, 1, 2][1 + share(d, 26, 6)]
        WHEN work = 2 THEN [1, 1, 1, 1, 2, 1][1 + share(d, 26, 6)]
        WHEN work = 1 AND area = 'science' THEN [5, 6, 7, 8][1 + share(d, 26, 4)]
        WHEN work = 1 AND area = 'humanities' THEN [6, 7, 8, 14][1 + share(d, 26, 4)]
        WHEN work = 1 THEN [6, 7, 8, 6][1 + share(d, 26, 4)]
    END AS form_no,
    big_id(group_no::BIGINT * 4404 + day_slot, 8) AS lesson_id,
    -- The timetable of a week is entered on a Saturday two weeks before; a lesson gets its topic on its day.
    moment(date_trunc('week', date)::DATE - 9, 57600 + share(d, 32, 14400)) AS planned_at,
    CASE
        WHEN is_cancelled THEN moment(date - share(d, 46, 2), 61200 + share(d, 47, 3600))
        WHEN is_deleted THEN moment(date, 39600)
        ELSE moment(date, 30600 + number * 3300 + share(d, 48, 900))
    END AS told_at
FROM told
ORDER BY group_no, date, number;
