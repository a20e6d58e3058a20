-- Class units of every year, with their schedules and with what is wrong with a few of them.
-- Reads: stream, stream_size, year, stream_pick. Variables: last_night.
-- Schedules are numbered by organization: КУГ slots 0 first class, 1 all others, 2 one without vacations, 7 one without
-- periods; attestation slots 0 classes 1-9 or the college, 1 classes 10-11, 2 and 3 faulty ones, 10 + n discipline n.

CREATE TABLE class_unit AS
WITH listed AS (
    SELECT
        (y.year_no * (SELECT count(*) FROM stream) + s.stream_no)::INTEGER AS class_no,
        y.year_no, s.stream_no, s.org_no, s.kind, s.bucket, s.level - y.year_no AS level, s.letter_no,
        z.size, CASE WHEN y.year_no = 0 THEN p.purpose END AS purpose, p.idx
    FROM stream AS s
    JOIN stream_size AS z USING (stream_no)
    JOIN year AS y ON s.level - y.year_no >= 1
    LEFT JOIN stream_pick AS p USING (stream_no)
    UNION ALL
    -- C06: a class that was opened and never filled.
    SELECT
        ((SELECT count(*) FROM stream) * (SELECT count(*) FROM year) + p.idx)::INTEGER, 0, NULL, s.org_no, s.kind,
        s.bucket, s.level, 11, 0, 'empty', p.idx
    FROM stream_pick AS p
    JOIN stream AS s USING (stream_no)
    WHERE p.purpose = 'C06'
),
placed AS (
    SELECT
        *,
        (year_no * 4096 + org_no) * 8 + CASE WHEN kind = 'school' AND level = 1 THEN 0 ELSE 1 END AS usual_kug_no,
        (year_no * 4096 + org_no) * 128 + CASE WHEN kind = 'school' AND level >= 10 THEN 1 ELSE 0 END AS usual_att_no
    FROM listed
)
SELECT
    class_no, year_no, stream_no, org_no, kind, bucket, level, size, purpose, idx, usual_kug_no, usual_att_no,
    CASE WHEN kind = 'school' THEN substr('АБВГДЕЖЗИКЛМ', letter_no + 1, 1) END AS letter,
    CASE
        WHEN kind = 'school' THEN level::VARCHAR || substr('АБВГДЕЖЗИКЛМ', letter_no + 1, 1)
        ELSE 'ТП-' || level::VARCHAR || (letter_no + 1)::VARCHAR
    END AS name,
    CASE WHEN kind = 'college' THEN 'college' WHEN level = 1 THEN 'first_grade' ELSE 'school' END AS calendar,
    CASE
        WHEN purpose = 'C01' AND idx % 2 = 0 THEN NULL
        WHEN purpose = 'C01' THEN (year_no * 4096 + org_no) * 8 + 7
        WHEN purpose = 'C02' THEN (year_no * 4096 + org_no) * 8 + 2
        ELSE usual_kug_no
    END AS kug_no,
    CASE WHEN purpose = 'mended_C01' THEN moment(getvariable('last_night'), 36000) END AS mended_at,
    CASE
        WHEN purpose = 'C03' THEN NULL
        WHEN purpose = 'C04' THEN (year_no * 4096 + org_no) * 128 + 2 + idx % 2
        ELSE usual_att_no
    END AS att_no
FROM placed
ORDER BY org_no, class_no;
