-- Reads: member, teaching_group.
WITH told AS (SELECT *, version_at(journal_at, ended_at, NULL) AS updated_at FROM member)
SELECT
    small_id(group_no, 5) AS group_id,
    profile_id AS student_profile_id,
    begin_date,
    CASE WHEN happened(ended_at) THEN last_date END AS end_date,
    updated_at,
    NULL::TIMESTAMP AS deleted_at
FROM told
WHERE is_news(updated_at)
ORDER BY group_no, stay_no, begin_date
