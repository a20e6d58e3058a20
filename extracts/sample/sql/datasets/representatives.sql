-- Reads: parent.
SELECT
    representative_id,
    profile_id AS student_profile_id,
    person_id,
    type_id,
    CASE WHEN defect = 'R01' AND idx % 2 = 0 THEN NULL ELSE last_name END AS last_name,
    CASE WHEN defect = 'R01' AND idx % 2 = 1 THEN '-' ELSE first_name END AS first_name,
    middle_name,
    CASE
        WHEN defect = 'R02' THEN NULL
        WHEN org_no % 3 = 0 THEN CASE WHEN is_male THEN 'м' ELSE 'ж' END
        WHEN is_male THEN 'male'
        ELSE 'female'
    END AS sex,
    CASE
        WHEN defect = 'R03' OR NOT has_snils AND coalesce(defect, '') <> 'R03_R04' THEN NULL
        WHEN defect IN ('R04', 'R03_R04') THEN broken_snils(parent_person_no * 2 + 1)
        ELSE snils(parent_person_no * 2 + 1)
    END AS snils,
    entered_at AS updated_at,
    NULL::TIMESTAMP AS deleted_at
FROM parent
WHERE is_news(entered_at)
ORDER BY profile_no, parent_no
