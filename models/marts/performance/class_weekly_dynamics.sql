-- Grain: academic_year_id × class_unit_id × subject_id × week_begin. Active students only.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['academic_year_id', 'class_unit_id', 'subject_id', 'week_begin'], ref('int_changed_class_weeks')) }}"
    )
}}
{{ comes_after(["int_changed_class_weeks"]) }}
select
    weeks.academic_year_id,
    class_units.organization_id,
    weeks.class_unit_id,
    weeks.subject_id,
    weeks.week_begin,
    {{ mean_of_averages("weeks.week_average") }} as class_week_average,
    count(weeks.week_average) as class_students,
    cast(sum(weeks.marks_count) as bigint) as marks_count
from {{ ref("int_week_sums") }} as weeks
inner join {{ ref("stg_class_units") }} as class_units on weeks.class_unit_id = class_units.class_unit_id
{{ only_changed_class_weeks("weeks") }}
where weeks.is_active
group by
    weeks.academic_year_id, class_units.organization_id, weeks.class_unit_id, weeks.subject_id, weeks.week_begin
