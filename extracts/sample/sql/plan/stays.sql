-- Who sits in which class from when to when, and under which profile: the truth that enrollments and groups tell.
-- Reads: seat, stream, class_unit, seat_pick, year. Variables: first_night.

-- `cut` is the first day of the new state of whoever moves, comes, goes or is merged.
CREATE TABLE mover AS
SELECT
    s.*, p.purpose, p.idx, o.stream_no AS other_stream_no, o.org_no AS other_org_no, o.bucket AS other_bucket,
    CASE
        WHEN p.purpose LIKE '%_tonight'
            THEN later_night(p.idx)
            + CASE WHEN p.purpose = 'leaver_tonight' THEN 1 ELSE 0 END
        WHEN p.purpose = 'late_arrival' THEN getvariable('first_night') - 3
        ELSE DATE '2026-09-15'
            + share(draw(s.student_no, 15), 0, greatest(1, getvariable('first_night') - 1 - DATE '2026-09-15'))
    END::DATE AS cut
FROM seat AS s
JOIN seat_pick AS p USING (student_no)
LEFT JOIN LATERAL (
    SELECT t.stream_no, t.org_no, t.bucket
    FROM stream AS t
    WHERE t.level = s.level
      AND t.kind = s.kind
      AND CASE
          WHEN p.purpose LIKE 'school_transfer%' THEN t.org_no <> s.org_no
          ELSE t.org_no = s.org_no AND t.stream_no <> s.stream_no
      END
    ORDER BY draw(t.stream_no::BIGINT * 1000003 + s.student_no, 16), t.stream_no
    LIMIT 1
) AS o ON TRUE
WHERE p.is_move
ORDER BY s.student_no;

