-- Grain: academic_year_id × student_profile_id × attestation_period_id (null: the year). Cells in which lessons were held,
-- by the periods of the student's class.
with days as (
    select
        students.academic_year_id,
        students.organization_id,
        students.class_unit_id,
        students.student_profile_id,
        periods.attestation_period_id,
        attendance.lessons_held,
        attendance.lessons_missed,
        attendance.missed_excused,
        attendance.missed_unexcused,
        attendance.missed_by_illness,
        cast(attendance.full_day_missed as integer) as day_missed
    from {{ ref("attendance") }} as attendance
    inner join {{ ref("int_student_years") }} as students
        on
            attendance.academic_year_id = students.academic_year_id
            and attendance.student_profile_id = students.student_profile_id
    left join {{ ref("int_schedule_periods") }} as periods
        on
            students.attestation_periods_schedule_id = periods.attestation_periods_schedule_id
            and students.academic_year_id = periods.academic_year_id
            and attendance.date >= periods.begin_date
            and attendance.date <= periods.last_counted_date
),

period_sums as (
    select
        academic_year_id,
        organization_id,
        class_unit_id,
        student_profile_id,
        attestation_period_id,
        sum(lessons_held) as lessons_held,
        sum(lessons_missed) as lessons_missed,
        sum(missed_excused) as missed_excused,
        sum(missed_unexcused) as missed_unexcused,
        sum(missed_by_illness) as missed_by_illness,
        sum(day_missed) as days_missed
    from days
    group by academic_year_id, organization_id, class_unit_id, student_profile_id, attestation_period_id
),

cells as (
    select * from period_sums
    where attestation_period_id is not null
    union all
    select
        academic_year_id,
        organization_id,
        class_unit_id,
        student_profile_id,
        null as attestation_period_id,
        sum(lessons_held) as lessons_held,
        sum(lessons_missed) as lessons_missed,
        sum(missed_excused) as missed_excused,
        sum(missed_unexcused) as missed_unexcused,
        sum(missed_by_illness) as missed_by_illness,
        sum(days_missed) as days_missed
    from period_sums
    group by academic_year_id, organization_id, class_unit_id, student_profile_id
)

select
    academic_year_id,
    organization_id,
    class_unit_id,
    student_profile_id,
    attestation_period_id,
    cast(lessons_held as bigint) as lessons_held,
    cast(lessons_missed as bigint) as lessons_missed,
    cast(missed_excused as bigint) as missed_excused,
    cast(missed_unexcused as bigint) as missed_unexcused,
    cast(missed_by_illness as bigint) as missed_by_illness,
    cast(days_missed as bigint) as days_missed,
    {{ ratio("lessons_held - lessons_missed", "lessons_held") }} as attendance_rate,
    lessons_missed * 10 >= lessons_held as is_chronic
from cells
