-- Reads: application.
WITH told AS (SELECT *, version_at(submitted_at, decided_at, withdrawn_at) AS changed_at FROM application)
SELECT
    application_id,
    profile_id AS student_profile_id,
    CASE
        WHEN happened(withdrawn_at) THEN 'withdrawn'
        WHEN happened(decided_at) THEN decision
        ELSE 'submitted'
    END AS status,
    changed_at
FROM told
WHERE is_news(changed_at)
ORDER BY profile_no, application_id
