-- Grain: academic_year_id. A dictionary beside the marts, for those who read them.
select
    academic_year_id,
    name,
    begin_date,
    end_date
from {{ ref("stg_academic_years") }}
