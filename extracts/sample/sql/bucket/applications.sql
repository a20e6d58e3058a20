-- Applications for the portal: the first, and a second one after a refusal. Reads: person. Variables: last_night.

CREATE TABLE application AS
WITH first_one AS (
    SELECT
        p.profile_no, p.profile_id, p.org_no, p.left_at, p.entered_at, draw(p.profile_no, 61) AS d,
        -- Half of those who cannot be shown have asked for it all the same: P01.
        p.purpose IN ('S01', 'S02', 'S03', 'S05', 'S06', 'S06_S09', 'S06_S07', 'S08') AND (p.idx // 2) % 2 = 0 AS is_p01,
        p.purpose = 'connected_tonight' AS is_tonight,
        CASE
            WHEN p.purpose = 'connected_tonight'
                THEN later_night(p.idx)
        END AS tonight
    FROM person AS p
    WHERE p.merged_to_no IS NULL
),
asked AS (
    SELECT
        *,
        CASE WHEN is_p01 OR is_tonight THEN 0 ELSE share(d, 0, 100) END AS outcome,
        CASE
            WHEN is_p01 THEN moment(DATE '2026-08-25', 36000 + share(d, 10, 20000))
            WHEN is_tonight THEN moment(tonight - 3, 36000 + share(d, 10, 20000))
            ELSE greatest(
                moment(DATE '2026-08-20' + share(d, 20, 120), 32400 + share(d, 30, 36000)),
                entered_at + INTERVAL 2 HOUR
            )
        END AS submitted_at,
        CASE WHEN is_tonight OR is_p01 THEN 3 ELSE 1 + share(d, 40, 6) END AS days
    FROM first_one
    WHERE is_p01 OR is_tonight OR share(d, 46, 100) < 60
),
decided AS (
    SELECT
        *,
        CASE WHEN outcome < 90 THEN submitted_at + to_days(days) END AS decided_at,
        CASE WHEN outcome BETWEEN 0 AND 69 OR outcome BETWEEN 80 AND 87 THEN 'connected' ELSE 'refused' END AS decision,
        CASE WHEN outcome BETWEEN 80 AND 87 THEN submitted_at + to_days(days + 10 + share(d, 50, 30)) END AS withdrawn_at
    FROM asked
    WHERE left_at IS NULL OR submitted_at < left_at
)
SELECT
    profile_no, profile_id, org_no, small_id(profile_no * 2, 4) AS application_id, submitted_at, decided_at, decision,
    -- Whoever leaves is taken off the portal.
    least(
        withdrawn_at,
        CASE WHEN left_at IS NOT NULL AND decision = 'connected' THEN greatest(left_at, decided_at) + INTERVAL 1 HOUR END
    ) AS withdrawn_at
FROM decided
UNION ALL
SELECT
    profile_no, profile_id, org_no, small_id(profile_no * 2 + 1, 4),
    decided_at + INTERVAL 3 DAY, decided_at + INTERVAL 5 DAY, 'connected',
    CASE WHEN left_at IS NOT NULL THEN greatest(left_at, decided_at + INTERVAL 5 DAY) + INTERVAL 2 HOUR END
FROM decided
WHERE decision = 'refused' AND decided_at IS NOT NULL AND share(d, 54, 2) = 0
ORDER BY profile_no, application_id;
