-- Members of scheduled classes. The same days told twice are one membership: the one that lasts longer.
SELECT
    classes.sourcedId AS group_id,
    enrollments.userSourcedId AS student_profile_id,
    coalesce(enrollments.beginDate, classes.year_begin) AS begin_date,
    CASE WHEN count(*) = count(enrollments.endDate) THEN last_day_before(max(enrollments.endDate)) END AS end_date,
    max(enrollments.dateLastModified) AS updated_at
FROM {s}.enrollments AS enrollments
INNER JOIN {s}.placed AS classes ON enrollments.classSourcedId = classes.sourcedId AND classes.is_group
WHERE
    lower(enrollments.role) = 'student'
    AND coalesce(enrollments.beginDate, classes.year_begin) IS NOT NULL
GROUP BY ALL
