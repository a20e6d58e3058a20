-- Reads: stay. An enrollment that was forgotten stays open beside the next one.
WITH told AS (
    SELECT
        *, NOT is_left_open AND coalesce(happened(ended_at), FALSE) AS is_closed,
        version_at(entered_at, CASE WHEN NOT is_left_open THEN ended_at END, NULL) AS updated_at
    FROM stay
)
SELECT
    small_id(stay_no, 14) AS enrollment_id,
    small_id(profile_no, 1) AS student_profile_id,
    small_id(org_no, 10) AS organization_id,
    small_id(class_no, 11) AS class_unit_id,
    begin_date,
    CASE WHEN is_closed THEN last_date END AS end_date,
    CASE WHEN is_closed THEN leave_reason END AS leave_reason,
    updated_at,
    NULL::TIMESTAMP AS deleted_at
FROM told
WHERE is_news(updated_at)
ORDER BY stay_no
