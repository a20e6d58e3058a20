-- Members of homerooms; and, for a year in which they are in no homeroom, students of a school: without a class, from
-- the first day that is told of them there (of the role, of a group), else from the first day of that year.
WITH homerooms AS (
    SELECT
        enrollments.sourcedId AS enrollment_id,
        enrollments.userSourcedId AS student_profile_id,
        coalesce(enrollments.schoolSourcedId, classes.organization_id) AS organization_id,
        classes.sourcedId AS class_unit_id,
        coalesce(enrollments.beginDate, classes.year_begin) AS begin_date,
        last_day_before(enrollments.endDate) AS end_date,
        enrollments.dateLastModified AS updated_at,
        classes.academic_year_id
    FROM {s}.enrollments AS enrollments
    INNER JOIN {s}.placed AS classes ON enrollments.classSourcedId = classes.sourcedId AND classes.is_class
    WHERE lower(enrollments.role) = 'student'
),

-- In 1.2 the roles say where; in 1.1, or for whom there are none, users.csv does.
with_roles AS (SELECT DISTINCT userSourcedId FROM {s}.roles),

schools_listed AS (
    SELECT
        users.sourcedId AS student_profile_id,
        unnest(list_distinct(listed(concat_ws(',', users.primaryOrgSourcedId, users.orgSourcedIds)))) AS organization_id,
        users.dateLastModified AS updated_at
    FROM {s}.users AS users
    LEFT JOIN with_roles ON users.sourcedId = with_roles.userSourcedId
    WHERE lower(users.role) = 'student' AND with_roles.userSourcedId IS NULL
),

stays AS (
    SELECT
        student_profile_id,
        organization_id,
        CAST(NULL AS DATE) AS begin_date,
        CAST(NULL AS DATE) AS end_date,
        updated_at
    FROM schools_listed
    UNION ALL
    SELECT
        roles.userSourcedId AS student_profile_id,
        roles.orgSourcedId AS organization_id,
        min(roles.beginDate) AS begin_date,
        CASE WHEN count(*) = count(roles.endDate) THEN last_day_before(max(roles.endDate)) END AS end_date,
        max(roles.dateLastModified) AS updated_at
    FROM {s}.roles AS roles
    INNER JOIN {s}.users AS users ON roles.userSourcedId = users.sourcedId
    WHERE lower(roles.role) = 'student'
    GROUP BY roles.userSourcedId, roles.orgSourcedId
),

group_days AS (
    SELECT
        enrollments.userSourcedId AS student_profile_id,
        coalesce(enrollments.schoolSourcedId, classes.organization_id) AS organization_id,
        classes.academic_year_id,
        min(coalesce(enrollments.beginDate, classes.year_begin)) AS begin_date
    FROM {s}.enrollments AS enrollments
    INNER JOIN {s}.placed AS classes ON enrollments.classSourcedId = classes.sourcedId AND classes.is_group
    WHERE lower(enrollments.role) = 'student'
    GROUP BY ALL
),

with_groups AS (SELECT DISTINCT student_profile_id, academic_year_id FROM group_days),

-- The year of the delivery; before the first one begins, that.
this_year AS (
    SELECT coalesce(
        max_by(academic_year_id, begin_date) FILTER (WHERE begin_date <= {load_date}),
        min_by(academic_year_id, begin_date)
    ) AS academic_year_id
    FROM {s}.years
),

-- Of several schools that users.csv lists without a day, those count in which the student has groups, if there are any.
stays_of_years AS (
    SELECT
        stays.*,
        group_days.academic_year_id,
        group_days.begin_date AS group_begin
    FROM stays
    INNER JOIN group_days
        ON
            stays.student_profile_id = group_days.student_profile_id
            AND stays.organization_id = group_days.organization_id
    UNION ALL
    SELECT
        stays.*,
        this_year.academic_year_id,
        CAST(NULL AS DATE) AS group_begin
    FROM stays
    CROSS JOIN this_year
    LEFT JOIN group_days AS here
        ON
            stays.student_profile_id = here.student_profile_id
            AND stays.organization_id = here.organization_id
            AND this_year.academic_year_id = here.academic_year_id
    LEFT JOIN with_groups
        ON
            stays.student_profile_id = with_groups.student_profile_id
            AND this_year.academic_year_id = with_groups.academic_year_id
    WHERE
        here.student_profile_id IS NULL
        AND (with_groups.student_profile_id IS NULL OR stays.begin_date IS NOT NULL)
),

with_homeroom AS (SELECT DISTINCT student_profile_id, academic_year_id FROM homerooms),

without_homeroom AS (
    SELECT
        concat_ws(':', stays.student_profile_id, stays.organization_id, stays.academic_year_id) AS enrollment_id,
        stays.student_profile_id,
        stays.organization_id,
        CAST(NULL AS VARCHAR) AS class_unit_id,
        greatest(years.begin_date, coalesce(stays.begin_date, stays.group_begin, years.begin_date)) AS begin_date,
        stays.end_date,
        stays.updated_at,
        years.end_date AS year_end
    FROM stays_of_years AS stays
    INNER JOIN {s}.years AS years ON stays.academic_year_id = years.academic_year_id
    LEFT JOIN with_homeroom
        ON
            stays.student_profile_id = with_homeroom.student_profile_id
            AND stays.academic_year_id = with_homeroom.academic_year_id
    LEFT JOIN {s}.orgs AS orgs ON stays.organization_id = orgs.sourcedId
    WHERE
        with_homeroom.student_profile_id IS NULL
        AND (orgs.sourcedId IS NULL OR organization_kind(orgs.type) IS NOT NULL)
)

SELECT * EXCLUDE (academic_year_id)
FROM homerooms
WHERE begin_date IS NOT NULL
UNION ALL
SELECT * EXCLUDE (year_end)
FROM without_homeroom
WHERE begin_date <= year_end
