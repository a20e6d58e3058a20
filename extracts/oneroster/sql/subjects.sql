SELECT
    sourcedId AS subject_id,
    title AS name
FROM {s}.courses
