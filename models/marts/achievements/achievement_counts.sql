-- Grain: academic_year_id × class_unit_id × type_name × level. Of the class's active students.
select
    achievements.academic_year_id,
    class_units.organization_id,
    achievements.class_unit_id,
    achievements.type_name,
    achievements.level,
    count(*) as achievements_count,
    count(distinct achievements.student_profile_id) as students_count
from {{ ref("achievements") }} as achievements
inner join {{ ref("int_student_years") }} as students
    on
        achievements.academic_year_id = students.academic_year_id
        and achievements.student_profile_id = students.student_profile_id
        and students.is_active
inner join {{ ref("stg_class_units") }} as class_units on achievements.class_unit_id = class_units.class_unit_id
group by
    achievements.academic_year_id, class_units.organization_id, achievements.class_unit_id, achievements.type_name,
    achievements.level
