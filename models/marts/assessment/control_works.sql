-- Grain: mark_id. Live marks whose control form is of kind «Контрольная»: no active «точка», no «точка» without a value,
-- no letter of absence.
with control_marks as (
    select
        marks.*,
        forms.name as control_form_name
    from {{ ref("int_marks") }} as marks
    inner join {{ ref("int_control_forms") }} as forms
        on marks.control_form_id = forms.control_form_id and forms.work = 'control'
),

works as (
    select control_marks.*
    from control_marks
    left join {{ ref("absence_letters") }} as letters on lower(trim(control_marks.name)) = letters.name
    where
        not control_marks.is_active_point
        and not (control_marks.is_point and control_marks.five is null)
        and letters.name is null
),

class_figures as (
    select
        academic_year_id,
        class_unit_id,
        schedule_lesson_id,
        control_form_id,
        {{ ratio("sum(five)", "count(five)") }} as class_average_of_work,
        count(*) as class_marks_of_work
    from control_marks
    where is_counted and is_active
    group by academic_year_id, class_unit_id, schedule_lesson_id, control_form_id
)

select
    works.academic_year_id,
    works.organization_id,
    works.class_unit_id,
    works.student_profile_id,
    works.subject_id,
    works.mark_id,
    works.date,
    works.attestation_period_id,
    works.control_form_id,
    works.control_form_name,
    lessons.topic,
    works.name as mark,
    cast(works.five as double) as five,
    works.weight,
    class_figures.class_average_of_work,
    case when works.class_unit_id is not null then coalesce(class_figures.class_marks_of_work, 0) end as class_marks_of_work
from works
left join {{ ref("stg_lessons") }} as lessons on works.schedule_lesson_id = lessons.schedule_lesson_id
left join class_figures
    on
        works.academic_year_id = class_figures.academic_year_id
        and works.class_unit_id = class_figures.class_unit_id
        and works.schedule_lesson_id = class_figures.schedule_lesson_id
        and works.control_form_id = class_figures.control_form_id
