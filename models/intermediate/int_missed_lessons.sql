-- Grain: student_profile_id × schedule_lesson_id. Lessons held while the student was in their group that the student missed,
-- each once (of several rows the newest updated_at, then the greater id), with what the reason says.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['student_profile_id', 'date'], ref('int_changed_days')) }}"
    )
}}
{{ comes_after(["int_changed_days"]) }}
with missed as (
    select
        profiles.student_profile_id,
        lessons.schedule_lesson_id,
        lessons.academic_year_id,
        lessons.date,
        lessons.group_id,
        attendances.absence_reason_id,
        row_number() over (
            partition by profiles.student_profile_id, lessons.schedule_lesson_id
            order by attendances.version_at desc, attendances.attendance_id desc
        ) as choice
    from {{ ref("stg_attendances") }} as attendances
    inner join {{ ref("int_student_profiles") }} as profiles on attendances.student_profile_id = profiles.profile_id
    inner join {{ ref("int_lessons_held") }} as lessons
        on attendances.schedule_lesson_id = lessons.schedule_lesson_id
    {% if continues() %}
    inner join {{ ref("int_changed_days") }} as changed
        on profiles.student_profile_id = changed.student_profile_id and lessons.date = changed.date
    {% endif %}
)

select
    missed.student_profile_id,
    missed.schedule_lesson_id,
    missed.academic_year_id,
    missed.date,
    coalesce(reasons.is_excused, missed.absence_reason_id is not null) as is_excused,
    coalesce(reasons.is_illness, false) as is_illness
from missed
inner join {{ ref("int_group_days") }} as group_days
    on
        missed.group_id = group_days.group_id
        and missed.student_profile_id = group_days.student_profile_id
        and missed.date >= group_days.from_date
        and missed.date <= group_days.to_date
left join {{ ref("absence_reasons") }} as reasons on missed.absence_reason_id = reasons.absence_reason_id
where missed.choice = 1
