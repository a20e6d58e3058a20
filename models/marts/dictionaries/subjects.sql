-- Grain: subject_id. A dictionary beside the marts, for those who read them.
select
    subject_id,
    name,
    is_current
from {{ ref("stg_subjects") }}
