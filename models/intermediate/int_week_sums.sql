-- Grain: academic_year_id × student_profile_id × subject_id × week_begin. Sums of the counted marks of each week, of all weeks up
-- to it, and the average of the last week before it that has marks.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['academic_year_id', 'student_profile_id', 'subject_id'], ref('int_changed_cells')) }}"
    )
}}
{{ comes_after(["int_changed_cells"]) }}
with weeks as (
    select
        marks.academic_year_id,
        marks.student_profile_id,
        marks.subject_id,
        {{ week_begin("marks.date") }} as week_begin,
        any_value(marks.class_unit_id) as class_unit_id,
        any_value(marks.is_active) as is_active,
        count(*) as marks_count,
        sum(marks.five * marks.weight) as weighted_sum,
        cast(sum(marks.weight) as bigint) as weight_sum,
        {{ ratio("sum(marks.five * marks.weight)", "sum(marks.weight)") }} as week_average
    from {{ ref("int_marks") }} as marks
    {{ only_changed_cells("marks") }}
    where marks.is_counted
    group by
        marks.academic_year_id, marks.student_profile_id, marks.subject_id, {{ week_begin("marks.date") }}
)

select
    academic_year_id,
    student_profile_id,
    subject_id,
    week_begin,
    class_unit_id,
    is_active,
    marks_count,
    weighted_sum,
    weight_sum,
    week_average,
    {{ ratio("sum(weighted_sum) over so_far", "sum(weight_sum) over so_far") }} as running_average,
    lag(week_average) over (
        partition by academic_year_id, student_profile_id, subject_id
        order by week_begin
    ) as previous_week_average
from weeks
window so_far as (
    partition by academic_year_id, student_profile_id, subject_id
    order by week_begin
    rows between unbounded preceding and current row
)
