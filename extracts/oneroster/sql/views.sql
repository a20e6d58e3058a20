-- What several datasets are made of, over the tables of one state ({s}): as they are now, or as they were before.

-- Every session with all sessions that it is part of, itself included.
CREATE TABLE {s}.lineage AS
WITH RECURSIVE chain AS (
    SELECT
        sourcedId AS session,
        sourcedId AS ancestor,
        0 AS depth
    FROM {s}.academicSessions
    UNION ALL
    SELECT
        chain.session,
        parts.parentSourcedId AS ancestor,
        chain.depth + 1 AS depth
    FROM chain
    INNER JOIN {s}.academicSessions AS parts ON chain.ancestor = parts.sourcedId
    WHERE parts.parentSourcedId IS NOT NULL AND chain.depth < 8
)

SELECT
    session,
    ancestor,
    min(depth) AS depth
FROM chain
GROUP BY session, ancestor;

-- Sessions of type schoolYear. Where every school has one of its own, those of one year are one academic year.
CREATE TABLE {s}.school_years AS
SELECT
    sourcedId AS root,
    coalesce(schoolYear, CAST(year(endDate) AS VARCHAR)) AS label,
    min(sourcedId) OVER (PARTITION BY coalesce(schoolYear, CAST(year(endDate) AS VARCHAR))) AS academic_year_id
FROM {s}.academicSessions
WHERE lower(type) = 'schoolyear';

-- Every session with its academic year: the one that it is part of, else the one of the same number (schoolYear), else
-- that number itself. `lane` keeps apart what would overlap: quarters and half-years of one school.
CREATE TABLE {s}.sessions AS
WITH nearest AS (
    SELECT
        lineage.session,
        min_by(school_years.root, lineage.depth) AS root
    FROM {s}.lineage AS lineage
    INNER JOIN {s}.school_years AS school_years ON lineage.ancestor = school_years.root
    GROUP BY lineage.session
),

by_label AS (
    SELECT
        label,
        min(root) AS root
    FROM {s}.school_years
    GROUP BY label
),

rooted AS (
    SELECT
        sessions.sourcedId AS session,
        lower(sessions.type) AS type,
        sessions.title,
        sessions.startDate AS begin_date,
        last_day_before(sessions.endDate) AS end_date,
        coalesce(sessions.schoolYear, CAST(year(sessions.endDate) AS VARCHAR)) AS label,
        coalesce(
            nearest.root, by_label.root, sessions.schoolYear, CAST(year(sessions.endDate) AS VARCHAR)
        ) AS root
    FROM {s}.academicSessions AS sessions
    LEFT JOIN nearest ON sessions.sourcedId = nearest.session
    LEFT JOIN by_label ON coalesce(sessions.schoolYear, CAST(year(sessions.endDate) AS VARCHAR)) = by_label.label
)

SELECT
    rooted.*,
    coalesce(school_years.academic_year_id, rooted.root) AS academic_year_id,
    rooted.type = 'schoolyear' AS is_year,
    period_kind(rooted.title) AS kind,
    concat_ws('-', rooted.type, period_kind(rooted.title)) AS lane
FROM rooted
LEFT JOIN {s}.school_years AS school_years ON rooted.root = school_years.root;

-- Academic years: of the sessions of type schoolYear, or, where an export has none, of all its sessions.
CREATE TABLE {s}.years AS
WITH counted AS (
    SELECT
        *,
        bool_or(is_year) OVER (PARTITION BY academic_year_id) AS has_year
    FROM {s}.sessions
)

SELECT
    academic_year_id,
    coalesce(
        min(title) FILTER (WHERE session = academic_year_id),
        CASE WHEN regexp_full_match(min(label), '[0-9]{4}') THEN concat(CAST(min(label) AS INTEGER) - 1, '/', min(label)) END,
        min(label)
    ) AS name,
    min(begin_date) AS begin_date,
    max(end_date) AS end_date
FROM counted
WHERE is_year OR NOT has_year
GROUP BY academic_year_id;

