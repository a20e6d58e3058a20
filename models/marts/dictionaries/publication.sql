-- Grain: one row. What this publication speaks of.
select
    run_context.as_of,
    (select max(deliveries.load_date) from {{ source("raw", "deliveries") }} as deliveries) as newest_load_date,
    (select years.academic_year_id from {{ ref("int_academic_years") }} as years where years.is_current)
        as academic_year_id,
    (
        select count(*) from {{ ref("int_student_years") }} as students
        inner join {{ ref("int_academic_years") }} as years on students.academic_year_id = years.academic_year_id
        where years.is_current and students.is_active
    ) as active_students,
    (select count(*) from {{ ref("int_marks") }} as marks where marks.is_counted) as counted_marks
from {{ source("raw", "run_context") }} as run_context
