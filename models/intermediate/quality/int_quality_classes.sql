-- Grain: class_unit_id, the classes of the current academic year that the last snapshot still names (C01, C03, C05, C06).
-- Lessons of a class: those of its own groups, and of groups across classes on days when a student of the class is in them.
with classes as (
    select
        class_units.class_unit_id,
        class_units.organization_id,
        class_units.academic_year_id,
        class_units.periods_schedule_id,
        class_units.attestation_periods_schedule_id,
        -- 7 days before as_of to 7 days after; days outside the year are not the class's.
        greatest({{ days_after("years.run_as_of", -7) }}, years.begin_date) as window_begin,
        least({{ days_after("years.run_as_of", 7) }}, years.end_date) as window_end
    from {{ ref("stg_class_units") }} as class_units
    inner join {{ ref("int_academic_years") }} as years
        on class_units.academic_year_id = years.academic_year_id and years.is_current
    where class_units.is_current
),

kug as (
    select
        periods_schedule_id,
        academic_year_id,
        count(*) as kug_periods
    from {{ ref("stg_kug_periods") }}
    group by periods_schedule_id, academic_year_id
),

vacations as (
    select
        classes.class_unit_id,
        classes.window_begin,
        classes.window_end,
        greatest(kug.begin_date, classes.window_begin) as begin_date,
        least(kug.end_date, classes.window_end) as end_date
    from classes
    inner join {{ ref("stg_kug_periods") }} as kug
        on
            classes.periods_schedule_id = kug.periods_schedule_id
            and classes.academic_year_id = kug.academic_year_id
            and kug.kind = 'vacation'
            and classes.window_end >= kug.begin_date
            and classes.window_begin <= kug.end_date
),

reaching as (
    select
        *,
        max(end_date) over (
            partition by class_unit_id
            order by begin_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as reached_date
    from vacations
),

-- Several vacations may cover the window together, also overlapping: each adds the days that those before it leave open.
vacation_days as (
    select
        class_unit_id,
        window_begin,
        window_end,
        end_date,
        greatest(
            begin_date,
            coalesce({{ days_after("reached_date", 1) }}, begin_date)
        ) as first_new_date
    from reaching
),

on_vacation as (
    select
        class_unit_id,
        sum(greatest(0, {{ days_between("first_new_date", "end_date") }} + 1))
        = max({{ days_between("window_begin", "window_end") }} + 1) as is_all_vacation
    from vacation_days
    group by class_unit_id
),

lessons as (
    select
        lessons.group_id,
        lessons.date,
        groups.class_unit_id
    from {{ ref("stg_lessons") }} as lessons
    inner join {{ ref("stg_groups") }} as groups on lessons.group_id = groups.group_id
    cross join {{ source("raw", "run_context") }} as run_context
    where
        not coalesce(lessons.cancelled, false)
        and lessons.date >= {{ days_after("run_context.as_of", -7) }}
        and lessons.date <= {{ days_after("run_context.as_of", 7) }}
),

taught as (
    select class_unit_id
    from lessons
    where class_unit_id is not null
    union
    select students.class_unit_id
    from lessons
    inner join {{ ref("int_group_days") }} as group_days
        on
            lessons.group_id = group_days.group_id
            and lessons.date >= group_days.from_date
            and lessons.date <= group_days.to_date
    inner join {{ ref("int_student_years") }} as students
        on group_days.student_profile_id = students.student_profile_id and students.is_active
    where lessons.class_unit_id is null and students.class_unit_id is not null
),

students as (
    select
        academic_year_id,
        class_unit_id,
        count(*) as students
    from {{ ref("int_student_years") }}
    where is_active
    group by academic_year_id, class_unit_id
)

select
    classes.class_unit_id,
    classes.organization_id,
    coalesce(kug.kug_periods, 0) as kug_periods,
    coalesce(attestation.attestation_periods, 0) as attestation_periods,
    taught.class_unit_id is not null as has_lessons_around,
    coalesce(on_vacation.is_all_vacation, classes.window_begin > classes.window_end) as is_all_vacation,
    coalesce(students.students, 0) as students
from classes
left join kug
    on
        classes.periods_schedule_id = kug.periods_schedule_id
        and classes.academic_year_id = kug.academic_year_id
left join {{ ref("int_quality_attestation_periods") }} as attestation
    on classes.attestation_periods_schedule_id = attestation.attestation_periods_schedule_id
left join on_vacation on classes.class_unit_id = on_vacation.class_unit_id
left join taught on classes.class_unit_id = taught.class_unit_id
left join students
    on classes.class_unit_id = students.class_unit_id and classes.academic_year_id = students.academic_year_id
