SELECT
    sourcedId AS student_profile_id,
    person_id,
    last_name,
    first_name,
    middle_name,
    birth_date,
    birth_place,
    sex,
    snils,
    updated_at
FROM {s}.people
WHERE is_student
