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
),

sums as (
    select
        academic_year_id,
        organization_id,
        class_level,
        class_unit_id,
        subject_id,
        scope,
        count(*) as students_total,
        count(average) as students_count,
        cast(coalesce(sum({{ exact("average") }}), 0) as decimal(18, 12)) as average_sum,
        count(*) filter (where mark <= 2) as students_two,
        count(*) filter (where mark = 3) as students_three,
        count(*) filter (where mark = 4) as students_four,
        count(*) filter (where mark >= 5) as students_five,
        count(*) filter (where average < 2.5) as students_at_risk
    from rounded
    group by academic_year_id, organization_id, class_level, class_unit_id, subject_id, scope
),

periods as (
    select
        attestation_period_id,
        is_current,
        lag(attestation_period_id) over (
            partition by attestation_periods_schedule_id, academic_year_id
            order by begin_date, attestation_period_id
        ) as previous_period_id
    from {{ ref("int_schedule_periods") }}
),

-- Few cells are left before the large join: those of the one period of each schedule that precedes its current one.
previous_cells as (
    select
        cells.academic_year_id,
        cells.student_profile_id,
        cells.subject_id,
        periods.attestation_period_id as next_period_id,
        cells.average
    from {{ ref("int_subject_cells") }} as cells
    inner join periods on cells.attestation_period_id = periods.previous_period_id
    where periods.is_current and cells.is_active and cells.average is not null
),

-- The same student in the same subject: schools whose first period is not over, and those who have no mark in one of the two
-- periods, would otherwise move the average without anybody's marks having changed.
subject_changes as (
    select
        cells.academic_year_id,
        cells.organization_id,
        cells.class_level,
        cells.class_unit_id,
        cells.student_profile_id,
        cells.subject_id,
        {{ exact("cells.average") }} - {{ exact("previous_cells.average") }} as change
    from {{ ref("int_subject_cells") }} as cells
    inner join previous_cells
        on
            cells.academic_year_id = previous_cells.academic_year_id
            and cells.student_profile_id = previous_cells.student_profile_id
            and cells.subject_id = previous_cells.subject_id
            and cells.attestation_period_id = previous_cells.next_period_id
    where cells.is_current and cells.average is not null
),

changes as (
    select
        academic_year_id,
        organization_id,
        class_level,
        class_unit_id,
        subject_id,
        change
    from subject_changes
    union all
    select
        academic_year_id,
        organization_id,
        class_level,
        class_unit_id,
        null as subject_id,
        {{ mean_of_averages("change") }} as change
    from subject_changes
    group by academic_year_id, organization_id, class_level, class_unit_id, student_profile_id
),

change_sums as (
    select
        academic_year_id,
        organization_id,
        class_unit_id,
        subject_id,
        'current' as scope,
        count(*) as compared_count,
        cast(sum({{ exact("change") }}) as decimal(18, 12)) as change_sum
    from changes
    group by academic_year_id, organization_id, class_unit_id, subject_id
)

select
    sums.academic_year_id,
    sums.organization_id,
    sums.class_level,
    sums.class_unit_id,
    sums.subject_id,
    sums.scope,
    sums.students_total,
    sums.students_count,
    sums.average_sum,
    sums.students_two,
    sums.students_three,
    sums.students_four,
    sums.students_five,
    sums.students_at_risk,
    coalesce(change_sums.compared_count, 0) as compared_count,
    cast(coalesce(change_sums.change_sum, 0) as decimal(18, 12)) as change_sum
from sums
left join change_sums
    on
        sums.academic_year_id = change_sums.academic_year_id
        and sums.organization_id = change_sums.organization_id
        and sums.class_unit_id is not distinct from change_sums.class_unit_id
        and sums.subject_id is not distinct from change_sums.subject_id
        and sums.scope = change_sums.scope