-- Every class with its year and its schedule of periods: the finest grading periods of the terms that it lists; else
-- those terms; if it lists the year alone, the year's grading periods (else terms, else semesters), quarters
-- before half-years, from the 10th level on half-years first.
CREATE TABLE {s}.placed AS
WITH terms AS (
    SELECT
        classes.sourcedId,
        unnest(listed(classes.termSourcedIds)) AS term
    FROM {s}.all_classes AS classes
),

class_sessions AS (
    SELECT
        terms.sourcedId,
        sessions.*
    FROM terms
    INNER JOIN {s}.sessions AS sessions ON terms.term = sessions.session
),

class_years AS (
    SELECT
        sourcedId,
        max_by(root, concat(begin_date, root)) AS root,
        max_by(academic_year_id, concat(begin_date, root)) AS academic_year_id,
        min(lane) FILTER (WHERE NOT is_year) AS listed_lane
    FROM class_sessions
    GROUP BY sourcedId
),

finest AS (
    SELECT
        class_sessions.sourcedId,
        min(leaves.lane) AS lane
    FROM class_sessions
    INNER JOIN {s}.lineage AS lineage ON class_sessions.session = lineage.ancestor
    INNER JOIN {s}.sessions AS leaves ON lineage.session = leaves.session
    WHERE NOT class_sessions.is_year AND leaves.type = 'gradingperiod'
    GROUP BY class_sessions.sourcedId
),

lanes AS (
    SELECT DISTINCT
        root,
        lane,
        CASE type WHEN 'gradingperiod' THEN 1 WHEN 'term' THEN 2 WHEN 'semester' THEN 3 ELSE 4 END * 10 AS type_rank,
        coalesce(list_position(['quarter', 'trimester', 'module', '', 'half_year', 'semester'], coalesce(kind, '')), 9)
            AS junior_rank,
        coalesce(list_position(['half_year', 'semester', '', 'trimester', 'module', 'quarter'], coalesce(kind, '')), 9)
            AS senior_rank
    FROM {s}.sessions
    WHERE NOT is_year
),

defaults AS (
    SELECT
        root,
        min_by(lane, concat(type_rank + junior_rank, lane)) AS junior_lane,
        min_by(lane, concat(type_rank + senior_rank, lane)) AS senior_lane
    FROM lanes
    GROUP BY root
),

described AS (
    SELECT
        *,
        class_level(grades, title) AS level
    FROM {s}.all_classes
),

chosen AS (
    SELECT
        classes.*,
        class_years.root,
        class_years.academic_year_id,
        coalesce(
            finest.lane,
            class_years.listed_lane,
            CASE WHEN classes.level >= 10 THEN defaults.senior_lane ELSE defaults.junior_lane END
        ) AS lane
    FROM described AS classes
    LEFT JOIN class_years ON classes.sourcedId = class_years.sourcedId
    LEFT JOIN finest ON classes.sourcedId = finest.sourcedId
    LEFT JOIN defaults ON class_years.root = defaults.root
)

SELECT
    chosen.sourcedId,
    chosen.is_deleted,
    lower(chosen.classType) = 'homeroom' AND chosen.level IS NOT NULL AS is_class,
    lower(chosen.classType) = 'scheduled' AS is_group,
    chosen.title,
    chosen.level,
    chosen.schoolSourcedId AS organization_id,
    chosen.courseSourcedId AS subject_id,
    chosen.academic_year_id,
    years.begin_date AS year_begin,
    chosen.root,
    chosen.lane,
    CASE WHEN chosen.lane IS NOT NULL THEN concat_ws(':', chosen.root, chosen.schoolSourcedId, chosen.lane) END
        AS schedule_id
FROM chosen
LEFT JOIN {s}.years AS years ON chosen.academic_year_id = years.academic_year_id;

-- The periods of each schedule that a class of a school goes by.
CREATE TABLE {s}.schedule_sessions AS
WITH schedules AS (
    SELECT DISTINCT
        schedule_id,
        organization_id,
        root,
        lane
    FROM {s}.placed
    WHERE schedule_id IS NOT NULL AND (is_class OR is_group) AND NOT is_deleted
)

