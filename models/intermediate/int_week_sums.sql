-- Grain: academic_year_id × student_profile_id × subject_id × week_begin. Sums of the counted marks of each week.
select
    academic_year_id,
    student_profile_id,
    subject_id,
    {{ week_begin("date") }} as week_begin,
    any_value(class_unit_id) as class_unit_id,
    any_value(is_active) as is_active,
    count(*) as marks_count,
    sum(five * weight) as weighted_sum,
    cast(sum(weight) as bigint) as weight_sum,
    {{ ratio("sum(five * weight)", "sum(weight)") }} as week_average
from {{ ref("int_marks") }}
where is_counted
group by academic_year_id, student_profile_id, subject_id, {{ week_begin("date") }}
