-- Grain: attendance_id, of the current academic year up to as_of: only absences of students who were not in the group of the
-- lesson on that date (J06); how many were looked at stands in int_quality_populations.
select
    attendances.attendance_id,
    profiles.student_profile_id,
    groups.organization_id,
    coalesce(groups.class_unit_id, students.class_unit_id) as class_unit_id,
    false as was_in_group
from {{ ref("stg_attendances") }} as attendances
inner join {{ ref("int_academic_years") }} as years
    on
        years.is_current
        and attendances.date >= years.begin_date
        and attendances.date <= least(years.last_date, years.as_of)
inner join {{ ref("int_student_profiles") }} as profiles on attendances.student_profile_id = profiles.profile_id
inner join {{ ref("stg_lessons") }} as lessons on attendances.schedule_lesson_id = lessons.schedule_lesson_id
inner join {{ ref("stg_groups") }} as groups on lessons.group_id = groups.group_id
left join {{ ref("int_student_years") }} as students
    on
        years.academic_year_id = students.academic_year_id
        and profiles.student_profile_id = students.student_profile_id
left join {{ ref("int_group_days") }} as group_days
    on
        lessons.group_id = group_days.group_id
        and profiles.student_profile_id = group_days.student_profile_id
        and attendances.date >= group_days.from_date
        and attendances.date <= group_days.to_date
where group_days.group_id is null
