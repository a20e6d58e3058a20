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
    {{ differing_rows(previous("int_marks"), "marks_after", mark_facts(), "is_counted", "is_counted") }}
)

select
    academic_year_id,
    student_profile_id,
    subject_id,
    {{ week_begin("date") }} as week_begin,
    class_unit_id
from changed
group by academic_year_id, student_profile_id, subject_id, {{ week_begin("date") }}, class_unit_id
{% else %}
select
    cast(null as varchar) as academic_year_id,
    cast(null as varchar) as student_profile_id,
    cast(null as varchar) as subject_id,
    cast(null as date) as week_begin,
    cast(null as varchar) as class_unit_id
where false
{% endif %}
