-- Grain: attestation_period_id. A dictionary beside the marts, for those who read them. Where the source gives no kind, the
-- name tells it («2 Четверть»); a kind of the source's own has no title.
with named as (
    select
        periods.attestation_period_id,
        kinds.kind,
        row_number() over (
            partition by periods.attestation_period_id
            order by kinds.sort_order
        ) as choice
    from {{ ref("stg_attestation_periods") }} as periods
    inner join {{ ref("attestation_period_kinds") }} as kinds
        on {{ holds(normalized("periods.name"), "kinds.stem") }}
    where periods.kind is null
),

known_periods as (
    select
        periods.*,
        coalesce(periods.kind, named.kind) as known_kind
    from {{ ref("stg_attestation_periods") }} as periods
    left join named on periods.attestation_period_id = named.attestation_period_id and named.choice = 1
)

select
    known_periods.attestation_period_id,
    known_periods.attestation_periods_schedule_id,
    known_periods.organization_id,
    known_periods.academic_year_id,
    known_periods.name,
    known_periods.known_kind as kind,
    kinds.name as kind_name,
    known_periods.begin_date,
    known_periods.end_date
from known_periods
left join {{ ref("attestation_period_kinds") }} as kinds on known_periods.known_kind = kinds.kind
