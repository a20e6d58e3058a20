-- Draws, ids and small arithmetic that every other script uses. Variables: seed.
-- A draw is a hash of a row's own number: the same row gets the same fate in every night, bucket and run.

-- One number is hashed, never two: hash(a, b) only flips bits of hash(a), and draws of one row would go together.
CREATE MACRO draw(serial, salt) AS hash(
    (serial)::BIGINT * 1024 + (salt) + getvariable('seed')::BIGINT * 6364136223
);

-- A number from 0 to n - 1 out of the bits of a draw above `shift`.
CREATE MACRO share(drawn, shift, n) AS (((drawn) >> (shift)) % (n)::UBIGINT)::INTEGER;

-- Ids are permutations of serial numbers (multiplication modulo a prime): unique, and in no order of time.
CREATE MACRO small_id(serial, kind) AS (
    100000000
    + ((serial)::BIGINT * 7919077 + (kind) * 15485863 + getvariable('seed')::BIGINT * 104729) % 99999989
)::VARCHAR;

CREATE MACRO big_id(serial, kind) AS (
    10000000000000
    + ((serial)::BIGINT * 618033 + (kind) * 15485863 + getvariable('seed')::BIGINT * 104729) % 9999999999971
)::VARCHAR;

CREATE MACRO guid(kind, serial) AS md5(concat(kind, ':', serial, ':', getvariable('seed')))::UUID::VARCHAR;

CREATE MACRO moment(day, seconds) AS (day)::TIMESTAMP + to_seconds((seconds)::BIGINT);

-- СНИЛС: a number of its own for every serial (all above 001-001-998), and its checksum.
CREATE MACRO snils_number(serial) AS (
    100000000 + ((serial)::BIGINT * 7919077 + getvariable('seed')::BIGINT * 104729) % 899999963
);
CREATE MACRO snils_sum(number) AS (
    (number) // 100000000 % 10 * 9 + (number) // 10000000 % 10 * 8 + (number) // 1000000 % 10 * 7
    + (number) // 100000 % 10 * 6 + (number) // 10000 % 10 * 5 + (number) // 1000 % 10 * 4
    + (number) // 100 % 10 * 3 + (number) // 10 % 10 * 2 + (number) % 10
);
CREATE MACRO snils_check(number) AS CASE WHEN snils_sum(number) % 101 = 100 THEN 0 ELSE snils_sum(number) % 101 END;
CREATE MACRO snils(serial) AS (
    snils_number(serial)::VARCHAR || lpad(snils_check(snils_number(serial))::VARCHAR, 2, '0')
);
CREATE MACRO broken_snils(serial) AS (
    snils_number(serial)::VARCHAR || lpad(((snils_check(snils_number(serial)) + 7) % 101 % 100)::VARCHAR, 2, '0')
);
CREATE MACRO snils_with_dashes(digits) AS (
    substr(digits, 1, 3) || '-' || substr(digits, 4, 3) || '-' || substr(digits, 7, 3) || ' ' || substr(digits, 10, 2)
);

-- How a pupil was away on a day: null, or a draw that decides the reason (illness takes spells of days).
-- `day` counts from Thursday 1970-01-01; `frailty` is how many weeks of a thousand begin an illness.
CREATE MACRO week_draw(student_no, day) AS draw((student_no)::BIGINT * 8192 + ((day) + 3) // 7, 31);
CREATE MACRO day_draw(student_no, day) AS draw((student_no)::BIGINT * 32768 + (day), 32);
CREATE MACRO ill(student_no, day, frailty) AS (
    share(week_draw(student_no, day), 0, 1000) < (frailty)
    AND ((day) + 3) % 7 BETWEEN share(week_draw(student_no, day), 12, 4)
    AND share(week_draw(student_no, day), 12, 4) + 1 + share(week_draw(student_no, day), 16, 4)
);
CREATE MACRO away(student_no, day) AS share(day_draw(student_no, day), 0, 1000) < 25;

-- A night's window: what happened up to its end, and whether that is news since the night before.
CREATE MACRO happened(instant) AS (instant) <= getvariable('window_to');
CREATE MACRO is_news(instant) AS (instant) > getvariable('window_from') AND (instant) <= getvariable('window_to');
-- The newest of a row's events that have happened; null where even the first has not.
CREATE MACRO version_at(first_event, second_event, third_event) AS CASE
    WHEN happened(first_event) THEN greatest(
        first_event,
        CASE WHEN happened(second_event) THEN second_event END,
        CASE WHEN happened(third_event) THEN third_event END
    )
END;
-- Snapshots speak of all years in the first night and of the open one after that.
CREATE MACRO is_spoken_of(year_no) AS (year_no) = 0 OR getvariable('is_first_night');

-- The load date of one of the later nights; null where there is one night only.
CREATE MACRO later_night(idx) AS (
    getvariable('nights')[2 + (idx) % nullif(len(getvariable('nights')) - 1, 0)]
)::DATE;
