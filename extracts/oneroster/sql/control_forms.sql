SELECT
    sourcedId AS control_form_id,
    title AS name,
    CASE WHEN bool_and(weight IS NULL OR (weight BETWEEN 1 AND 5 AND weight = trunc(weight))) OVER () THEN weight END
        AS weight
FROM {s}.categories
