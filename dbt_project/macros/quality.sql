{# What the rules of 3-quality.md ask of one value, each stated once. Values are judged here and never leave the engine. #}

{# Nothing is written: empty, blanks, dashes, «нет». #}
{% macro is_blank(text) -%}
    {%- set nothing -%}[\p{Z}\p{C}\p{Pd}−]*{%- endset -%}
    coalesce({{ matches("lower(" ~ text ~ ")", nothing ~ "(нет)?" ~ nothing) }}, true)
{%- endmacro %}

{# A series or number as it is compared: upper case, no blanks, one kind of hyphen. #}
{% macro compact(text) %}{{ return(adapter.dispatch("compact")(text)) }}{% endmacro %}
{% macro default__compact(text) -%}
    regexp_replace(translate(upper({{ text }}), '‐‑', '--'), '[\\p{Z}\\p{C}]', '')
{%- endmacro %}
{% macro duckdb__compact(text) -%}
    regexp_replace(translate(upper({{ text }}), '‐‑', '--'), '[\p{Z}\p{C}]', '', 'g')
{%- endmacro %}

{# A СНИЛС as it is compared: without blanks and hyphens. #}
{% macro snils_digits(snils) -%}
    replace({{ compact(snils) }}, '-', '')
{%- endmacro %}

{#
  empty, valid or invalid. Blanks and hyphens do not matter; 11 digits, not all alike; the last two are the control number
  Σ dᵢ·(9…1) of the first nine: below 100 as it is, 100 and 101 → 00, above that modulo 101, and 100 → 00, all of which
  is (Σ mod 101) mod 100. Numbers up to 001-001-998 were given out without one.
#}
{% macro snils_state(snils) -%}
    {%- set digits = snils_digits(snils) | trim -%}
    case
        when {{ is_blank(snils) }} then 'empty'
        when not {{ matches(digits, "[0-9]{11}") }} then 'invalid'
        when {{ digits }} = repeat(left({{ digits }}, 1), 11) then 'invalid'
        when try_cast(left({{ digits }}, 9) as integer) <= 1001998 then 'valid'
        when
            (
                {% for place in range(1, 10) -%}
                try_cast(substring({{ digits }}, {{ place }}, 1) as integer) * {{ 10 - place }}{{ " + " if not loop.last }}
                {%- endfor %}
            ) % 101 % 100 = try_cast(substring({{ digits }}, 10, 2) as integer)
            then 'valid'
        else 'invalid'
    end
{%- endmacro %}

{# Series and number of a passport of the Federation: 4 and 6 digits. #}
{% macro is_rf_passport(series, number) -%}
    ({{ matches(series, "[0-9]{4}") }} and {{ matches(number, "[0-9]{6}") }})
{%- endmacro %}

{# Series and number of a birth certificate of the Federation: Roman numeral, hyphen, two Cyrillic letters; 6 digits. #}
{% macro is_rf_birth_certificate(series, number) -%}
    (
        {{ matches(series, "M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})-[А-ЯЁ]{2}") }}
        and left({{ series }}, 1) <> '-'
        and {{ matches(number, "[0-9]{6}") }}
    )
{%- endmacro %}

{# The same series with each letter that merely looks like the right one replaced: Latin before the hyphen, Cyrillic after it. #}
{% macro without_lookalikes(series) -%}
    concat(
        translate(split_part({{ series }}, '-', 1), 'ІӀХСМ', 'IIXCM'),
        '-',
        translate(substring({{ series }}, length(split_part({{ series }}, '-', 1)) + 2), 'ABCEHKMOPTXY', 'АВСЕНКМОРТХУ')
    )
{%- endmacro %}

{# Whole years from one date to another; born on 29 February, one is a year older on 1 March of a common year. #}
{% macro full_years(from_date, to_date) -%}
    cast(floor((
        extract(year from {{ to_date }}) * 10000 + extract(month from {{ to_date }}) * 100 + extract(day from {{ to_date }})
        - extract(year from {{ from_date }}) * 10000 - extract(month from {{ from_date }}) * 100
        - extract(day from {{ from_date }})
    ) / 10000) as integer)
{%- endmacro %}

{# So many lessons without a mark are too many (3-quality.md, J05). #}
{% macro lessons_that_ask_for_a_mark() %}8{% endmacro %}
