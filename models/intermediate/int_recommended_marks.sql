-- Grain: academic_year_id × student_profile_id × subject_id × attestation_period_id (null: the year).
-- The mark that parents are told a cell reaches: control works decide where their mean, rounded, differs from that of the
-- rest; otherwise class work decides over homework (2-marts.md, «Recommended mark»).
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['academic_year_id', 'student_profile_id', 'subject_id'], ref('int_changed_cells')) }}"
    )
}}
{{ comes_after(["int_changed_cells"]) }}
with sums as (
    select
        marks.academic_year_id,
        marks.student_profile_id,
        marks.subject_id,
        marks.attestation_period_id,
        coalesce(forms.work, 'class') as work,
        sum(marks.five * marks.weight) as weighted_sum,
        sum(marks.weight) as weight_sum
    from {{ ref("int_marks") }} as marks
    left join {{ ref("int_control_forms") }} as forms on marks.control_form_id = forms.control_form_id
    {{ only_changed_cells("marks") }}
    where marks.is_counted
    group by all
),

cells as (
    select * from sums
    where attestation_period_id is not null
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        null as attestation_period_id,
        work,
        sum(weighted_sum) as weighted_sum,
        sum(weight_sum) as weight_sum
    from sums
    group by academic_year_id, student_profile_id, subject_id, work
),

means as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id,
        {% for work in ["control", "class", "home"] %}
        {{ ratio(
            "sum(weighted_sum) filter (where work = '" ~ work ~ "')",
            "sum(weight_sum) filter (where work = '" ~ work ~ "')"
        ) }} as {{ work }}_mean,
        {% endfor %}
        {{ ratio(
            "sum(weighted_sum) filter (where work <> 'control')",
            "sum(weight_sum) filter (where work <> 'control')"
        ) }} as rest_mean
    from cells
    group by academic_year_id, student_profile_id, subject_id, attestation_period_id
),

rounded as (
    select
        means.academic_year_id,
        means.student_profile_id,
        means.subject_id,
        means.attestation_period_id,
        {{ rounded_mark("means.control_mean", "run_context.rounding_threshold") }} as control_mark,
        {{ rounded_mark("means.class_mean", "run_context.rounding_threshold") }} as class_mark,
        {{ rounded_mark("means.home_mean", "run_context.rounding_threshold") }} as home_mark,
        {{ rounded_mark("means.rest_mean", "run_context.rounding_threshold") }} as rest_mark
    from means
    cross join {{ source("raw", "run_context") }} as run_context
)

select
    academic_year_id,
    student_profile_id,
    subject_id,
    attestation_period_id,
    case
        when control_mark <> rest_mark or (control_mark is not null and rest_mark is null) then control_mark
        else coalesce(class_mark, home_mark)
    end as recommended_five
from rounded
