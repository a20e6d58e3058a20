-- Grain: periods_schedule_id. Each КУГ of the current academic year: has it vacations (C02)?
select
    kug.periods_schedule_id,
    min(kug.organization_id) as organization_id,
    count(*) filter (where kug.kind = 'vacation') as vacations
from {{ ref("stg_kug_periods") }} as kug
inner join {{ ref("int_academic_years") }} as years
    on kug.academic_year_id = years.academic_year_id and years.is_current
group by kug.periods_schedule_id
