{#
  A build that continues the one before it (house rule 5): the large tables are kept and only what changed is made again.

  Whoever starts the build decides (orchestration/build_state.py) and has kept in schema `previous` the small tables as
  the build before left them; schema `arrived` shows the deliveries that came since. A model that is kept first lets go
  of the rows that may have changed (its pre-hook), then adds what they are now.
#}
{% macro continues() %}{{ return(env_var("PORTFOLIO_BUILD_CONTINUES", "no") == "yes") }}{% endmacro %}

{# A table as the build before left it. #}
{% macro previous(table) -%}previous.{{ table }}{%- endmacro %}

{#
  Tells dbt that a model comes after others which only a continued build reads. A unit test speaks of a full build and
  gives no rows of them.
#}
{% macro comes_after(tables) -%}
    {%- if model.resource_type | string != "unit_test" -%}
        {%- for table in tables %}{% set relation = ref(table) %}{% endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The keys of a dataset's rows that came since the build before. #}
{% macro arrived_keys(dataset, key) -%}
    select distinct {{ key | join(", ") }} from arrived.{{ dataset }}
{%- endmacro %}

{# A kept table as it still stands before its turn comes: by name, because whoever asks comes before it. #}
{% macro still_kept(schema, table) -%}{{ schema }}.{{ table }}{%- endmacro %}

{#
  Pre-hook: lets go of the rows of this model whose key stands in another relation (each key once, none of it null);
  `keep_as` keeps them beside, in schema previous.
#}
{% macro let_go(key, changed, keep_as=none) %}
    {%- if continues() -%}
        {%- set keys -%}
            {%- for column in key -%}kept.{{ column }} = changed.{{ column }}{{ " and " if not loop.last }}{%- endfor -%}
        {%- endset -%}
        {%- if keep_as -%}
            create or replace table {{ previous(keep_as) }} as
            select kept.* from {{ this }} as kept inner join {{ changed }} as changed on {{ keys }};
        {%- endif -%}
        delete from {{ this }} as kept using {{ changed }} as changed where {{ keys }}
    {%- endif -%}
{% endmacro %}

{# Rows of two relations, of these columns, that are in one but not in the other. #}
{% macro differing_rows(before, after, columns, before_where="true", after_where="true") -%}
    (
        select {{ columns | join(", ") }} from {{ before }} where {{ before_where }}
        except
        select {{ columns | join(", ") }} from {{ after }} where {{ after_where }}
    )
    union
    (
        select {{ columns | join(", ") }} from {{ after }} where {{ after_where }}
        except
        select {{ columns | join(", ") }} from {{ before }} where {{ before_where }}
    )
{%- endmacro %}

{# Periods whose place in their schedule is not what it was. #}
{% macro changed_periods() -%}
    {{ differing_rows(
        previous("int_schedule_periods"), ref("int_schedule_periods"),
        [
            "academic_year_id", "attestation_periods_schedule_id", "attestation_period_id", "begin_date", "end_date",
            "last_counted_date",
        ]
    ) }}
{%- endmacro %}

{# Joins that leave, in a continued build, only the rows of a relation that may be others now. #}
{% macro only_changed_cells(relation) -%}
    {% if continues() -%}
    inner join {{ ref("int_changed_cells") }} as changed
        on
            {{ relation }}.academic_year_id = changed.academic_year_id
            and {{ relation }}.student_profile_id = changed.student_profile_id
            and {{ relation }}.subject_id = changed.subject_id
    {%- endif %}
{%- endmacro %}

{% macro only_changed_class_weeks(relation) -%}
    {% if continues() -%}
    inner join {{ ref("int_changed_class_weeks") }} as changed
        on
            {{ relation }}.academic_year_id = changed.academic_year_id
            and {{ relation }}.class_unit_id = changed.class_unit_id
            and {{ relation }}.subject_id = changed.subject_id
            and {{ relation }}.week_begin = changed.week_begin
    {%- endif %}
{%- endmacro %}

{# What a cell, a week or a class takes from a counted mark. #}
{% macro mark_facts() -%}
    {{ return([
        "mark_id", "academic_year_id", "organization_id", "class_unit_id", "student_profile_id", "is_active", "subject_id",
        "schedule_id", "attestation_period_id", "control_form_id", "date", "weight", "five",
    ]) }}
{%- endmacro %}
