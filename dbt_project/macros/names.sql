{#
  Whether a normalized name is one that a seed of names (columns pattern, match) speaks of: it is the pattern (`exact`),
  or begins with it (`prefix`).
#}
{% macro fits_pattern(name, seed) -%}
    (
        ({{ seed }}.match = 'exact' and {{ name }} = {{ seed }}.pattern)
        or ({{ seed }}.match = 'prefix' and left({{ name }}, length({{ seed }}.pattern)) = {{ seed }}.pattern)
    )
{%- endmacro %}

{# The order in which patterns are chosen: the longest, and the exact one before the beginning of the same length. #}
{% macro best_pattern_first(seed) -%}
    length({{ seed }}.pattern) desc, {{ seed }}.match asc, {{ seed }}.pattern asc
{%- endmacro %}

{# A name inside a text, wherever it stands. #}
{% macro holds(text, part) -%}
    ({{ text }} like concat('%', {{ part }}, '%'))
{%- endmacro %}
