-- Grain: academic_year_id × class_unit_id × date with at least one lesson held for one of the class's students.
with days as (
    select
        academic_year_id,
        class_unit_id,
        date,
        count(*) filter (where lessons_missed > 0) as students_absent,
        count(*) filter (where full_day_missed) as students_absent_all_day,
        cast(sum(lessons_held) as bigint) as lessons_held,
        cast(sum(lessons_missed) as bigint) as lessons_missed
    from {{ ref("attendance") }}
    where class_unit_id is not null
    group by academic_year_id, class_unit_id, date
),

enrolled as (
    select
        days.academic_year_id,
        days.class_unit_id,
        days.date,
        count(*) as students_enrolled
    from days
    inner join {{ ref("int_class_days") }} as class_days
        on
            days.academic_year_id = class_days.academic_year_id
            and days.class_unit_id = class_days.class_unit_id
            and days.date >= class_days.from_date
            and days.date <= class_days.to_date
    group by days.academic_year_id, days.class_unit_id, days.date
)

select
    days.academic_year_id,
    class_units.organization_id,
    days.class_unit_id,
    days.date,
    enrolled.students_enrolled,
    days.students_absent,
    days.students_absent_all_day,
    days.lessons_held,
    days.lessons_missed,
    {{ ratio("days.lessons_held - days.lessons_missed", "days.lessons_held") }} as attendance_rate
from days
inner join enrolled
    on
        days.academic_year_id = enrolled.academic_year_id
        and days.class_unit_id = enrolled.class_unit_id
        and days.date = enrolled.date
inner join {{ ref("stg_class_units") }} as class_units on days.class_unit_id = class_units.class_unit_id
