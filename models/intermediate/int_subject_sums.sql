-- Grain: academic_year_id × student_profile_id × subject_id × attestation_period_id (null: the year).
-- Sums of the counted marks of each cell, and of those before its last marked day.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['academic_year_id', 'student_profile_id', 'subject_id'], ref('int_changed_cells')) }}"
    )
}}
{{ comes_after(["int_changed_cells"]) }}
with period_sums as (
    select
        marks.academic_year_id,
        marks.student_profile_id,
        marks.subject_id,
        marks.attestation_period_id,
        count(*) as marks_count,
        sum(marks.five * marks.weight) as weighted_sum,
        sum(marks.weight) as weight_sum,
        max(marks.date) as last_date
    from {{ ref("int_marks") }} as marks
    {{ only_changed_cells("marks") }}
    where marks.is_counted
    group by marks.academic_year_id, marks.student_profile_id, marks.subject_id, marks.attestation_period_id
),

last_days as (
    select
        marks.academic_year_id,
        marks.student_profile_id,
        marks.subject_id,
        marks.attestation_period_id,
        sum(marks.five * marks.weight) as last_weighted_sum,
        sum(marks.weight) as last_weight_sum
    from {{ ref("int_marks") }} as marks
    inner join period_sums
        on
            marks.academic_year_id = period_sums.academic_year_id
            and marks.student_profile_id = period_sums.student_profile_id
            and marks.subject_id = period_sums.subject_id
            and marks.attestation_period_id is not distinct from period_sums.attestation_period_id
            and marks.date = period_sums.last_date
    where marks.is_counted
    group by marks.academic_year_id, marks.student_profile_id, marks.subject_id, marks.attestation_period_id
),

periods as (
    select
        period_sums.*,
        last_days.last_weighted_sum,
        last_days.last_weight_sum
    from period_sums
    inner join last_days
        on
            period_sums.academic_year_id = last_days.academic_year_id
            and period_sums.student_profile_id = last_days.student_profile_id
            and period_sums.subject_id = last_days.subject_id
            and period_sums.attestation_period_id is not distinct from last_days.attestation_period_id
),

year_last_dates as (
    select
        *,
        max(last_date) over (partition by academic_year_id, student_profile_id, subject_id) as year_last_date
    from periods
),

-- The year's last marked day is the last marked day of the periods that it falls into.
years as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        sum(marks_count) as marks_count,
        sum(weighted_sum) as weighted_sum,
        sum(weight_sum) as weight_sum,
        sum(last_weighted_sum) filter (where last_date = year_last_date) as last_weighted_sum,
        sum(last_weight_sum) filter (where last_date = year_last_date) as last_weight_sum
    from year_last_dates
    group by academic_year_id, student_profile_id, subject_id
),

cells as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id,
        'period' as period_kind,
        marks_count,
        weighted_sum,
        weight_sum,
        weighted_sum - last_weighted_sum as earlier_weighted_sum,
        weight_sum - last_weight_sum as earlier_weight_sum
    from periods
    where attestation_period_id is not null
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        null as attestation_period_id,
        'year' as period_kind,
        marks_count,
        weighted_sum,
        weight_sum,
        weighted_sum - last_weighted_sum as earlier_weighted_sum,
        weight_sum - last_weight_sum as earlier_weight_sum
    from years
)

select
    academic_year_id,
    student_profile_id,
    subject_id,
    attestation_period_id,
    period_kind,
    cast(marks_count as bigint) as marks_count,
    cast(weighted_sum as double) as weighted_sum,
    cast(weight_sum as bigint) as weight_sum,
    {{ ratio("weighted_sum", "weight_sum") }} as average,
    {{ ratio("earlier_weighted_sum", "earlier_weight_sum") }} as earlier_average
from cells
