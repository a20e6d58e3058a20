-- Grain: student_profile_id, the active students of the current academic year. What the sections of the portal hold of each
-- this year, and what a section that stays empty needs: facts for int_portal_sections. Sections: 4-portal.md.
with current_years as (
    select
        academic_year_id,
        begin_date,
        last_date,
        as_of
    from {{ ref("int_academic_years") }}
    where is_current
),

current_students as (
    select students.*
    from {{ ref("int_student_years") }} as students
    inner join current_years on students.academic_year_id = current_years.academic_year_id
    where students.is_active
),

averages as (
    select averages.student_profile_id
    from {{ ref("student_averages") }} as averages
    inner join current_years on averages.academic_year_id = current_years.academic_year_id
    where averages.scope = 'current' and averages.average is not null
),

marks as (
    select
        cells.student_profile_id,
        bool_or(cells.attestation_period_id is not null) as has_period_marks
    from {{ ref("int_subject_cells") }} as cells
    inner join current_years on cells.academic_year_id = current_years.academic_year_id
    where cells.marks_count > 0
    group by cells.student_profile_id
),

subjects as (
    select
        periods.student_profile_id,
        bool_or(periods.is_member) as is_in_group,
        bool_or(periods.attestation_period_id is not null) as has_periods
    from {{ ref("int_current_periods") }} as periods
    inner join current_years on periods.academic_year_id = current_years.academic_year_id
    group by periods.student_profile_id
),

-- A final mark (and below a debt) of a period that no dictionary knows is held back from the package.
final_marks as (
    select
        final_marks.student_profile_id,
        bool_or(periods.attestation_period_id is not null and final_marks.final_mark is not null) as has_period_final,
        bool_or(final_marks.attestation_period_id is not null and final_marks.is_missing) as lacks_period_final,
        bool_or(final_marks.attestation_period_id is null and final_marks.final_mark is not null) as has_year_final,
        bool_or(final_marks.attestation_period_id is null and final_marks.is_missing) as lacks_year_final
    from {{ ref("final_marks") }} as final_marks
    inner join current_years on final_marks.academic_year_id = current_years.academic_year_id
    left join {{ ref("stg_attestation_periods") }} as periods
        on final_marks.attestation_period_id = periods.attestation_period_id
    group by final_marks.student_profile_id
),

control_works as (
    select distinct works.student_profile_id
    from {{ ref("control_works") }} as works
    inner join current_years on works.academic_year_id = current_years.academic_year_id
),

marks_of_unknown_forms as (
    select distinct marks.student_profile_id
    from {{ ref("int_marks") }} as marks
    inner join current_years on marks.academic_year_id = current_years.academic_year_id
    inner join {{ ref("int_control_forms") }} as forms
        on marks.control_form_id = forms.control_form_id and not forms.is_known
    where marks.is_counted
),

lessons_held as (
    select
        summary.student_profile_id,
        summary.lessons_missed > 0 as has_absences
    from {{ ref("attendance_summary") }} as summary
    inner join current_years on summary.academic_year_id = current_years.academic_year_id
    where summary.attestation_period_id is null
),

-- The section shows the absences of the class beside the student's own.
classes_with_attendance as (
    select distinct class_days.class_unit_id
    from {{ ref("class_attendance") }} as class_days
    inner join current_years on class_days.academic_year_id = current_years.academic_year_id
),

-- A schedule is any lesson of the year, also one still to come.
scheduled_groups as (
    select distinct lessons.group_id
    from {{ ref("stg_lessons") }} as lessons
    inner join {{ ref("stg_groups") }} as groups on lessons.group_id = groups.group_id
    inner join current_years
        on lessons.date >= current_years.begin_date and lessons.date <= current_years.last_date
    where not coalesce(lessons.cancelled, false)
),

scheduled_students as (
    select distinct group_days.student_profile_id
    from {{ ref("int_group_days") }} as group_days
    inner join scheduled_groups on group_days.group_id = scheduled_groups.group_id
    inner join current_years
        on group_days.from_date <= current_years.as_of and group_days.to_date >= current_years.as_of
),

