-- Grain: schedule_lesson_id. Lessons held up to as_of: not cancelled, of a known group.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['schedule_lesson_id'], ref('int_changed_lessons'), keep_as='int_lessons_held') }}"
    )
}}
{{ comes_after(["int_changed_lessons"]) }}
select
    lessons.schedule_lesson_id,
    years.academic_year_id,
    lessons.group_id,
    lessons.date
from {{ ref("stg_lessons") }} as lessons
inner join {{ ref("stg_groups") }} as groups on lessons.group_id = groups.group_id
inner join {{ ref("int_academic_years") }} as years
    on lessons.date >= years.begin_date and lessons.date <= least(years.last_date, years.as_of)
{% if continues() %}
inner join {{ ref("int_changed_lessons") }} as changed on lessons.schedule_lesson_id = changed.schedule_lesson_id
{% endif %}
where not coalesce(lessons.cancelled, false)
