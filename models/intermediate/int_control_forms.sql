-- Grain: control_form_id. The kind of each control form: as filled in, else by its name through the seed
-- (the longest pattern wins); null where nothing matches.
with forms as (
    select
        control_form_id,
        name,
        kind,
        {{ normalized("name") }} as normalized_name,
        {{ normalized("kind") }} as normalized_kind
    from {{ ref("stg_control_forms") }}
),

matched as (
    select
        forms.control_form_id,
        kinds.kind,
        row_number() over (
            partition by forms.control_form_id
            order by {{ best_pattern_first("kinds") }}
        ) as choice
    from forms
    inner join {{ ref("control_form_kinds") }} as kinds on {{ fits_pattern("forms.normalized_name", "kinds") }}
),

kinds as (
    select
        forms.control_form_id,
        forms.name,
        coalesce(forms.kind, matched.kind) as kind,
        coalesce(forms.normalized_kind, lower(matched.kind)) as normalized_kind
    from forms
    left join matched on forms.control_form_id = matched.control_form_id and matched.choice = 1
)

select
    control_form_id,
    name,
    kind,
    -- What the recommended mark tells apart; whatever is neither counts as class work.
    case
        when normalized_kind = 'контрольная' then 'control'
        when normalized_kind = 'домашняя' then 'home'
        else 'class'
    end as work,
    kind is not null as is_known
from kinds
