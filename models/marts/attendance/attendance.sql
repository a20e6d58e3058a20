-- Grain: student_profile_id × date with at least one lesson held for the student, up to as_of; only days with an enrollment.
-- The class is the one on the day itself.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['student_profile_id', 'date'], ref('int_changed_days')) }}"
    )
}}
{{ comes_after(["int_changed_days"]) }}
with group_dates as (
    select
        academic_year_id,
        group_id,
        date,
        count(*) as lessons_held
    from {{ ref("int_lessons_held") }}
    group by academic_year_id, group_id, date
),

held as (
    select
        group_dates.academic_year_id,
        group_days.student_profile_id,
        group_dates.date,
        cast(sum(group_dates.lessons_held) as integer) as lessons_held
    from group_dates
    inner join {{ ref("int_group_days") }} as group_days
        on
            group_dates.group_id = group_days.group_id
            and group_dates.date >= group_days.from_date
            and group_dates.date <= group_days.to_date
    {% if continues() %}
    inner join {{ ref("int_changed_days") }} as changed
        on group_days.student_profile_id = changed.student_profile_id and group_dates.date = changed.date
    {% endif %}
    group by group_dates.academic_year_id, group_days.student_profile_id, group_dates.date
),

missed as (
    select
        student_profile_id,
        date,
        cast(count(*) as integer) as lessons_missed,
        cast(count(*) filter (where is_excused) as integer) as missed_excused,
        cast(count(*) filter (where not is_excused) as integer) as missed_unexcused,
        cast(count(*) filter (where is_illness) as integer) as missed_by_illness
    from {{ ref("int_missed_lessons") }}
    group by student_profile_id, date
)

select
    held.academic_year_id,
    class_days.organization_id,
    class_days.class_unit_id,
    held.student_profile_id,
    held.date,
    held.lessons_held,
    coalesce(missed.lessons_missed, 0) as lessons_missed,
    coalesce(missed.missed_excused, 0) as missed_excused,
    coalesce(missed.missed_unexcused, 0) as missed_unexcused,
    coalesce(missed.missed_by_illness, 0) as missed_by_illness,
    coalesce(missed.lessons_missed, 0) = held.lessons_held as full_day_missed
from held
inner join {{ ref("int_class_days") }} as class_days
    on
        held.academic_year_id = class_days.academic_year_id
        and held.student_profile_id = class_days.student_profile_id
        and held.date >= class_days.from_date
        and held.date <= class_days.to_date
left join missed
    on held.student_profile_id = missed.student_profile_id and held.date = missed.date
