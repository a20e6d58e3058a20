-- Grain: mark_id, of the current academic year up to as_of: only marks with which something is wrong (J03, J04, J06); how
-- many were looked at stands in int_quality_populations. A mark whose entry has no time was entered in time.
with marks as (
    select
        marks.mark_id,
        profiles.student_profile_id,
        marks.group_id,
        marks.schedule_lesson_id,
        marks.date,
        lower(marks.name) as name,
        marks.five,
        coalesce(lower(marks.grade_system_type), 'five') as scale,
        cast(marks.created_at as date) as entered_date,
        groups.organization_id,
        coalesce(groups.class_unit_id, students.class_unit_id) as class_unit_id,
        coalesce(groups.attestation_periods_schedule_id, students.attestation_periods_schedule_id) as schedule_id,
        years.academic_year_id
    from {{ ref("stg_marks") }} as marks
    inner join {{ ref("int_academic_years") }} as years
        on years.is_current and marks.date >= years.begin_date and marks.date <= least(years.last_date, years.as_of)
    inner join {{ ref("int_student_profiles") }} as profiles on marks.student_profile_id = profiles.profile_id
    inner join {{ ref("stg_groups") }} as groups on marks.group_id = groups.group_id
    inner join {{ ref("stg_subjects") }} as subjects on marks.subject_id = subjects.subject_id
    left join {{ ref("int_student_years") }} as students
        on
            years.academic_year_id = students.academic_year_id
            and profiles.student_profile_id = students.student_profile_id
),

judged as (
    select
        marks.mark_id,
        marks.student_profile_id,
        marks.organization_id,
        marks.class_unit_id,
        coalesce(marks.entered_date <= periods.end_date, true)
        and coalesce({{ days_between("coalesce(lessons.date, marks.date)", "marks.entered_date") }} <= 14, true)
            as is_entered_in_time,
        case
            when marks.scale <> 'five' or marks.five is null then true
            when {{ matches("marks.name", "[1-5]") }} then marks.five = try_cast(left(marks.name, 1) as integer)
            -- A plus or minus may be written into the value, too: 4- is 3.7 in some journals.
            when {{ matches("marks.name", "[1-5][+-]") }}
                then abs(marks.five - try_cast(left(marks.name, 1) as integer)) < 1
            when marks.name in (select letters.name from {{ ref("absence_letters") }} as letters) then marks.five = 0
            else true
        end as values_agree,
        group_days.group_id is not null as was_in_group
    from marks
    left join {{ ref("stg_lessons") }} as lessons on marks.schedule_lesson_id = lessons.schedule_lesson_id
    left join {{ ref("int_schedule_periods") }} as periods
        on
            marks.schedule_id = periods.attestation_periods_schedule_id
            and marks.academic_year_id = periods.academic_year_id
            and marks.date >= periods.begin_date
            and marks.date <= periods.last_counted_date
    left join {{ ref("int_group_days") }} as group_days
        on
            marks.group_id = group_days.group_id
            and marks.student_profile_id = group_days.student_profile_id
            and marks.date >= group_days.from_date
            and marks.date <= group_days.to_date
)

select
    mark_id,
    student_profile_id,
    organization_id,
    class_unit_id,
    is_entered_in_time,
    values_agree,
    was_in_group
from judged
where not (is_entered_in_time and values_agree and was_in_group)
