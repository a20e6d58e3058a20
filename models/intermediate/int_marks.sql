-- Grain: mark_id. Every live mark of a student in the year, group and subject known, dated up to as_of, with its attestation
-- period, its five-point value, and whether it counts (2-marts.md, «Counted mark», «Точка», «Attestation period of a mark»).
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['mark_id'], ref('int_changed_marks'), keep_as='int_marks') }}"
    )
}}
{{ comes_after(["int_changed_marks"]) }}
with marks as (
    select
        marks.mark_id,
        years.academic_year_id,
        years.as_of,
        years.end_date as year_end_date,
        profiles.student_profile_id,
        marks.subject_id,
        marks.schedule_lesson_id,
        marks.control_form_id,
        marks.date,
        marks.name,
        coalesce(marks.weight, 1) as weight,
        coalesce(marks.is_point, false) as is_point,
        marks.point_date,
        groups.attestation_periods_schedule_id as group_schedule_id,
        {{ five_point_value("marks.five", "marks.name", "marks.grade_system_type") }} as five
    from {{ ref("stg_marks") }} as marks
    inner join {{ ref("int_student_profiles") }} as profiles on marks.student_profile_id = profiles.profile_id
    inner join {{ ref("stg_groups") }} as groups on marks.group_id = groups.group_id
    inner join {{ ref("stg_subjects") }} as subjects on marks.subject_id = subjects.subject_id
    inner join {{ ref("int_academic_years") }} as years
        on marks.date >= years.begin_date and marks.date <= least(years.last_date, years.as_of)
    {% if continues() %}
    inner join {{ ref("int_changed_marks") }} as changed on marks.mark_id = changed.mark_id
    {% endif %}
),

placed as (
    select
        marks.*,
        students.organization_id,
        students.class_unit_id,
        students.is_active,
        coalesce(marks.group_schedule_id, students.attestation_periods_schedule_id) as schedule_id
    from marks
    inner join {{ ref("int_student_years") }} as students
        on
            marks.academic_year_id = students.academic_year_id
            and marks.student_profile_id = students.student_profile_id
),

dated as (
    select
        placed.*,
        periods.attestation_period_id,
        least(placed.point_date, coalesce(periods.end_date, placed.year_end_date)) as deadline
    from placed
    left join {{ ref("int_schedule_periods") }} as periods
        on
            placed.schedule_id = periods.attestation_periods_schedule_id
            and placed.academic_year_id = periods.academic_year_id
            and placed.date >= periods.begin_date
            and placed.date <= periods.last_counted_date
)

select
    mark_id,
    academic_year_id,
    organization_id,
    class_unit_id,
    student_profile_id,
    is_active,
    subject_id,
    schedule_id,
    attestation_period_id,
    schedule_lesson_id,
    control_form_id,
    date,
    name,
    weight,
    five,
    is_point,
    case when is_point then deadline end as deadline,
    is_point and as_of <= deadline as is_active_point,
    five is not null and not (is_point and as_of <= deadline) as is_counted
from dated
