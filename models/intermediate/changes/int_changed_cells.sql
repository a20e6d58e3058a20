-- Grain: academic_year_id × student_profile_id × subject_id. Cells in which a counted mark came, went, or is another now, or
-- belongs to another kind of work than before. Empty in a full build.
{{ comes_after(["int_marks", "int_control_forms", "int_changed_weeks"]) }}
{% if continues() %}
with forms as (
    {{ differing_rows(previous("int_control_forms"), ref("int_control_forms"), ["control_form_id", "work"]) }}
)

select
    academic_year_id,
    student_profile_id,
    subject_id
from {{ ref("int_changed_weeks") }}
union
select
    academic_year_id,
    student_profile_id,
    subject_id
from {{ ref("int_marks") }}
where is_counted and control_form_id in (select forms.control_form_id from forms)
{% else %}
select
    cast(null as varchar) as academic_year_id,
    cast(null as varchar) as student_profile_id,
    cast(null as varchar) as subject_id
where false
{% endif %}
