-- Events of each school, who takes part, and achievements. Reads: org, person, stay, item, year. Variables: last_night.

CREATE TABLE event AS
WITH planned AS (
    SELECT
        o.org_no, y.year_no, i.event_idx::INTEGER AS event_idx, (o.org_no * 8 + y.year_no) * 512 + i.event_idx AS event_no,
        y.begin_date AS year_begin, draw((o.org_no * 8 + y.year_no) * 512 + i.event_idx, 81) AS d
    FROM org AS o
    CROSS JOIN year AS y
    CROSS JOIN LATERAL (SELECT unnest(range(8 + o.size // 16)) AS event_idx) AS i
)
SELECT
    event_no, org_no, year_no, small_id(event_no, 9) AS event_id, 1 + share(d, 0, 11) AS type_no,
    [0, 0, 0, 1, 1, 2, 3, 4][1 + share(d, 8, 8)] AS level_no,
    (year_begin + 5 + share(d, 16, 265))::DATE AS begin_date,
    CASE
        WHEN share(d, 30, 100) < 40 THEN NULL
        ELSE (year_begin + 5 + share(d, 16, 265) + share(d, 36, 4))::DATE
    END AS end_date,
    -- Put off by a week, now and then.
    CASE WHEN share(d, 44, 20) = 0 THEN moment((year_begin + share(d, 16, 265))::DATE, 43200) END AS moved_at,
    moment((year_begin + 5 + share(d, 16, 265) - 25)::DATE, 36000 + share(d, 50, 20000)) AS entered_at,
    share(d, 40, 5) AS place_no
FROM planned
ORDER BY event_no;

CREATE TABLE participant AS
SELECT
    e.event_no, e.event_id, e.org_no, e.begin_date, e.end_date, e.type_no, e.level_no, e.year_no, e.moved_at, t.profile_no,
    p.profile_id, draw(t.stay_no::BIGINT * 512 + e.event_no % 512, 82) AS d,
    greatest(e.entered_at, t.entered_at) + to_seconds(3600 + share(draw(t.stay_no::BIGINT * 512 + e.event_no % 512, 83), 0, 86400))
        AS entered_at
FROM event AS e
JOIN stay AS t
    ON t.org_no = e.org_no AND t.year_no = e.year_no AND e.begin_date BETWEEN t.begin_date
    AND coalesce(t.last_date, DATE '9999-12-31')
JOIN person AS p USING (profile_no)
WHERE share(draw(t.stay_no::BIGINT * 512 + e.event_no % 512, 82), 0, 100) < 3
ORDER BY e.event_no, t.profile_no;

-- Achievements: of past events, and brought by the students themselves.
CREATE TABLE achievement AS
SELECT
    p.profile_no::BIGINT * 8192 + p.event_no % 4096 AS achievement_no, p.profile_id, p.org_no, p.type_no,
    p.level_no, p.begin_date AS date, p.event_id, p.d,
    moment(p.begin_date + 3 + share(p.d, 40, 8), 50400 + share(p.d, 44, 20000)) AS entered_at
FROM participant AS p
WHERE share(p.d, 8, 100) < 22 AND share(p.d, 30, 50) <> 0 AND p.moved_at IS NULL
  AND coalesce(p.end_date, p.begin_date) <= getvariable('last_night') - 3
UNION ALL
SELECT
    s.profile_no::BIGINT * 8192 + 4096 + s.year_no * 512 + s.own_idx, s.profile_id, s.org_no, 1 + share(s.d, 0, 11),
    [0, 0, 1, 1, 2, 3, 4, 0][1 + share(s.d, 8, 8)], s.date, NULL, s.d,
    moment(s.date + share(s.d, 40, 12), 36000 + share(s.d, 44, 30000))
FROM (
    SELECT
        t.profile_no, p.profile_id, t.org_no, t.year_no, i.own_idx, draw(t.stay_no::BIGINT * 8 + i.own_idx, 84) AS d,
        (y.begin_date + 3 + share(draw(t.stay_no::BIGINT * 8 + i.own_idx, 84), 20, 268))::DATE AS date, t.begin_date, t.last_date
    FROM stay AS t
    JOIN person AS p USING (profile_no)
    JOIN year AS y USING (year_no)
    CROSS JOIN range(0, 4) AS i (own_idx)
) AS s
WHERE share(s.d, 50, 100) < [34, 20, 9, 4][1 + s.own_idx]
  AND s.date BETWEEN s.begin_date AND coalesce(s.last_date, DATE '9999-12-31')
  AND s.date <= getvariable('last_night')
ORDER BY achievement_no;