CREATE TABLE moved AS
SELECT
    *,
    replace(purpose, '_tonight', '') AS move,
    DATE '2026-09-08' + ((cut - DATE '2026-09-08') // 2)::INTEGER AS first_cut,
    CASE
        WHEN purpose = 'late_arrival' THEN moment(later_night(0), 32400 + share(draw(student_no, 17), 0, 7200))
        ELSE moment(cut, 34200 + share(draw(student_no, 17), 0, 7200))
    END AS cut_entered_at,
    moment(cut - 1, 54000 + share(draw(student_no, 17), 16, 7200)) AS ended_at
FROM mover;

CREATE TABLE stay AS
WITH everyone AS (
    SELECT
        s.*, m.move, m.cut, m.first_cut, m.cut_entered_at, m.ended_at, m.other_stream_no, m.other_org_no, m.other_bucket,
        moment(DATE '2026-08-10' + share(draw(s.student_no, 18), 0, 20), 28800 + share(draw(s.student_no, 18), 8, 30000))
            AS entered_at
    FROM seat AS s
    LEFT JOIN moved AS m USING (student_no)
),
told AS (
    -- 0: the class where the student sits in the end.
    SELECT
        student_no, 0 AS part, 0 AS role, 0 AS year_no, stream_no, org_no, bucket, seat_idx,
        CASE
            WHEN move IS NULL OR move = 'leaver' THEN DATE '2026-09-01'
            ELSE cut
        END AS begin_date,
        CASE WHEN move = 'leaver' THEN (cut - 1)::DATE END AS last_date,
        CASE WHEN move IS NULL OR move = 'leaver' THEN entered_at ELSE cut_entered_at END AS entered_at,
        CASE WHEN move = 'late_arrival' THEN moment(cut, 36000) END AS journal_at,
        CASE WHEN move = 'leaver' THEN ended_at END AS ended_at,
        CASE
            WHEN move = 'leaver' THEN CASE WHEN kind = 'college' THEN 'expelled' ELSE 'transferred' END
        END AS leave_reason,
        FALSE AS is_left_open
    FROM everyone
    UNION ALL
    -- 1: where they were before: another class, another school, or under a profile that was merged.
    SELECT
        student_no, 1, CASE WHEN move IN ('class_transfer', 'overlap') THEN 0 ELSE 1 END, 0,
        CASE
            WHEN move IN ('merged', 'merged_chain') THEN stream_no
            ELSE coalesce(other_stream_no, stream_no)
        END,
        CASE WHEN move = 'school_transfer' THEN other_org_no ELSE org_no END,
        CASE WHEN move = 'school_transfer' THEN other_bucket ELSE bucket END,
        seat_idx,
        CASE WHEN move = 'merged_chain' THEN first_cut ELSE DATE '2026-09-01' END, (cut - 1)::DATE,
        CASE WHEN move = 'merged_chain' THEN moment(first_cut, 36000) ELSE entered_at END, NULL, ended_at,
        CASE WHEN move = 'school_transfer' THEN 'transferred' END,
        move = 'overlap'
    FROM everyone
    WHERE move IN ('class_transfer', 'overlap', 'school_transfer', 'merged', 'merged_chain')
    UNION ALL
    -- 2: the first profile of a chain of two mergers.
    SELECT
        student_no, 2, 2, 0, stream_no, org_no, bucket, seat_idx, DATE '2026-09-01', (first_cut - 1)::DATE,
        entered_at, NULL, moment(first_cut - 1, 54000), NULL, FALSE
    FROM everyone
    WHERE move = 'merged_chain'
    UNION ALL
    -- Earlier years: the same stream, a level below.
    SELECT
        e.student_no, 0, 0, y.year_no, e.stream_no, e.org_no, e.bucket, e.seat_idx, y.begin_date,
        (y.begin_date + INTERVAL 9 MONTH - INTERVAL 1 DAY)::DATE,
        e.entered_at - to_years(y.year_no), NULL, moment((y.begin_date + INTERVAL 9 MONTH - INTERVAL 1 DAY)::DATE, 54000),
        NULL, FALSE
    FROM everyone AS e
    JOIN year AS y ON y.year_no > 0 AND e.level - y.year_no >= 1
    WHERE e.move IS NULL OR e.move IN ('leaver', 'class_transfer', 'overlap')
)
SELECT
    (((t.student_no * 4 + t.part) * 8) + t.year_no)::INTEGER AS stay_no,
    (t.student_no * 4 + t.role)::INTEGER AS profile_no,
    t.student_no, t.part, t.role, t.year_no, c.class_no, t.org_no, t.bucket, t.seat_idx, t.begin_date, t.last_date,
    t.entered_at, coalesce(t.journal_at, t.entered_at) AS journal_at, t.ended_at, t.leave_reason, t.is_left_open
FROM told AS t
JOIN class_unit AS c USING (stream_no, year_no)
ORDER BY t.org_no, stay_no;

-- A profile is a person at one school; merged ones point to the next of their chain.
CREATE TABLE profile AS
WITH named AS (
    SELECT
        t.profile_no, t.student_no, t.role,
        arg_max(t.org_no, t.stay_no) AS org_no, arg_max(t.bucket, t.stay_no) AS bucket,
        min(t.entered_at) FILTER (WHERE t.year_no = 0) AS first_entered_at,
        -- The contingent's last day of this profile; null while the student is there.
        CASE WHEN count(*) FILTER (WHERE t.year_no = 0 AND t.last_date IS NULL) = 0
            THEN max(t.ended_at) FILTER (WHERE t.year_no = 0) END AS left_at
    FROM stay AS t
    GROUP BY t.profile_no, t.student_no, t.role
),
told AS (
    SELECT
        n.*, p.purpose, p.idx, s.birth_date, s.fourteen_on, s.eighteen_on, s.is_male, s.family_no, s.kind, s.level,
        m.move, m.cut,
        CASE
            WHEN n.role > 0 AND m.move LIKE 'merged%' THEN n.student_no * 4 + n.role - 1
        END AS merged_to_no,
        CASE
            WHEN n.role > 0 AND m.move LIKE 'merged%'
                THEN moment(CASE WHEN n.role = 2 THEN m.first_cut ELSE m.cut END, 50400)
        END AS merged_at,
        -- A merged profile was sometimes a second person, too.
        n.student_no * 4
        + CASE WHEN m.move LIKE 'merged%' AND share(draw(n.profile_no, 19), 0, 2) = 0 THEN n.role ELSE 0 END AS person_no,
        CASE
            WHEN n.first_entered_at >= TIMESTAMP '2026-09-01' THEN n.first_entered_at
            ELSE moment(
                DATE '2026-05-20' + share(draw(n.profile_no, 20), 0, 80), 28800 + share(draw(n.profile_no, 20), 8, 30000)
            )
        END AS entered_at,
        -- Some defects are mended in one of the later nights.
        CASE
            WHEN p.purpose LIKE 'mended_%'
                THEN moment(later_night(p.idx), 39600)
        END AS mended_at,
        replace(p.purpose, 'mended_', '') AS defect,
        -- Grown-up students seldom have a representative on record.
        coalesce(p.purpose, '') <> 'R05'
        AND (s.eighteen_on > getvariable('last_night') OR share(draw(n.student_no, 57), 0, 100) < 35) AS has_parents,
        -- S08: the second of a pair bears the number of the first.
        coalesce(q.student_no, n.student_no) AS snils_no
    FROM named AS n
    JOIN seat AS s USING (student_no)
    LEFT JOIN seat_pick AS p USING (student_no)
    LEFT JOIN seat_pick AS q ON p.purpose = 'S08' AND p.idx % 2 = 1 AND q.purpose = 'S08' AND q.idx = p.idx - 1
    LEFT JOIN moved AS m USING (student_no)
)
SELECT
    *,
    -- Papers belong to persons, and a person may be at two schools: who tells of them.
    row_number() OVER (PARTITION BY person_no ORDER BY entered_at, profile_no) = 1 AS tells_own_papers,
    has_parents
    AND row_number() OVER (PARTITION BY family_no, has_parents ORDER BY entered_at, profile_no) = 1 AS tells_parents_papers
FROM told
ORDER BY profile_no;