SELECT
    schedules.schedule_id,
    schedules.organization_id,
    sessions.session,
    concat_ws(':', sessions.session, schedules.organization_id) AS period_id,
    sessions.academic_year_id,
    sessions.title,
    coalesce(
        sessions.kind,
        ['half_year', 'trimester', 'quarter'][count(*) OVER (PARTITION BY schedules.schedule_id) - 1]
    ) AS kind,
    sessions.begin_date,
    sessions.end_date
FROM schedules
INNER JOIN {s}.sessions AS sessions
    ON schedules.root = sessions.root AND schedules.lane = sessions.lane AND NOT sessions.is_year;

-- Every person with what the roles say: in users.csv (1.1) or in roles.csv (1.2). A parent is 1; a guardian or a
-- relative is another lawful representative (7): the standard does not tell which.
CREATE TABLE {s}.people AS
WITH told AS (
    SELECT
        sourcedId,
        lower(role) AS role
    FROM {s}.users
    WHERE role IS NOT NULL
    UNION ALL
    SELECT
        userSourcedId AS sourcedId,
        lower(role) AS role
    FROM {s}.roles
),

roles AS (
    SELECT
        sourcedId,
        bool_or(role = 'student') AS is_student,
        min(CASE role WHEN 'parent' THEN 1 WHEN 'guardian' THEN 7 WHEN 'relative' THEN 7 END) AS agent_type
    FROM told
    GROUP BY sourcedId
)

SELECT
    users.sourcedId,
    roles.sourcedId IS NOT NULL AS has_role,
    coalesce(roles.is_student, false) AS is_student,
    roles.agent_type,
    coalesce(users.userMasterIdentifier, users.sourcedId) AS person_id,
    users.familyName AS last_name,
    users.givenName AS first_name,
    users.middleName AS middle_name,
    demographics.birthDate AS birth_date,
    demographics.cityOfBirth AS birth_place,
    CASE WHEN lower(demographics.sex) IN ('male', 'female', 'м', 'ж') THEN demographics.sex END AS sex,
    snils_of(users.userIds) AS snils,
    users.agentSourcedIds,
    CASE
        WHEN demographics.sourcedId IS NULL THEN users.dateLastModified
        ELSE newest(users.dateLastModified, demographics.dateLastModified)
    END AS updated_at
FROM {s}.users AS users
LEFT JOIN {s}.demographics AS demographics ON users.sourcedId = demographics.sourcedId
LEFT JOIN roles ON users.sourcedId = roles.sourcedId;

-- Who represents whom: each side may name the other.
CREATE TABLE {s}.agents AS
WITH named AS (
    SELECT
        sourcedId,
        unnest(listed(agentSourcedIds)) AS other
    FROM {s}.people
),

pairs AS (
    SELECT
        sourcedId AS student,
        other AS agent
    FROM named
    UNION
    SELECT
        other AS student,
        sourcedId AS agent
    FROM named
)

SELECT
    pairs.student,
    pairs.agent
FROM pairs
INNER JOIN {s}.people AS students ON pairs.student = students.sourcedId AND students.is_student
INNER JOIN {s}.people AS people ON pairs.agent = people.sourcedId AND people.agent_type IS NOT NULL;

-- Every line item whose class is known. Weights of categories are those of a journal (whole numbers 1..5) only if all
-- of them are; otherwise they are shares of a final grade, which no mark has.
CREATE TABLE {s}.works AS
WITH weights AS (
    SELECT bool_and(weight IS NULL OR (weight BETWEEN 1 AND 5 AND weight = trunc(weight))) AS are_whole
    FROM {s}.categories
)

SELECT
    items.sourcedId,
    classes.sourcedId AS group_id,
    classes.subject_id,
    items.categorySourcedId AS control_form_id,
    items.resultValueMax AS scale,
    CASE WHEN weights.are_whole THEN CAST(categories.weight AS INTEGER) END AS weight
FROM {s}.lineItems AS items
INNER JOIN {s}.placed AS classes ON items.classSourcedId = classes.sourcedId AND classes.subject_id IS NOT NULL
LEFT JOIN {s}.categories AS categories ON items.categorySourcedId = categories.sourcedId
CROSS JOIN weights;
