-- Grain: academic_year_id × student_profile_id × subject_id × week_begin (its Monday). Only weeks with counted marks.
{{
    config(
        materialized="incremental",
        pre_hook=[
            "{{ let_go(['academic_year_id', 'student_profile_id', 'subject_id'], ref('int_changed_cells')) }}",
            "{{ let_go(['academic_year_id', 'class_unit_id', 'subject_id', 'week_begin'], ref('int_changed_class_weeks')) }}",
        ]
    )
}}
{{ comes_after(["int_changed_cells", "int_changed_class_weeks"]) }}
select
    weeks.academic_year_id,
    weeks.class_unit_id,
    weeks.student_profile_id,
    weeks.subject_id,
    weeks.week_begin,
    weeks.marks_count,
    cast(weeks.weighted_sum as double) as weighted_sum,
    weeks.weight_sum,
    weeks.week_average,
    class_weeks.class_week_average,
    case when weeks.class_unit_id is not null then coalesce(class_weeks.class_students, 0) end as class_students,
    weeks.running_average,
    weeks.week_average - weeks.previous_week_average as change
from {{ ref("int_week_sums") }} as weeks
left join {{ ref("class_weekly_dynamics") }} as class_weeks
    on
        weeks.academic_year_id = class_weeks.academic_year_id
        and weeks.class_unit_id = class_weeks.class_unit_id
        and weeks.subject_id = class_weeks.subject_id
        and weeks.week_begin = class_weeks.week_begin
{% if continues() %}
left join {{ ref("int_changed_cells") }} as changed_cells
    on
        weeks.academic_year_id = changed_cells.academic_year_id
        and weeks.student_profile_id = changed_cells.student_profile_id
        and weeks.subject_id = changed_cells.subject_id
left join {{ ref("int_changed_class_weeks") }} as changed_weeks
    on
        weeks.academic_year_id = changed_weeks.academic_year_id
        and weeks.class_unit_id = changed_weeks.class_unit_id
        and weeks.subject_id = changed_weeks.subject_id
        and weeks.week_begin = changed_weeks.week_begin
where changed_cells.subject_id is not null or changed_weeks.subject_id is not null
{% endif %}
