-- The defects that stand on the last night, every rule that each planted object breaks.
-- Reads: person, parent, class_unit, teaching_group, lesson, application. Variables: last_night, window_to (its end).
WITH student AS (
    SELECT p.*, split(p.defect, '_') AS rules
    FROM person AS p
    WHERE p.mended_at IS NULL AND regexp_full_match(p.defect, '(S\d\d|R05)(_S\d\d)?')
),
blocked AS (
    SELECT * FROM student WHERE list_has_any(rules, ['S01', 'S02', 'S03', 'S05', 'S06', 'S08'])
),
standing AS (
    SELECT
        *,
        CASE WHEN happened(withdrawn_at) THEN 'withdrawn' WHEN happened(decided_at) THEN decision ELSE 'submitted' END AS status,
        version_at(submitted_at, decided_at, withdrawn_at) AS changed_at
    FROM application
    WHERE happened(submitted_at)
    QUALIFY row_number() OVER (PARTITION BY profile_no ORDER BY changed_at DESC, application_id DESC) = 1
)
SELECT
    unnest(rules) AS rule_id, 'student' AS object_kind, profile_id AS object_id, small_id(org_no, 10) AS organization_id,
    'карточка учащегося' AS note
FROM student
UNION ALL
SELECT unnest(split(defect, '_')), 'representative', representative_id, small_id(org_no, 10), 'карточка законного представителя'
FROM parent
WHERE regexp_full_match(defect, 'R0[1-4](_R0[1-4])?')
UNION ALL
SELECT 'P01', 'portal_application', s.application_id, small_id(s.org_no, 10), 'student_profile_id ' || s.profile_id
FROM standing AS s
JOIN blocked AS b USING (profile_no)
WHERE s.status = 'connected'
UNION ALL
SELECT 'C01', 'class_unit', small_id(class_no, 11), small_id(org_no, 10), 'класс без КУГ'
FROM class_unit WHERE purpose = 'C01'
UNION ALL
SELECT DISTINCT 'C02', 'periods_schedule', small_id(kug_no, 12), small_id(org_no, 10), 'КУГ без каникул'
FROM class_unit WHERE purpose = 'C02'
UNION ALL
SELECT 'C03', 'class_unit', small_id(class_no, 11), small_id(org_no, 10), 'класс без аттестационных периодов'
FROM class_unit WHERE purpose = 'C03'
UNION ALL
SELECT 'C03', 'group', group_id, small_id(org_no, 10), 'ни у группы, ни у её класса нет аттестационных периодов'
FROM teaching_group WHERE year_no = 0 AND effective_att_no IS NULL
UNION ALL
SELECT DISTINCT
    'C04', 'attestation_periods_schedule', small_id(att_no, 13), small_id(org_no, 10),
    CASE WHEN att_no % 128 = 2 THEN 'периоды пересекаются' ELSE 'период выходит за учебный год' END
FROM class_unit WHERE purpose = 'C04'
UNION ALL
-- Vacations excuse a week without lessons; a class whose КУГ names none has no excuse in summer.
SELECT 'C05', 'class_unit', small_id(c.class_no, 11), small_id(c.org_no, 10), 'нет уроков за неделю до и после'
FROM class_unit AS c
WHERE c.purpose IN ('C01', 'C02', 'C05', 'empty')
  AND (
      c.purpose IN ('C01', 'C02')
      OR EXISTS (
          SELECT 1
          FROM range(-7, 8) AS d (shift)
          WHERE NOT EXISTS (
              SELECT 1 FROM kug_template AS k
              WHERE k.year_no = 0 AND k.calendar = c.calendar AND k.kind = 'vacation'
                AND getvariable('last_night') + d.shift::INTEGER BETWEEN k.begin_date AND k.end_date
          )
      )
  )
  AND NOT EXISTS (
      SELECT 1
      FROM teaching_group AS g
      JOIN lesson AS l USING (group_no)
      WHERE g.unit_no = c.class_no AND l.is_held
        AND l.date BETWEEN getvariable('last_night') - 7 AND getvariable('last_night') + 7
  )
UNION ALL
SELECT 'C06', 'class_unit', small_id(class_no, 11), small_id(org_no, 10), 'класс без учащихся'
FROM class_unit WHERE purpose = 'empty'
UNION ALL
SELECT 'C06', 'group', group_id, small_id(org_no, 10), 'группа без состава'
FROM teaching_group WHERE subject_no = 24
