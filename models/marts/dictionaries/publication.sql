-- Grain: one row. What this publication speaks of.
with current_year as (
    select academic_year_id
    from {{ ref("int_academic_years") }}
    where is_current
),

loads as (
    select max(load_date) as newest_load_date
    from {{ source("raw", "deliveries") }}
),

students as (
    select count(*) as active_students
    from {{ ref("int_student_years") }}
    where is_active and academic_year_id in (select current_year.academic_year_id from current_year)
),

marks as (
    select count(*) as counted_marks
    from {{ ref("int_marks") }}
    where is_counted
)

select
    run_context.as_of,
    loads.newest_load_date,
    current_year.academic_year_id,
    students.active_students,
    marks.counted_marks
from {{ source("raw", "run_context") }} as run_context
cross join loads
cross join students
cross join marks
left join current_year on true
