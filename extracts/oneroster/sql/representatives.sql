SELECT
    concat_ws(':', agents.student, agents.agent) AS representative_id,
    agents.student AS student_profile_id,
    people.person_id,
    people.agent_type AS type_id,
    people.last_name,
    people.first_name,
    people.middle_name,
    people.sex,
    people.snils,
    newest(people.updated_at, students.updated_at) AS updated_at
FROM {s}.agents AS agents
INNER JOIN {s}.people AS people ON agents.agent = people.sourcedId
INNER JOIN {s}.people AS students ON agents.student = students.sourcedId
