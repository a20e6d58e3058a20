-- Grain: suite. How many objects of the current academic year stand behind the frames that hold only the wrong ones.
with current_years as (
    select
        academic_year_id,
        begin_date,
        least(last_date, as_of) as last_date
    from {{ ref("int_academic_years") }}
    where is_current
)

select
    'marks' as suite,
    count(*) as checked
from {{ ref("stg_marks") }} as marks
inner join current_years on marks.date >= current_years.begin_date and marks.date <= current_years.last_date
union all
select
    'attendances' as suite,
    count(*) as checked
from {{ ref("stg_attendances") }} as attendances
inner join current_years
    on attendances.date >= current_years.begin_date and attendances.date <= current_years.last_date
union all
select
    'final_marks' as suite,
    count(*) as checked
from {{ ref("final_marks") }} as final_marks
inner join current_years on final_marks.academic_year_id = current_years.academic_year_id
union all
select
    'lessons' as suite,
    count(*) as checked
from {{ ref("int_subject_cells") }} as cells
inner join current_years on cells.academic_year_id = current_years.academic_year_id
where cells.is_active and cells.is_current
