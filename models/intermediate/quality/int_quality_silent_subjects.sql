-- Grain: subject_cell_id (student / subject / current period), of active students: only cells without a counted mark though
-- at least 8 lessons were held while the student was in a group of the subject (J05).
with silent as (
    select
        cells.academic_year_id,
        cells.organization_id,
        cells.class_unit_id,
        cells.student_profile_id,
        cells.subject_id,
        cells.attestation_period_id,
        periods.begin_date,
        periods.last_counted_date
    from {{ ref("int_subject_cells") }} as cells
    inner join {{ ref("int_academic_years") }} as years
        on cells.academic_year_id = years.academic_year_id and years.is_current
    inner join {{ ref("int_schedule_periods") }} as periods
        on cells.attestation_period_id = periods.attestation_period_id
    where cells.is_active and cells.is_current and cells.marks_count = 0
),

days as (
    select
        silent.*,
        group_days.group_id,
        greatest(silent.begin_date, group_days.from_date) as from_date,
        least(silent.last_counted_date, group_days.to_date) as to_date
    from silent
    inner join {{ ref("int_group_days") }} as group_days on silent.student_profile_id = group_days.student_profile_id
    inner join {{ ref("stg_groups") }} as groups
        on
            group_days.group_id = groups.group_id
            and silent.subject_id = groups.subject_id
            and silent.academic_year_id = groups.academic_year_id
    where group_days.from_date <= silent.last_counted_date and group_days.to_date >= silent.begin_date
)

select
    concat(days.student_profile_id, '/', days.subject_id, '/', days.attestation_period_id) as subject_cell_id,
    days.student_profile_id,
    days.organization_id,
    days.class_unit_id,
    false as has_marks
from days
inner join {{ ref("int_lessons_held") }} as lessons
    on days.group_id = lessons.group_id and days.from_date <= lessons.date and days.to_date >= lessons.date
group by days.student_profile_id, days.subject_id, days.attestation_period_id, days.organization_id, days.class_unit_id
having count(*) >= {{ lessons_that_ask_for_a_mark() }}
