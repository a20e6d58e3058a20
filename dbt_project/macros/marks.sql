{# The five-point value of a mark (2-marts.md, «Counted mark»): `five`; where that is empty, the digit of 5, 4+, 4-. Zero is none. #}
{% macro five_point_value(five, name, scale="null") -%}
    cast(nullif(
        case
            when {{ five }} is not null then {{ five }}
            when coalesce(lower({{ scale }}), 'five') = 'five' and {{ matches(name, "[1-5][+-]?") }} then cast(left({{ name }}, 1) as integer)
        end, 0
    ) as decimal(18, 9))
{%- endmacro %}
