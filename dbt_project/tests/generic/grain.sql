{#
  The grain of a model: no two rows share these columns. Empty values are equal to each other, because in a mart an empty
  attestation_period_id means the year.
#}
{% test grain(model, columns) %}
select {{ columns | join(", ") }}
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
