-- Reads: subject.
SELECT small_id(subject_no, 6) AS subject_id, name
FROM subject
ORDER BY subject_no
