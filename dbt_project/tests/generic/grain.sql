{#
  The grain of a model: no two rows share these columns. Empty values are equal to each other, because in a mart an empty
  attestation_period_id means the year.

  not_null: columns that every row fills in. They are looked at here, and not by a test each, because a test more costs
  every build more than the look.

  changed: of a table that is kept from build to build, the relation with the keys that a continued build made again; the
  other rows are those that were looked at when they were made.
#}
{% test grain(model, columns, not_null=[], changed=none) %}
{%- set keys = [] %}
{%- if changed and continues() %}
    {%- for column in adapter.get_columns_in_relation(changed) if column.name in columns %}{% do keys.append(column.name) %}{% endfor %}
{%- endif %}
select
    {% for column in columns %}kept.{{ column }}{{ ", " if not loop.last }}{% endfor %}

from {{ model }} as kept
{% if keys %}
inner join (select distinct {{ keys | join(", ") }} from {{ changed }}) as changed
    on {% for column in keys %}kept.{{ column }} = changed.{{ column }}{{ " and " if not loop.last }}{% endfor %}

{% endif %}
group by {% for column in columns %}kept.{{ column }}{{ ", " if not loop.last }}{% endfor %}

having count(*) > 1{% for column in not_null %} or bool_or(kept.{{ column }} is null){% endfor %}

{% endtest %}
