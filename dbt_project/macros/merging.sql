{#
  The body of a recursive CTE that follows `edges` (profile_id → target_id, one edge a profile) to the end by doubling: a
  jump of two jumps, step after step. `name` is the CTE's own; `last_step` holds the step by which every chain has ended.
  A profile that no edge leads on from jumps to itself.
#}
{% macro doubled_jumps(edges, name) -%}
    select
        0 as step,
        {{ edges }}.profile_id,
        {{ edges }}.target_id
    from {{ edges }}
    union all
    select distinct
        0 as step,
        {{ edges }}.target_id as profile_id,
        {{ edges }}.target_id
    from {{ edges }}
    where {{ edges }}.target_id not in (select others.profile_id from {{ edges }} as others)
    union all
    select
        near.step + 1 as step,
        near.profile_id,
        far.target_id
    from {{ name }} as near
    inner join {{ name }} as far on near.target_id = far.profile_id
    where near.step < (select last_step.step from last_step)
{%- endmacro %}
