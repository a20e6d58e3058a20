-- Grain: academic_year_id × organization_id × class_unit_id × date with at least one lesson held for one of its students. The
-- class is attendance's, the one on the day itself: one of a student, so that classes add up to the school's students.
with days as (
    select
        academic_year_id,
        organization_id,
        class_unit_id,
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
    group by academic_year_id, organization_id, class_unit_id, date
)

select
    days.academic_year_id,
    days.organization_id,
    class_units.class_level,
    days.class_unit_id,
    days.date,
    days.students_count,
    days.students_absent,
    days.students_absent_all_day,
    days.lessons_held,
    days.lessons_missed,
    days.missed_excused,
    days.missed_unexcused,
    days.missed_by_illness
from days
left join {{ ref("class_units") }} as class_units on days.class_unit_id = class_units.class_unit_id
