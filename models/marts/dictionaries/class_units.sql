-- Grain: class_unit_id. A dictionary beside the marts, for those who read them.
select
    class_unit_id,
    organization_id,
    academic_year_id,
    class_level,
    letter,
    name,
    is_current
from {{ ref("stg_class_units") }}
