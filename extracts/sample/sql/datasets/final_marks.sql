-- Reads: member, teaching_group, attestation_period, year. Marks of the periods that have ended, and of the year after
-- the last of them; some are late, some never come.
WITH due AS (
    SELECT
        m.seat_subject, m.stay_no, m.profile_id, m.subject_no, m.aptitude, m.is_exempt, g.subject_id, g.area, y.academic_year_id,
        p.period_no, p.end_date, k.is_year, m.seat_subject * 16 + CASE WHEN k.is_year THEN 15 ELSE p.seq END AS serial
    FROM member AS m
    JOIN teaching_group AS g USING (group_no)
    JOIN year AS y USING (year_no)
    JOIN attestation_period AS p ON p.att_no = g.effective_att_no
    CROSS JOIN (VALUES (FALSE), (TRUE)) AS k (is_year)
    WHERE g.level > 1
      AND g.mark_share > 0
      AND p.end_date BETWEEN m.begin_date AND m.until_date
      AND p.end_date <= getvariable('load_date') + 2
      AND (NOT k.is_year OR p.seq = p.last_seq)
),
drawn AS (SELECT *, draw(serial, 99) AS d FROM due),
timed AS (
    SELECT
        *,
        moment(
            end_date + CASE
                WHEN share(d, 0, 100) < 4 THEN 4 + share(d, 8, 14)
                WHEN is_year THEN share(d, 8, 3)
                ELSE share(d, 8, 3) - 1
            END, 54000 + share(d, 12, 20000)
        ) AS entered_at,
        aptitude + share(d, 32, 12) - 6 AS score
    FROM drawn
    WHERE share(d, 40, 1000) >= 25
),
told AS (
    SELECT
        *,
        CASE WHEN share(d, 50, 100) = 0 THEN entered_at + INTERVAL 5 DAY END AS corrected_at,
        CASE WHEN share(d, 50, 400) = 9 THEN entered_at + INTERVAL 7 DAY END AS deleted_at,
        CASE WHEN score >= 56 THEN 5 WHEN score >= 37 THEN 4 WHEN score >= 17 THEN 3 ELSE 2 END AS first_five
    FROM timed
),
dated AS (
    SELECT
        *,
        version_at(entered_at, corrected_at, deleted_at) AS updated_at,
        CASE WHEN happened(corrected_at) AND first_five < 5 THEN first_five + 1 ELSE first_five END AS earned,
        CASE
            WHEN is_exempt THEN 'осв'
            WHEN area = 'project' OR share(d, 56, 200) = 3 THEN 'Зачёт'
            WHEN share(d, 56, 200) = 7 THEN 'н/а'
            WHEN share(d, 56, 250) = 249 THEN 'А/З'
        END AS letters
    FROM told
)
SELECT
    big_id(serial, 18) AS final_mark_id,
    profile_id AS student_profile_id,
    subject_id,
    academic_year_id,
    CASE WHEN NOT is_year THEN small_id(period_no, 19) END AS attestation_period_id,
    is_year AS is_year_mark,
    coalesce(letters, earned::VARCHAR) AS name,
    CASE WHEN letters IS NULL AND share(d, 44, 30) > 0 THEN earned END AS five,
    CASE
        WHEN letters = 'А/З' THEN TRUE
        WHEN is_year AND letters IS NULL THEN earned = 2
        WHEN share(d, 20, 2) = 0 THEN FALSE
    END AS academic_debt,
    updated_at,
    CASE WHEN happened(deleted_at) THEN deleted_at END AS deleted_at
FROM dated
WHERE is_news(updated_at)
ORDER BY stay_no, serial
