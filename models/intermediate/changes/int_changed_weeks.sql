-- Grain: academic_year_id × student_profile_id × subject_id × week_begin × class_unit_id (may be null). Where a counted mark
-- came, went, or is another now. Empty in a full build.
{{ comes_after(["int_marks", "int_changed_marks"]) }}
{% if continues() %}
with marks_after as (
    select marks.*
    from {{ ref("int_marks") }} as marks
    inner join {{ ref("int_changed_marks") }} as changed on marks.mark_id = changed.mark_id
),

changed as (
    {{ differing_rows(
        previous("int_marks"), "marks_after",
        [
            "mark_id", "academic_year_id", "organization_id", "class_unit_id", "student_profile_id", "is_active",
            "subject_id", "schedule_id", "attestation_period_id", "control_form_id", "date", "weight", "five",
        ],
        "is_counted", "is_counted"
    ) }}
)

select distinct
    academic_year_id,
    student_profile_id,
    subject_id,
    {{ week_begin("date") }} as week_begin,
    class_unit_id
from changed
{% else %}
select
    cast(null as varchar) as academic_year_id,
    cast(null as varchar) as student_profile_id,
    cast(null as varchar) as subject_id,
    cast(null as date) as week_begin,
    cast(null as varchar) as class_unit_id
where false
{% endif %}
