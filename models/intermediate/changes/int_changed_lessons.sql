-- Grain: schedule_lesson_id. Lessons whose row of int_lessons_held may not be what it was: a version arrived, their group
-- became known, or their date entered or left a year. Empty in a full build.
{{ comes_after(["stg_lessons", "stg_groups", "int_changed_dates"]) }}
{% if continues() %}
with groups as (
    {{ differing_rows(previous("stg_groups"), ref("stg_groups"), ["group_id"]) }}
)

{{ arrived_keys("lessons", ["schedule_lesson_id"]) }}
union
select lessons.schedule_lesson_id
from {{ ref("stg_lessons") }} as lessons
inner join groups on lessons.group_id = groups.group_id
union
select lessons.schedule_lesson_id
from {{ ref("stg_lessons") }} as lessons
inner join {{ ref("int_changed_dates") }} as dates on lessons.date >= dates.from_date and lessons.date <= dates.to_date
{% else %}
select cast(null as varchar) as schedule_lesson_id
where false
{% endif %}
