-- Grain: attestation_periods_schedule_id. Each schedule of attestation periods of the current academic year: do its periods
-- overlap or leave the year (C04)?
with periods as (
    select
        periods.attestation_periods_schedule_id,
        periods.organization_id,
        periods.begin_date < years.begin_date or periods.end_date > years.end_date as leaves_year,
        coalesce(
            periods.begin_date <= max(periods.end_date) over (
                partition by periods.attestation_periods_schedule_id
                order by periods.begin_date, periods.attestation_period_id
                rows between unbounded preceding and 1 preceding
            ), false
        ) as is_overlapping
    from {{ ref("stg_attestation_periods") }} as periods
    inner join {{ ref("int_academic_years") }} as years
        on periods.academic_year_id = years.academic_year_id and years.is_current
)

select
    attestation_periods_schedule_id,
    min(organization_id) as organization_id,
    count(*) as attestation_periods,
    count(*) filter (where is_overlapping) as overlapping_periods,
    count(*) filter (where leaves_year) as periods_outside_year
from periods
group by attestation_periods_schedule_id
