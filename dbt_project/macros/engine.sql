{#
  What only one engine can do, or each does in its own words. A region that outgrows one machine adds its dialect here
  (`spark__…`) and touches no model.
#}
{% macro week_begin(date) %}{{ return(adapter.dispatch("week_begin")(date)) }}{% endmacro %}
{% macro default__week_begin(date) -%}
    cast(date_trunc('week', {{ date }}) as date)
{%- endmacro %}

{% macro matches(text, pattern) %}{{ return(adapter.dispatch("matches")(text, pattern)) }}{% endmacro %}
{% macro default__matches(text, pattern) -%}
    ({{ text }} rlike '^({{ pattern }})$')
{%- endmacro %}
{% macro duckdb__matches(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro days_after(date, days) %}{{ return(adapter.dispatch("days_after")(date, days)) }}{% endmacro %}
{% macro default__days_after(date, days) -%}
    date_add({{ date }}, {{ days }})
{%- endmacro %}
{% macro duckdb__days_after(date, days) -%}
    cast({{ date }} + {{ days }} as date)
{%- endmacro %}

{% macro days_between(from_date, to_date) %}{{ return(adapter.dispatch("days_between")(from_date, to_date)) }}{% endmacro %}
{% macro default__days_between(from_date, to_date) -%}
    datediff({{ to_date }}, {{ from_date }})
{%- endmacro %}
{% macro duckdb__days_between(from_date, to_date) -%}
    cast({{ to_date }} - {{ from_date }} as integer)
{%- endmacro %}

{# A name as it is compared: lower case, ё = е, spaces folded. #}
{% macro normalized(name) %}{{ return(adapter.dispatch("normalized")(name)) }}{% endmacro %}
{% macro default__normalized(name) -%}
    trim(regexp_replace(replace(lower({{ name }}), 'ё', 'е'), '\\s+', ' '))
{%- endmacro %}
{% macro duckdb__normalized(name) -%}
    trim(regexp_replace(replace(lower({{ name }}), 'ё', 'е'), '[\s\x{00A0}]+', ' ', 'g'))
{%- endmacro %}

{# A date later than any date of a school, for an interval that has no end yet. #}
{% macro no_end() -%}cast('9999-12-31' as date){%- endmacro %}
