-- Reads: person. A defect is shown until it is mended.
WITH told AS (
    SELECT
        * REPLACE (CASE WHEN happened(mended_at) THEN NULL ELSE defect END AS defect),
        version_at(entered_at, merged_at, mended_at) AS updated_at
    FROM person
)
SELECT
    profile_id AS student_profile_id,
    person_id,
    CASE WHEN defect = 'S01' THEN [NULL, '-', 'нет', '   '][1 + idx % 4] ELSE last_name END AS last_name,
    CASE WHEN defect = 'S02' THEN [NULL, '-', 'Нет', ' '][1 + idx % 4] ELSE first_name END AS first_name,
    CASE WHEN defect = 'S12' THEN [NULL, '-'][1 + idx % 2] ELSE middle_name END AS middle_name,
    CASE
        WHEN defect = 'S03' THEN NULL
        WHEN defect = 'S04' AND fourteen_on <= DATE '2026-09-01' THEN (birth_date - INTERVAL 100 YEAR)::DATE
        WHEN defect = 'S04' THEN DATE '2024-09-01' + share(draw(student_no, 90), 0, 360)
        ELSE birth_date
    END AS birth_date,
    (SELECT value FROM item WHERE list = 'birth_place' AND item_no = share(draw(student_no, 91), 0, 6)) AS birth_place,
    CASE
        WHEN is_foreign
            THEN (SELECT value FROM item WHERE list = 'citizenship' AND item_no = share(draw(student_no, 91), 8, 3))
        WHEN share(draw(student_no, 91), 16, 10) > 0 THEN 'Российская Федерация'
    END AS citizenship,
    CASE WHEN share(draw(student_no, 91), 24, 10) > 0 THEN share(draw(student_no, 91), 32, 20) > 0 END AS residence_confirmed,
    CASE
        WHEN defect = 'S05' THEN NULL
        WHEN org_no % 3 = 0 THEN CASE WHEN is_male THEN 'м' ELSE 'ж' END
        WHEN is_male THEN 'male'
        ELSE 'female'
    END AS sex,
    CASE
        WHEN defect IN ('S06', 'S06_S09', 'S10') THEN NULL
        WHEN defect = 'S06_S07' THEN broken_snils(snils_no * 2)
        WHEN defect = 'S07'
            THEN [broken_snils(snils_no * 2), substr(snils(snils_no * 2), 1, 10), '00000000000', 'нет данных'][1 + idx % 4]
        WHEN share(draw(student_no, 92), 0, 100) < 15 THEN snils_with_dashes(snils(snils_no * 2))
        ELSE snils(snils_no * 2)
    END AS snils,
    CASE WHEN happened(merged_at) THEN small_id(merged_to_no, 1) END AS merged_to,
    updated_at,
    NULL::TIMESTAMP AS deleted_at
FROM told
WHERE is_news(updated_at)
ORDER BY profile_no
