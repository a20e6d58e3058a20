-- Grain: class_unit_id of the current academic year, as of one night.
with class_units as (
    select
        class_units.organization_id,
        class_units.class_unit_id,
        class_units.academic_year_id,
        class_units.periods_schedule_id,
        class_units.attestation_periods_schedule_id,
        years.run_as_of as as_of
    from {{ ref("stg_class_units") }} as class_units
    inner join {{ ref("int_academic_years") }} as years
        on class_units.academic_year_id = years.academic_year_id and years.is_current
),

vacations as (
    select
        class_units.class_unit_id,
        bool_or(kug.kind = 'vacation' and kug.begin_date <= class_units.as_of and kug.end_date >= class_units.as_of)
            as on_vacation
    from class_units
    inner join {{ ref("stg_kug_periods") }} as kug
        on
            class_units.periods_schedule_id = kug.periods_schedule_id
            and class_units.academic_year_id = kug.academic_year_id
    group by class_units.class_unit_id
),

next_vacations as (
    select
        class_units.class_unit_id,
        kug.name,
        kug.begin_date,
        kug.end_date,
        {{ days_between("class_units.as_of", "kug.begin_date") }} as days_to_vacation,
        row_number() over (
            partition by class_units.class_unit_id
            order by kug.begin_date, kug.kug_period_id
        ) as choice
    from class_units
    inner join {{ ref("stg_kug_periods") }} as kug
        on
            class_units.periods_schedule_id = kug.periods_schedule_id
            and class_units.academic_year_id = kug.academic_year_id
    where kug.kind = 'vacation' and kug.begin_date > class_units.as_of
)

select
    class_units.organization_id,
    class_units.class_unit_id,
    class_units.as_of,
    next_vacations.days_to_vacation,
    next_vacations.name as vacation_name,
    next_vacations.begin_date as vacation_begin,
    next_vacations.end_date as vacation_end,
    vacations.on_vacation,
    periods.name as current_period_name,
    periods.begin_date as period_begin,
    periods.end_date as period_end
from class_units
left join vacations on class_units.class_unit_id = vacations.class_unit_id
left join next_vacations
    on class_units.class_unit_id = next_vacations.class_unit_id and next_vacations.choice = 1
left join {{ ref("int_schedule_periods") }} as periods
    on
        class_units.attestation_periods_schedule_id = periods.attestation_periods_schedule_id
        and class_units.academic_year_id = periods.academic_year_id
        and periods.is_current
