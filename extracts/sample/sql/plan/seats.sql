-- Classes as streams of pupils, and a seat for every student. Reads: org.

-- A tiny school keeps only as many classes as it has pupils.
CREATE TABLE stream AS
WITH wanted AS (
    SELECT
        o.org_no, o.kind, o.bucket, o.size, o.first_student, l.level::INTEGER AS level, x.letter_no::INTEGER AS letter_no,
        CASE WHEN l.level >= 10 THEN o.letters_upper ELSE o.letters_lower END AS letters
    FROM org AS o, range(1, 12) AS l (level), range(0, 12) AS x (letter_no)
    WHERE l.level <= CASE WHEN o.kind = 'college' THEN 4 ELSE 11 END
),
kept AS (
    SELECT *, row_number() OVER (PARTITION BY org_no ORDER BY letter_no, level) - 1 AS stream_idx
    FROM wanted
    WHERE letter_no < letters
)
SELECT
    (row_number() OVER (ORDER BY org_no, level, letter_no) - 1)::INTEGER AS stream_no,
    org_no, kind, bucket, first_student, level, letter_no,
    count(*) OVER (PARTITION BY org_no, level)::INTEGER AS letters,
    stream_idx::INTEGER AS stream_idx,
    least(size, count(*) OVER (PARTITION BY org_no))::INTEGER AS streams,
    size
FROM kept
QUALIFY stream_idx < size
ORDER BY org_no, level, letter_no;

CREATE TABLE seat AS
WITH seated AS (
    SELECT
        (s.first_student + s.stream_idx + i.seat_idx * s.streams)::INTEGER AS student_no,
        s.org_no, s.kind, s.bucket, s.stream_no, s.level, s.letter_no, s.letters, i.seat_idx::INTEGER AS seat_idx
    FROM stream AS s, range(0, 1000) AS i (seat_idx)
    WHERE s.stream_idx + i.seat_idx * s.streams < s.size
),
-- One pupil in eight has an elder sibling 61 numbers before: parents and the family name are shared.
related AS (
    SELECT
        *,
        student_no % 122 >= 61 AND share(draw(student_no, 12), 0, 100) < 25 AS is_sibling,
        student_no % 122 < 61 AND share(draw(student_no + 61, 12), 0, 100) < 25
        AND student_no + 61 <= getvariable('students') AS has_sibling
    FROM seated
),
born AS (
    SELECT
        *,
        CASE WHEN is_sibling THEN student_no - 61 ELSE student_no END AS family_no,
        -- The first class is six and a half to seven and a half in September, the first course ten years older.
        (
            DATE '2026-09-01' - to_years(6 + level - 1 + CASE WHEN kind = 'college' THEN 9 ELSE 0 END)
            - to_days(200 + share(draw(student_no, 13), 0, 364))
        )::DATE AS birth_date,
        share(draw(student_no, 14), 0, 2) = 0 AS is_male
    FROM related
)
SELECT
    *,
    (birth_date + INTERVAL 14 YEAR)::DATE AS fourteen_on,
    (birth_date + INTERVAL 18 YEAR)::DATE AS eighteen_on
FROM born
ORDER BY student_no;

CREATE TABLE stream_size AS SELECT stream_no, count(*)::INTEGER AS size FROM seat GROUP BY stream_no;
