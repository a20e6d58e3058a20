-- Grain: level. A dictionary beside the marts: each spelling of a level of achievements and events that was delivered, and
-- which of the usual levels it is; null where the seed knows no such name.
with delivered as (
    select level
    from {{ ref("stg_achievements") }}
    where level is not null
    union
    select level
    from {{ ref("stg_events") }}
    where level is not null
),

matched as (
    select
        delivered.level,
        spellings.name,
        row_number() over (
            partition by delivered.level
            order by {{ best_pattern_first("spellings") }}
        ) as choice
    from delivered
    inner join {{ ref("achievement_spellings") }} as spellings
        on
            spellings.dictionary = 'level'
            and {{ fits_pattern(normalized("delivered.level"), "spellings") }}
)

select
    delivered.level,
    levels.level_name as usual_level_name,
    levels.sort_order
from delivered
left join matched on delivered.level = matched.level and matched.choice = 1
left join {{ ref("achievement_levels") }} as levels on matched.name = levels.level_name
