-- Grain: organization_id. A dictionary beside the marts, for those who read them.
select
    organization_id,
    name,
    short_name,
    kind,
    municipality,
    is_current
from {{ ref("stg_organizations") }}
