-- Grain: type_name. A dictionary beside the marts: each name that a type of achievements was delivered under, and which of
-- the usual types it is; null where the seed knows no such name.
with delivered as (
    select distinct name as type_name
    from {{ ref("stg_achievement_types") }}
),

matched as (
    select
        delivered.type_name,
        spellings.name,
        row_number() over (
            partition by delivered.type_name
            order by {{ best_pattern_first("spellings") }}
        ) as choice
    from delivered
    inner join {{ ref("achievement_spellings") }} as spellings
        on
            spellings.dictionary = 'type'
            and {{ fits_pattern(normalized("delivered.type_name"), "spellings") }}
)

select
    delivered.type_name,
    types.type_name as usual_type_name,
    types.sort_order
from delivered
left join matched on delivered.type_name = matched.type_name and matched.choice = 1
left join {{ ref("achievement_types") }} as types on matched.name = types.type_name
