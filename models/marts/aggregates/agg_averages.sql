-- Grain: academic_year_id × organization_id × class_unit_id × subject_id × scope (no subject: «Мой средний балл», the mean of
-- a student's subjects). Active students. Sums over the 12-place decimals, so that any level is rolled up exactly.
with averages as (
    select
        academic_year_id,
        organization_id,
        class_level,
        class_unit_id,
        subject_id,
        case when period_kind = 'year' then 'year' else 'current' end as scope,
        average
    from {{ ref("int_subject_cells") }}
    where is_active and (period_kind = 'year' or is_current)
    union all
    select
        academic_year_id,
        organization_id,
        class_level,
        class_unit_id,
        null as subject_id,
        scope,
        average
    from {{ ref("student_averages") }}
    where is_active
),

rounded as (
    select
        averages.*,
        {{ rounded_mark("averages.average", "run_context.rounding_threshold") }} as mark
    from averages
    cross join {{ source("raw", "run_context") }} as run_context
)

select
    academic_year_id,
    organization_id,
    class_level,
    class_unit_id,
    subject_id,
    scope,
    count(*) as students_total,
    count(average) as students_count,
    cast(coalesce(sum({{ exact("average") }}), 0) as decimal(38, 12)) as average_sum,
    count(*) filter (where mark <= 2) as students_two,
    count(*) filter (where mark = 3) as students_three,
    count(*) filter (where mark = 4) as students_four,
    count(*) filter (where mark >= 5) as students_five,
    count(*) filter (where average < 2.5) as students_at_risk
from rounded
group by academic_year_id, organization_id, class_level, class_unit_id, subject_id, scope
