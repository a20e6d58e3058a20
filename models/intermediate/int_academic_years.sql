-- Grain: academic_year_id. Years that have begun by as_of, less the closed ones that are already written.
-- A past year is computed as of its own end: `as_of` here is min(as_of, the year's end); `run_as_of` is the run's own.
-- `last_date` ends the year's dates where the next year begins, so that every date has one year.
with years as (
    select
        years.academic_year_id,
        years.name,
        years.begin_date,
        years.end_date,
        least(years.end_date, run_context.as_of) as as_of,
        run_context.as_of as run_as_of,
        lead(years.begin_date) over (order by years.begin_date, years.academic_year_id) as next_begin_date
    from {{ ref("stg_academic_years") }} as years
    cross join {{ source("raw", "run_context") }} as run_context
    where years.begin_date <= run_context.as_of
),

ordered as (
    select
        *,
        least(end_date, coalesce({{ days_after("next_begin_date", -1) }}, end_date)) as last_date,
        row_number() over (order by begin_date desc, academic_year_id desc) = 1 as is_current
    from years
)

select
    academic_year_id,
    name,
    begin_date,
    end_date,
    last_date,
    as_of,
    run_as_of,
    is_current
from ordered
where academic_year_id not in (select written.academic_year_id from {{ source("raw", "written_years") }} as written)
