-- Grain: achievement_id. Achievements of students in the year, dated up to as_of.
select
    years.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    students.student_profile_id,
    achievements.achievement_id,
    achievements.achievement_type_id,
    types.name as type_name,
    achievements.name,
    achievements.level,
    achievements.result,
    achievements.place,
    achievements.date,
    achievements.subject_id,
    achievements.event_id,
    achievements.has_document
from {{ ref("stg_achievements") }} as achievements
inner join {{ ref("int_student_profiles") }} as profiles on achievements.student_profile_id = profiles.profile_id
inner join {{ ref("int_academic_years") }} as years
    on achievements.date >= years.begin_date and achievements.date <= least(years.last_date, years.as_of)
inner join {{ ref("int_student_years") }} as students
    on
        years.academic_year_id = students.academic_year_id
        and profiles.student_profile_id = students.student_profile_id
left join {{ ref("stg_achievement_types") }} as types
    on achievements.achievement_type_id = types.achievement_type_id
left join {{ ref("stg_subjects") }} as subjects on achievements.subject_id = subjects.subject_id
where achievements.subject_id is null or subjects.subject_id is not null
