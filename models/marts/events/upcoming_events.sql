-- Grain: student_profile_id × event_id, as of one night. Events that are not over, of the current year's students.
with participants as (
    select distinct
        participants.event_id,
        profiles.student_profile_id
    from {{ ref("stg_event_participants") }} as participants
    inner join {{ ref("int_student_profiles") }} as profiles on participants.student_profile_id = profiles.profile_id
)

select
    students.organization_id,
    students.class_unit_id,
    participants.student_profile_id,
    events.event_id,
    events.name,
    events.category,
    events.level,
    events.place,
    events.begin_date,
    events.end_date,
    {{ days_between("years.run_as_of", "events.begin_date") }} as days_to_event
from participants
inner join {{ ref("stg_events") }} as events on participants.event_id = events.event_id
inner join {{ ref("int_student_years") }} as students on participants.student_profile_id = students.student_profile_id
inner join {{ ref("int_academic_years") }} as years
    on students.academic_year_id = years.academic_year_id and years.is_current
where coalesce(events.end_date, events.begin_date) >= years.run_as_of
