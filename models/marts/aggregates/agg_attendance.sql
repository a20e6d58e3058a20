-- Grain: academic_year_id × organization_id × class_unit_id × month_begin (null: the year). The year is attendance_summary's, by
-- the class of the year; a month counts by the class of its last day with lessons, with all that was missed in it: who changed
-- class within a month is one student, not two.
with class_months as (
    select
        academic_year_id,
        organization_id,
        class_unit_id,
        cast(date_trunc('month', date) as date) as month_begin,
        student_profile_id,
        max(date) as last_date,
        sum(lessons_held) as lessons_held,
        sum(lessons_missed) as lessons_missed,
        sum(missed_excused) as missed_excused,
        sum(missed_unexcused) as missed_unexcused,
        sum(missed_by_illness) as missed_by_illness
    from {{ ref("attendance") }}
    group by
        academic_year_id, organization_id, class_unit_id, cast(date_trunc('month', date) as date), student_profile_id
),

student_months as (
    select
        academic_year_id,
        arg_max_null(organization_id, last_date) as organization_id,
        arg_max_null(class_unit_id, last_date) as class_unit_id,
        month_begin,
        student_profile_id,
        sum(lessons_held) as lessons_held,
        sum(lessons_missed) as lessons_missed,
        sum(missed_excused) as missed_excused,
        sum(missed_unexcused) as missed_unexcused,
        sum(missed_by_illness) as missed_by_illness
    from class_months
    group by academic_year_id, month_begin, student_profile_id
),

cells as (
    select
        academic_year_id,
        organization_id,
        class_unit_id,
        month_begin,
        lessons_held,
        lessons_missed,
        missed_excused,
        missed_unexcused,
        missed_by_illness,
        lessons_missed * 10 >= lessons_held as is_chronic
    from student_months
    union all
    select
        academic_year_id,
        organization_id,
        class_unit_id,
        null as month_begin,
        lessons_held,
        lessons_missed,
        missed_excused,
        missed_unexcused,
        missed_by_illness,
        is_chronic
    from {{ ref("attendance_summary") }}
    where attestation_period_id is null
)

select
    cells.academic_year_id,
    cells.organization_id,
    class_units.class_level,
    cells.class_unit_id,
    cells.month_begin,
    count(*) as students_count,
    count(*) filter (where cells.is_chronic) as students_chronic,
    cast(sum(cells.lessons_held) as bigint) as lessons_held,
    cast(sum(cells.lessons_missed) as bigint) as lessons_missed,
    cast(sum(cells.missed_excused) as bigint) as missed_excused,
    cast(sum(cells.missed_unexcused) as bigint) as missed_unexcused,
    cast(sum(cells.missed_by_illness) as bigint) as missed_by_illness
from cells
left join {{ ref("class_units") }} as class_units on cells.class_unit_id = class_units.class_unit_id
group by
    cells.academic_year_id, cells.organization_id, class_units.class_level, cells.class_unit_id, cells.month_begin
