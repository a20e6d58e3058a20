-- Grain: student_profile_id, the active students of the current academic year. For each section of the portal why the
-- student's part of it stays empty this year, as a code of expectations/readiness.yaml; null: it has something to show.
-- Of several reasons the first in the order of mending: what must be there before the next can help.
-- Who is not exported at all is not judged here.
with facts as (
    select
        *,
        case
            when has_periods then null
            when has_class then 'no_attestation_periods'
            else 'no_class'
        end as no_periods_reason,
        case
            when not is_in_group then 'no_groups'
            when has_lessons then null
            when has_schedule then 'no_lessons_yet'
            else 'no_schedule'
        end as no_lessons_reason,
        case when is_silent then 'no_marks' else 'no_marks_yet' end as no_marks_reason
    from {{ ref("int_portal_facts") }}
)

select
    academic_year_id,
    organization_id,
    class_unit_id,
    student_profile_id,
    -- Who is exported is there.
    cast(null as varchar) as personal_data,
    case
        when has_average and has_known_organization then null
        when has_average then 'unknown_organization'
        else coalesce(no_periods_reason, no_lessons_reason, no_marks_reason)
    end as gpa,
    case
        when has_period_marks then null
        else coalesce(no_periods_reason, no_lessons_reason, no_marks_reason)
    end as subjects,
    case
        when has_marks then null
        else coalesce(no_lessons_reason, no_marks_reason)
    end as weekly_dynamics,
    case
        when has_control_works then null
        when not has_marks then coalesce(no_lessons_reason, no_marks_reason)
        when has_unknown_forms then 'unknown_control_forms'
        else 'no_control_works'
    end as control_works,
    case
        when has_period_final then null
        when no_periods_reason is not null then no_periods_reason
        when lacks_period_final then 'no_final_marks'
        when has_marks then 'period_not_ended'
        else coalesce(no_lessons_reason, no_marks_reason)
    end as final_marks,
    case
        when has_year_final then null
        when lacks_year_final then 'no_final_marks'
        when has_marks then 'year_not_ended'
        else coalesce(no_lessons_reason, no_marks_reason)
    end as year_marks,
    case
        when has_attendance then null
        when no_lessons_reason is not null then no_lessons_reason
        when has_class then 'no_lessons_yet'
        else 'no_class'
    end as attendance,
    case
        when has_next_vacation then null
        when not has_class then 'no_class'
        when not has_kug then 'no_kug'
        when not has_vacations then 'no_vacations'
        else 'no_vacations_ahead'
    end as vacation,
    case when not has_events then 'no_events' end as events,
    case when not has_achievements then 'no_achievements' end as achievements,
    case when not has_debts then 'no_debts' end as debts
from facts
