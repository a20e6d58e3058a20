-- Graded results of known works. A score is a five-point value only on a scale that ends at 5.
SELECT
    results.sourcedId AS mark_id,
    results.studentSourcedId AS student_profile_id,
    works.group_id,
    works.subject_id,
    works.control_form_id,
    results.scoreDate AS date,
    coalesce(results.textScore, shown_number(results.score)) AS name,
    CASE WHEN works.scale = 5 AND results.score BETWEEN 0 AND 5 THEN results.score END AS five,
    CASE
        WHEN works.scale = 5 THEN 'five'
        WHEN works.scale = 10 THEN 'ten'
        WHEN works.scale = 100 THEN 'hundred'
        WHEN works.scale IS NOT NULL THEN 'other'
    END AS grade_system_type,
    works.weight,
    results.comment,
    results.dateLastModified AS updated_at
FROM {s}.results AS results
INNER JOIN {s}.works AS works ON results.lineItemSourcedId = works.sourcedId
WHERE score_status(results.scoreStatus, results.score, results.textScore) = 'fully graded'
