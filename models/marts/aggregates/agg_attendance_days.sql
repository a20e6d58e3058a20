-- Grain: academic_year_id × organization_id × date with at least one lesson held. Whoever was enrolled on the day counts.
select
    academic_year_id,
    organization_id,
    date,
    count(*) as students_count,
    count(*) filter (where lessons_missed > 0) as students_absent,
    count(*) filter (where full_day_missed) as students_absent_all_day,
    cast(sum(lessons_held) as bigint) as lessons_held,
    cast(sum(lessons_missed) as bigint) as lessons_missed,
    cast(sum(missed_excused) as bigint) as missed_excused,
    cast(sum(missed_unexcused) as bigint) as missed_unexcused,
    cast(sum(missed_by_illness) as bigint) as missed_by_illness
from {{ ref("attendance") }}
group by academic_year_id, organization_id, date
