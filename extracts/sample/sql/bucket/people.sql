-- Students, their parents and their papers. Reads: profile, surname, first_name, item. Variables: last_night.
-- Everything hangs on the number of the student or of the family, so a person is the same in every school.

CREATE TABLE father AS
SELECT item_no, split_part(value, '|', 1) AS name, split_part(value, '|', 2) AS son, split_part(value, '|', 3) AS daughter
FROM item WHERE list = 'father';

CREATE TABLE person AS
SELECT
    p.*,
    CASE WHEN p.is_male THEN s.male ELSE s.female END AS last_name,
    n.name AS first_name,
    CASE WHEN p.is_male THEN f.son ELSE f.daughter END AS middle_name,
    s.male AS family_name_male, s.female AS family_name_female, f.name AS father_name,
    share(draw(p.student_no, 50), 0, 1000) < 12 AND p.purpose IS NULL AS is_foreign,
    guid('student', p.person_no) AS person_id,
    small_id(p.profile_no, 1) AS profile_id,
    -- The papers of a few are not recorded; a СНИЛС then stands for them.
    share(draw(p.student_no, 51), 0, 100) < 97 OR coalesce(p.defect, '') IN ('S07', 'S09', 'S10', 'S11', 'S06_S09') AS has_papers
FROM profile AS p
JOIN surname AS s
    ON s.name_no = share(draw(p.family_no, 52), 0, getvariable('surnames'))::BIGINT
    * share(draw(p.family_no, 52), 24, getvariable('surnames')) // getvariable('surnames')
JOIN first_name AS n
    ON n.is_male = p.is_male
    AND n.name_no = share(draw(p.student_no, 53), 0, CASE WHEN p.is_male THEN getvariable('boys') ELSE getvariable('girls') END)
    ::BIGINT
    * share(draw(p.student_no, 53), 24, CASE WHEN p.is_male THEN getvariable('boys') ELSE getvariable('girls') END)
    // CASE WHEN p.is_male THEN getvariable('boys') ELSE getvariable('girls') END
JOIN father AS f ON f.item_no = share(draw(p.family_no, 54), 0, 30)::BIGINT * share(draw(p.family_no, 54), 24, 30) // 30
ORDER BY p.profile_no;

-- Parents: 0 the mother (or who stands for her), 1 the father.
CREATE TABLE parent AS
WITH candidate AS (
    SELECT
        p.*, i.parent_no::INTEGER AS parent_no, p.family_no * 2 + i.parent_no AS parent_person_no,
        draw(p.family_no * 2 + i.parent_no, 55) AS d, draw(p.profile_no * 2 + i.parent_no, 56) AS e
    FROM person AS p CROSS JOIN range(0, 2) AS i (parent_no)
)
SELECT
    c.profile_no, c.profile_id, c.org_no, c.parent_no, c.parent_person_no, c.entered_at, c.tells_parents_papers, c.d,
    small_id(c.profile_no * 2 + c.parent_no, 2) AS representative_id,
    guid('parent', c.parent_person_no) AS person_id,
    CASE
        WHEN share(c.e, 0, 1000) < 945 THEN 1
        WHEN share(c.e, 0, 1000) < 980 THEN 2
        ELSE 3 + share(c.e, 16, 5)
    END AS type_id,
    c.parent_no = 1 AS is_male,
    CASE WHEN c.parent_no = 1 THEN c.family_name_male ELSE c.family_name_female END AS last_name,
    CASE WHEN c.parent_no = 1 THEN c.father_name ELSE n.name END AS first_name,
    CASE WHEN c.parent_no = 1 THEN f.son ELSE f.daughter END AS middle_name,
    share(c.d, 0, 100) < 85 OR c.defect IS NOT DISTINCT FROM 'R04' AS has_snils,
    CASE WHEN c.parent_no = 0 AND c.defect LIKE 'R0%' THEN c.defect END AS defect,
    c.idx
FROM candidate AS c
JOIN first_name AS n
    ON NOT n.is_male
    AND n.name_no = share(c.d, 8, getvariable('girls'))::BIGINT * share(c.d, 30, getvariable('girls')) // getvariable('girls')
JOIN father AS f ON f.item_no = share(c.d, 20, 30)
WHERE c.has_parents
  AND CASE WHEN c.parent_no = 1 THEN share(c.d, 40, 100) < 62 ELSE TRUE END
ORDER BY c.profile_no, c.parent_no;

