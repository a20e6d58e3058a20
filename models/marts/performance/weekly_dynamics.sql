-- Grain: academic_year_id × student_profile_id × subject_id × week_begin (its Monday). Only weeks with counted marks.
with weeks as (
    select
        *,
        sum(weighted_sum) over so_far as running_weighted_sum,
        sum(weight_sum) over so_far as running_weight_sum,
        lag(week_average) over (
            partition by academic_year_id, student_profile_id, subject_id
            order by week_begin
        ) as previous_week_average
    from {{ ref("int_week_sums") }}
    window so_far as (
        partition by academic_year_id, student_profile_id, subject_id
        order by week_begin
        rows between unbounded preceding and current row
    )
)

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
    {{ ratio("weeks.running_weighted_sum", "weeks.running_weight_sum") }} as running_average,
    weeks.week_average - weeks.previous_week_average as change
from weeks
left join {{ ref("class_weekly_dynamics") }} as class_weeks
    on
        weeks.academic_year_id = class_weeks.academic_year_id
        and weeks.class_unit_id = class_weeks.class_unit_id
        and weeks.subject_id = class_weeks.subject_id
        and weeks.week_begin = class_weeks.week_begin
