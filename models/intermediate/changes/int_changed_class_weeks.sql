-- Grain: academic_year_id × class_unit_id × subject_id × week_begin. Weeks of a class in which a counted mark of one of its
-- students came, went, or is another now; of a class that moved to another organization all of them. Empty in a full build.
{{ comes_after(["stg_class_units", "int_changed_weeks"]) }}
{% if continues() %}
with class_units as (
    {{ differing_rows(
        previous("stg_class_units"), ref("stg_class_units"), ["class_unit_id", "organization_id"]
    ) }}
)

select
    academic_year_id,
    class_unit_id,
    subject_id,
    week_begin
from {{ ref("int_changed_weeks") }}
where class_unit_id is not null
union
select
    academic_year_id,
    class_unit_id,
    subject_id,
    week_begin
from {{ still_kept("marts", "class_weekly_dynamics") }}
where class_unit_id in (select class_units.class_unit_id from class_units)
{% else %}
select
    cast(null as varchar) as academic_year_id,
    cast(null as varchar) as class_unit_id,
    cast(null as varchar) as subject_id,
    cast(null as date) as week_begin
where false
{% endif %}