-- Papers of students by person: 1 birth certificate, 2 passport of the Federation, 6 foreign passport.
CREATE TABLE paper AS
WITH holder AS (
    SELECT *
    FROM person
    WHERE coalesce(defect, '') NOT IN ('S06', 'S06_S07') AND has_papers AND tells_own_papers
),
held AS (
    SELECT
        h.person_no, h.person_id, h.student_no, h.org_no, h.entered_at, h.defect, h.idx, h.birth_date, h.fourteen_on,
        t.type_no, draw(h.student_no * 8 + t.type_no, 58) AS d
    FROM holder AS h CROSS JOIN (VALUES (1), (2), (6)) AS t (type_no)
    WHERE CASE
        WHEN h.is_foreign THEN t.type_no = 6
        WHEN t.type_no = 6 THEN FALSE
        WHEN t.type_no = 2 THEN h.fourteen_on <= getvariable('last_night') AND h.defect IS DISTINCT FROM 'S11'
        WHEN h.defect = 'S11' OR h.fourteen_on > DATE '2026-09-01' THEN TRUE
        WHEN h.defect IN ('S09', 'S06_S09') THEN FALSE
        ELSE share(draw(h.student_no, 59), 0, 100) < 60
    END
),
numbered AS (
    SELECT
        *,
        CASE type_no
            WHEN 1 THEN ['I', 'II', 'III', 'IV', 'V'][1 + share(d, 0, 5)] || '-'
                || substr('АБВГДЕЖЗИК', 1 + share(d, 8, 10), 1) || substr('АБВГДЕЖЗИК', 1 + share(d, 16, 10), 1)
            WHEN 2 THEN lpad((40 + share(d, 0, 57))::VARCHAR, 2, '0') || lpad((20 + share(d, 8, 7))::VARCHAR, 2, '0')
            ELSE (400 + share(d, 0, 100))::VARCHAR
        END AS true_series,
        lpad(((500000 + (student_no)::BIGINT * 7919) % 999983 + 1)::VARCHAR, 6, '0') AS true_number,
        -- A passport is recorded on the birthday it is due on; everything else came with the student.
        CASE WHEN type_no = 2 THEN greatest(entered_at, moment(fourteen_on, 43200)) ELSE entered_at END AS recorded_at,
        -- Of a student with S09 the one document; three ways to spoil it.
        CASE WHEN defect IN ('S09', 'S06_S09') THEN idx % 3 ELSE -1 END AS flaw
    FROM held
)
SELECT
    person_no, type_no, person_id, org_no, recorded_at,
    small_id(person_no * 8 + type_no, 3) AS document_id,
    CASE
        WHEN flaw = 0 THEN NULL
        WHEN flaw = 2 THEN CASE WHEN type_no = 2 THEN substr(true_series, 1, 3) ELSE '3-' || substr(true_series, -2) END
        ELSE true_series
    END AS series,
    CASE WHEN flaw = 1 THEN substr(true_number, 1, 5) ELSE true_number END AS number,
    (SELECT value FROM item WHERE list = 'issuer' AND item_no = CASE WHEN type_no = 2 THEN 2 ELSE 0 END) AS issuer,
    CASE WHEN type_no = 2 THEN fourteen_on ELSE birth_date + 10 + share(d, 24, 20) END AS issued
FROM numbered
ORDER BY person_no, type_no;

-- Papers of parents: those whose СНИЛС is not known have one, and a part of the others.
CREATE TABLE parent_paper AS
SELECT
    parent_person_no, person_id, org_no, entered_at AS recorded_at,
    small_id(parent_person_no * 8 + 7, 3) AS document_id,
    lpad((40 + share(d, 12, 57))::VARCHAR, 2, '0') || lpad((5 + share(d, 44, 20))::VARCHAR, 2, '0') AS series,
    lpad(((300000 + (parent_person_no)::BIGINT * 104729) % 999983 + 1)::VARCHAR, 6, '0') AS number,
    (SELECT value FROM item WHERE list = 'issuer' AND item_no = 3) AS issuer,
    DATE '2008-01-10' + share(d, 36, 5000) AS issued
FROM parent
WHERE tells_parents_papers
  AND coalesce(defect, '') NOT IN ('R03', 'R03_R04')
  AND (NOT has_snils OR defect = 'R04' OR share(d, 50, 100) < 35)
ORDER BY parent_person_no;
