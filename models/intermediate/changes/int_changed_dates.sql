-- Grain: from_date. Dates whose lessons and marks may enter or leave a year, because as_of has moved on or a year's own dates
-- are others. Empty in a full build.
{{ comes_after(["int_academic_years"]) }}
{% if continues() %}
with years as (
    select
        before.as_of as as_of_before,
        after.as_of as as_of_after,
        before.begin_date as begin_before,
        after.begin_date as begin_after,
        before.last_date as last_before,
        after.last_date as last_after,
        coalesce(
            before.begin_date = after.begin_date
            and before.last_date = after.last_date
            and before.end_date = after.end_date, false
        ) as has_same_dates
    from {{ previous("int_academic_years") }} as before
    full outer join {{ ref("int_academic_years") }} as after on before.academic_year_id = after.academic_year_id
),

spans as (
    select
        case
            when has_same_dates then {{ days_after("least(as_of_before, as_of_after)", 1) }}
            else least(coalesce(begin_before, begin_after), coalesce(begin_after, begin_before))
        end as from_date,
        case
            when has_same_dates then greatest(as_of_before, as_of_after)
            else greatest(coalesce(last_before, last_after), coalesce(last_after, last_before))
        end as to_date
    from years
)

select
    from_date,
    max(to_date) as to_date
from spans
where from_date <= to_date
group by from_date
{% else %}
select
    cast(null as date) as from_date,
    cast(null as date) as to_date
where false
{% endif %}
