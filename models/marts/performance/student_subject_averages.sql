-- Grain: academic_year_id × student_profile_id × subject_id × attestation_period_id (null: the year).
with class_figures as (
    select
        academic_year_id,
        class_unit_id,
        subject_id,
        attestation_period_id,
        {{ mean_of_averages("average") }} as class_average,
        count(average) as class_students
    from {{ ref("int_subject_cells") }}
    where is_active and class_unit_id is not null
    group by academic_year_id, class_unit_id, subject_id, attestation_period_id
),

targets as (
    select
        cells.*,
        run_context.rounding_threshold,
        case
            when cells.average is not null
                then least({{ rounded_mark("cells.average", "run_context.rounding_threshold") }} + 1, 5)
        end as target_mark
    from {{ ref("int_subject_cells") }} as cells
    cross join {{ source("raw", "run_context") }} as run_context
)

select
    targets.academic_year_id,
    targets.organization_id,
    targets.class_unit_id,
    targets.student_profile_id,
    targets.subject_id,
    targets.attestation_period_id,
    targets.period_kind,
    targets.is_current,
    targets.marks_count,
    targets.weighted_sum,
    targets.weight_sum,
    targets.average,
    {{ shown("targets.average") }} as average_shown,
    case
        when {{ exact("targets.average") }} > {{ exact("targets.earlier_average") }} then 'UP'
        when {{ exact("targets.average") }} < {{ exact("targets.earlier_average") }} then 'DOWN'
        else 'NONE'
    end as dynamic,
    targets.target_mark,
    case
        when targets.target_mark is not null then {{ fives_to_reach(
            "targets.target_mark", "targets.weighted_sum", "targets.weight_sum", "targets.rounding_threshold"
        ) }}
    end as target_five_marks,
    class_figures.class_average,
    case when targets.class_unit_id is not null then coalesce(class_figures.class_students, 0) end as class_students
from targets
left join class_figures
    on
        targets.academic_year_id = class_figures.academic_year_id
        and targets.class_unit_id = class_figures.class_unit_id
        and targets.subject_id = class_figures.subject_id
        and targets.attestation_period_id is not distinct from class_figures.attestation_period_id