-- Lessons go on, and there is no mark: in a subject for the current period (J05), or, of students who have no mark at all,
-- since the year began; the same 8 lessons.
silent_students as (
    select student_profile_id
    from {{ ref("int_quality_silent_subjects") }}
    union
    select students.student_profile_id
    from current_students as students
    inner join {{ ref("int_group_days") }} as group_days on students.student_profile_id = group_days.student_profile_id
    inner join {{ ref("stg_groups") }} as groups on group_days.group_id = groups.group_id
    inner join {{ ref("int_lessons_held") }} as lessons
        on
            students.academic_year_id = lessons.academic_year_id
            and group_days.group_id = lessons.group_id
            and group_days.from_date <= lessons.date
            and group_days.to_date >= lessons.date
    where students.student_profile_id not in (select marks.student_profile_id from marks)
    group by students.student_profile_id, groups.subject_id
    having count(*) >= {{ lessons_that_ask_for_a_mark() }}
),

students_with_events as (
    select distinct student_profile_id
    from {{ ref("upcoming_events") }}
),

students_with_achievements as (
    select distinct achievements.student_profile_id
    from {{ ref("achievements") }} as achievements
    inner join current_years on achievements.academic_year_id = current_years.academic_year_id
),

students_with_debts as (
    select distinct debts.student_profile_id
    from {{ ref("academic_debts") }} as debts
    inner join current_years on debts.academic_year_id = current_years.academic_year_id
    left join {{ ref("stg_attestation_periods") }} as periods
        on debts.attestation_period_id = periods.attestation_period_id
    where debts.attestation_period_id is null or periods.attestation_period_id is not null
)

select
    students.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    students.student_profile_id,
    organizations.organization_id is not null as has_known_organization,
    students.class_unit_id is not null as has_class,
    -- The periods of the subjects that the student has; of a student without subjects, those of the class.
    coalesce(subjects.has_periods, class_periods.attestation_periods_schedule_id is not null) as has_periods,
    coalesce(subjects.is_in_group, false) as is_in_group,
    scheduled_students.student_profile_id is not null as has_schedule,
    lessons_held.student_profile_id is not null as has_lessons,
    coalesce(lessons_held.has_absences, false) or classes_with_attendance.class_unit_id is not null as has_attendance,
    silent_students.student_profile_id is not null as is_silent,
    marks.student_profile_id is not null as has_marks,
    coalesce(marks.has_period_marks, false) as has_period_marks,
    averages.student_profile_id is not null as has_average,
    control_works.student_profile_id is not null as has_control_works,
    marks_of_unknown_forms.student_profile_id is not null as has_unknown_forms,
    coalesce(final_marks.has_period_final, false) as has_period_final,
    coalesce(final_marks.lacks_period_final, false) as lacks_period_final,
    coalesce(final_marks.has_year_final, false) as has_year_final,
    coalesce(final_marks.lacks_year_final, false) as lacks_year_final,
    kug.periods_schedule_id is not null as has_kug,
    coalesce(kug.vacations > 0, false) as has_vacations,
    calendar.vacation_begin is not null as has_next_vacation,
    students_with_events.student_profile_id is not null as has_events,
    students_with_achievements.student_profile_id is not null as has_achievements,
    students_with_debts.student_profile_id is not null as has_debts
from current_students as students
left join {{ ref("stg_organizations") }} as organizations on students.organization_id = organizations.organization_id
left join {{ ref("int_quality_attestation_periods") }} as class_periods
    on students.attestation_periods_schedule_id = class_periods.attestation_periods_schedule_id
left join {{ ref("int_quality_kug_periods") }} as kug on students.periods_schedule_id = kug.periods_schedule_id
left join {{ ref("calendar") }} as calendar on students.class_unit_id = calendar.class_unit_id
left join subjects on students.student_profile_id = subjects.student_profile_id
left join scheduled_students on students.student_profile_id = scheduled_students.student_profile_id
left join lessons_held on students.student_profile_id = lessons_held.student_profile_id
left join classes_with_attendance on students.class_unit_id = classes_with_attendance.class_unit_id
left join silent_students on students.student_profile_id = silent_students.student_profile_id
left join marks on students.student_profile_id = marks.student_profile_id
left join averages on students.student_profile_id = averages.student_profile_id
left join control_works on students.student_profile_id = control_works.student_profile_id
left join marks_of_unknown_forms on students.student_profile_id = marks_of_unknown_forms.student_profile_id
left join final_marks on students.student_profile_id = final_marks.student_profile_id
left join students_with_events on students.student_profile_id = students_with_events.student_profile_id
left join students_with_achievements on students.student_profile_id = students_with_achievements.student_profile_id
left join students_with_debts on students.student_profile_id = students_with_debts.student_profile_id
