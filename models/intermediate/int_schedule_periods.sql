-- Grain: attestation_period_id. Each period with the dates that count for it: from its first day to the eve of the next
-- period of the same schedule and year (a gap is a vacation and belongs to the period before it).
with ordered as (
    select
        *,
        lead(begin_date) over (
            partition by attestation_periods_schedule_id, academic_year_id
            order by begin_date, attestation_period_id
        ) as next_begin_date,
        row_number() over (
            partition by attestation_periods_schedule_id, academic_year_id
            order by begin_date, attestation_period_id
        ) as ordinal
    from {{ ref("stg_attestation_periods") }}
),

spans as (
    select
        *,
        coalesce({{ days_after("next_begin_date", -1) }}, {{ no_end() }}) as last_counted_date
    from ordered
)

select
    spans.attestation_period_id,
    spans.attestation_periods_schedule_id,
    spans.academic_year_id,
    spans.name,
    spans.begin_date,
    spans.end_date,
    spans.last_counted_date,
    -- Before the first period begins, the first is the current one.
    (spans.begin_date <= years.as_of and spans.last_counted_date >= years.as_of)
    or (spans.ordinal = 1 and spans.begin_date > years.as_of) as is_current
from spans
inner join {{ ref("int_academic_years") }} as years on spans.academic_year_id = years.academic_year_id
