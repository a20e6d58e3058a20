-- Grain: student_profile_id × date. Days whose attendance may not be what it was: a lesson or an absence came, went or is
-- another now, or the student was in other groups or another class than before. Empty in a full build.
{{ comes_after([
    "stg_attendances",
    "int_academic_years",
    "int_student_profiles",
    "int_lessons_held",
    "int_group_days",
    "int_class_days",
    "int_changed_lessons",
]) }}
{% if continues() %}
with lessons_after as (
    select lessons.*
    from {{ ref("int_lessons_held") }} as lessons
    inner join {{ ref("int_changed_lessons") }} as changed on lessons.schedule_lesson_id = changed.schedule_lesson_id
),

lessons as (
    {{ differing_rows(
        previous("int_lessons_held"), "lessons_after", ["schedule_lesson_id", "academic_year_id", "group_id", "date"]
    ) }}
),

group_dates as (
    select distinct
        group_id,
        date
    from lessons
),

absences as (
    select
        student_profile_id as profile_id,
        schedule_lesson_id
    from {{ previous("attendances") }}
    union
    select
        attendances.student_profile_id as profile_id,
        attendances.schedule_lesson_id
    from {{ ref("stg_attendances") }} as attendances
    inner join ({{ arrived_keys("attendances", ["attendance_id"]) }}) as arrived
        on attendances.attendance_id = arrived.attendance_id
),

mappings as (
    {{ differing_rows(
        previous("int_student_profiles"), ref("int_student_profiles"), ["profile_id", "student_profile_id"]
    ) }}
),

group_spans as (
    {{ differing_rows(
        previous("int_group_days"), ref("int_group_days"), ["group_id", "student_profile_id", "from_date", "to_date"]
    ) }}
),

-- Days up to which both builds look: what is later has lessons that were not held before.
common_days as (
    select
        before.academic_year_id,
        least(before.as_of, after.as_of) as common_day
    from {{ previous("int_academic_years") }} as before
    inner join {{ ref("int_academic_years") }} as after on before.academic_year_id = after.academic_year_id
),

{% for when, days in [("before", previous("int_class_days")), ("after", ref("int_class_days"))] %}
class_spans_{{ when }} as (
    select
        class_days.academic_year_id,
        class_days.student_profile_id,
        class_days.from_date,
        least(class_days.to_date, common_days.common_day) as to_date,
        class_days.organization_id,
        class_days.class_unit_id
    from {{ days }} as class_days
    inner join common_days on class_days.academic_year_id = common_days.academic_year_id
    where class_days.from_date <= common_days.common_day
),

{% endfor %}
class_spans as (
    {{ differing_rows(
        "class_spans_before", "class_spans_after",
        ["academic_year_id", "student_profile_id", "from_date", "to_date", "organization_id", "class_unit_id"]
    ) }}
),

students as (
    select student_profile_id from mappings
    union
    select student_profile_id from group_spans
    union
    select student_profile_id from class_spans
)

{% for days in [previous("int_group_days"), ref("int_group_days")] %}
select
    group_days.student_profile_id,
    group_dates.date
from group_dates
inner join {{ days }} as group_days
    on
        group_dates.group_id = group_days.group_id
        and group_dates.date >= group_days.from_date
        and group_dates.date <= group_days.to_date
union
{% endfor %}
{% for profiles in [previous("int_student_profiles"), ref("int_student_profiles")] %}
select
    profiles.student_profile_id,
    lessons_held.date
from absences
inner join {{ profiles }} as profiles on absences.profile_id = profiles.profile_id
inner join {{ ref("int_lessons_held") }} as lessons_held on absences.schedule_lesson_id = lessons_held.schedule_lesson_id
union
{% endfor %}
{% for days in [previous("int_group_days"), ref("int_group_days")] %}
select
    group_days.student_profile_id,
    lessons_held.date
from {{ days }} as group_days
inner join students on group_days.student_profile_id = students.student_profile_id
inner join {{ ref("int_lessons_held") }} as lessons_held
    on
        group_days.group_id = lessons_held.group_id
        and group_days.from_date <= lessons_held.date
        and group_days.to_date >= lessons_held.date
{{ "union" if not loop.last }}
{% endfor %}
{% else %}
select
    cast(null as varchar) as student_profile_id,
    cast(null as date) as date
where false
{% endif %}
