{# Numbers of 2-marts.md, each formula once. #}

{# Numerator by denominator, not rounded; null where there is nothing to divide by. #}
{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{#
  An average as a decimal of 12 places: what a mean of averages is taken over, so that the order of rows cannot change
  it, and what is compared with a threshold. Two different quotients of integer sums below a million never meet here.
#}
{% macro exact(average) -%}
    cast({{ average }} as decimal(18, 12))
{%- endmacro %}

{# The mean of averages, over their 12-place decimals. #}
{% macro mean_of_averages(average, condition="true") -%}
    (
        cast(sum({{ exact(average) }}) filter (where {{ condition }}) as double)
        / nullif(count({{ average }}) filter (where {{ condition }}), 0)
    )
{%- endmacro %}

{# What the portal shows of Σ(five × weight) / Σ(weight): 2 places, half away from zero, exact for integer sums. #}
{% macro shown(average) -%}
    cast(round({{ exact(average) }}, 2) as decimal(4, 2))
{%- endmacro %}

{# What the portal shows of a mean of averages: rounded to 9 places first, then to 2. #}
{% macro mean_shown(average) -%}
    cast(round(round({{ exact(average) }}, 9), 2) as decimal(4, 2))
{%- endmacro %}

{# The mark that an average rounds to: up from the threshold (x.51 by default). #}
{% macro rounded_mark(average, threshold) -%}
    cast(floor({{ exact(average) }} + (1 - {{ threshold }})) as integer)
{%- endmacro %}

{#
  The fewest further fives of weight 1 that bring the average to the mark `target`:
  ceil((t·W − S) / (5 − t)) with t = target − 1 + threshold; the inner rounding takes off what binary fractions add.
#}
{% macro fives_to_reach(target, weighted_sum, weight_sum, threshold) -%}
    {%- set t = "cast(" ~ target ~ " - 1 + " ~ threshold ~ " as double)" -%}
    cast(greatest(0, ceil(round(({{ t }} * {{ weight_sum }} - {{ weighted_sum }}) / (5 - {{ t }}), 7))) as integer)
{%- endmacro %}
