-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: dataset × column_name × load_date. Current rows whose id in that column leads nowhere, by the
-- delivery that brought them. An empty id is none; a profile that was merged into another is known; of a
-- dictionary only the rows that the last snapshot still names are looked at.
with
listed_periods_schedule_id as (
    select distinct periods_schedule_id as id
    from {{ ref("stg_kug_periods") }}
),

listed_attestation_periods_schedule_id as (
    select distinct attestation_periods_schedule_id as id
    from {{ ref("stg_attestation_periods") }}
),

listed_person_id as (
    select person_id as id
    from {{ ref("stg_students") }}
    union
    select person_id as id
    from {{ ref("stg_representatives") }}
),

class_units_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id,
        count(*) filter (
            where rows_checked.academic_year_id is not null and of_academic_year_id.academic_year_id is null
        ) as academic_year_id,
        count(*) filter (
            where rows_checked.periods_schedule_id is not null and of_periods_schedule_id.id is null
        ) as periods_schedule_id,
        count(*) filter (
            where rows_checked.attestation_periods_schedule_id is not null and of_attestation_periods_schedule_id.id is null
        ) as attestation_periods_schedule_id
    from {{ ref("stg_class_units") }} as rows_checked
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    left join {{ ref("stg_academic_years") }} as of_academic_year_id
        on rows_checked.academic_year_id = of_academic_year_id.academic_year_id
    left join listed_periods_schedule_id as of_periods_schedule_id
        on rows_checked.periods_schedule_id = of_periods_schedule_id.id
    left join listed_attestation_periods_schedule_id as of_attestation_periods_schedule_id
        on rows_checked.attestation_periods_schedule_id = of_attestation_periods_schedule_id.id
    where rows_checked.is_current
    group by rows_checked.load_date
),

students_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.merged_to is not null and of_merged_to.student_profile_id is null
        ) as merged_to
    from {{ ref("stg_students") }} as rows_checked
    left join {{ ref("stg_students") }} as of_merged_to
        on rows_checked.merged_to = of_merged_to.student_profile_id
    group by rows_checked.load_date
),

identity_documents_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.person_id is not null and of_person_id.id is null
        ) as person_id
    from {{ ref("stg_identity_documents") }} as rows_checked
    left join listed_person_id as of_person_id
        on rows_checked.person_id = of_person_id.id
    group by rows_checked.load_date
),

enrollments_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id,
        count(*) filter (
            where rows_checked.class_unit_id is not null and of_class_unit_id.class_unit_id is null
        ) as class_unit_id
    from {{ ref("stg_enrollments") }} as rows_checked
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    left join {{ ref("stg_class_units") }} as of_class_unit_id
        on rows_checked.class_unit_id = of_class_unit_id.class_unit_id
    group by rows_checked.load_date
),

representatives_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id
    from {{ ref("stg_representatives") }} as rows_checked
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    group by rows_checked.load_date
),

portal_applications_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id
    from {{ ref("stg_portal_applications") }} as rows_checked
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    group by rows_checked.load_date
),

control_forms_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id
    from {{ ref("stg_control_forms") }} as rows_checked
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    where rows_checked.is_current
    group by rows_checked.load_date
),

groups_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id,
        count(*) filter (
            where rows_checked.academic_year_id is not null and of_academic_year_id.academic_year_id is null
        ) as academic_year_id,
        count(*) filter (
            where rows_checked.subject_id is not null and of_subject_id.subject_id is null
        ) as subject_id,
        count(*) filter (
            where rows_checked.class_unit_id is not null and of_class_unit_id.class_unit_id is null
        ) as class_unit_id,
        count(*) filter (
            where rows_checked.periods_schedule_id is not null and of_periods_schedule_id.id is null
        ) as periods_schedule_id,
        count(*) filter (
            where rows_checked.attestation_periods_schedule_id is not null and of_attestation_periods_schedule_id.id is null
        ) as attestation_periods_schedule_id
    from {{ ref("stg_groups") }} as rows_checked
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    left join {{ ref("stg_academic_years") }} as of_academic_year_id
        on rows_checked.academic_year_id = of_academic_year_id.academic_year_id
    left join {{ ref("stg_subjects") }} as of_subject_id
        on rows_checked.subject_id = of_subject_id.subject_id
    left join {{ ref("stg_class_units") }} as of_class_unit_id
        on rows_checked.class_unit_id = of_class_unit_id.class_unit_id
    left join listed_periods_schedule_id as of_periods_schedule_id
        on rows_checked.periods_schedule_id = of_periods_schedule_id.id
    left join listed_attestation_periods_schedule_id as of_attestation_periods_schedule_id
        on rows_checked.attestation_periods_schedule_id = of_attestation_periods_schedule_id.id
    where rows_checked.is_current
    group by rows_checked.load_date
),

group_members_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.group_id is not null and of_group_id.group_id is null
        ) as group_id,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id
    from {{ ref("stg_group_members") }} as rows_checked
    left join {{ ref("stg_groups") }} as of_group_id
        on rows_checked.group_id = of_group_id.group_id
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    group by rows_checked.load_date
),

lessons_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.group_id is not null and of_group_id.group_id is null
        ) as group_id
    from {{ ref("stg_lessons") }} as rows_checked
    left join {{ ref("stg_groups") }} as of_group_id
        on rows_checked.group_id = of_group_id.group_id
    group by rows_checked.load_date
),

marks_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id,
        count(*) filter (
            where rows_checked.group_id is not null and of_group_id.group_id is null
        ) as group_id,
        count(*) filter (
            where rows_checked.subject_id is not null and of_subject_id.subject_id is null
        ) as subject_id,
        count(*) filter (
            where rows_checked.schedule_lesson_id is not null and of_schedule_lesson_id.schedule_lesson_id is null
        ) as schedule_lesson_id,
        count(*) filter (
            where rows_checked.control_form_id is not null and of_control_form_id.control_form_id is null
        ) as control_form_id
    from {{ ref("stg_marks") }} as rows_checked
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    left join {{ ref("stg_groups") }} as of_group_id
        on rows_checked.group_id = of_group_id.group_id
    left join {{ ref("stg_subjects") }} as of_subject_id
        on rows_checked.subject_id = of_subject_id.subject_id
    left join {{ ref("stg_lessons") }} as of_schedule_lesson_id
        on rows_checked.schedule_lesson_id = of_schedule_lesson_id.schedule_lesson_id
    left join {{ ref("stg_control_forms") }} as of_control_form_id
        on rows_checked.control_form_id = of_control_form_id.control_form_id
    group by rows_checked.load_date
),

attendances_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id,
        count(*) filter (
            where rows_checked.schedule_lesson_id is not null and of_schedule_lesson_id.schedule_lesson_id is null
        ) as schedule_lesson_id
    from {{ ref("stg_attendances") }} as rows_checked
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    left join {{ ref("stg_lessons") }} as of_schedule_lesson_id
        on rows_checked.schedule_lesson_id = of_schedule_lesson_id.schedule_lesson_id
    group by rows_checked.load_date
),

final_marks_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id,
        count(*) filter (
            where rows_checked.subject_id is not null and of_subject_id.subject_id is null
        ) as subject_id,
        count(*) filter (
            where rows_checked.academic_year_id is not null and of_academic_year_id.academic_year_id is null
        ) as academic_year_id,
        count(*) filter (
            where rows_checked.attestation_period_id is not null and of_attestation_period_id.attestation_period_id is null
        ) as attestation_period_id
    from {{ ref("stg_final_marks") }} as rows_checked
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    left join {{ ref("stg_subjects") }} as of_subject_id
        on rows_checked.subject_id = of_subject_id.subject_id
    left join {{ ref("stg_academic_years") }} as of_academic_year_id
        on rows_checked.academic_year_id = of_academic_year_id.academic_year_id
    left join {{ ref("stg_attestation_periods") }} as of_attestation_period_id
        on rows_checked.attestation_period_id = of_attestation_period_id.attestation_period_id
    group by rows_checked.load_date
),

events_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id
    from {{ ref("stg_events") }} as rows_checked
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    group by rows_checked.load_date
),

event_participants_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.event_id is not null and of_event_id.event_id is null
        ) as event_id,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id
    from {{ ref("stg_event_participants") }} as rows_checked
    left join {{ ref("stg_events") }} as of_event_id
        on rows_checked.event_id = of_event_id.event_id
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    group by rows_checked.load_date
),

achievements_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.student_profile_id is not null and of_student_profile_id.student_profile_id is null
        ) as student_profile_id,
        count(*) filter (
            where rows_checked.achievement_type_id is not null and of_achievement_type_id.achievement_type_id is null
        ) as achievement_type_id,
        count(*) filter (
            where rows_checked.subject_id is not null and of_subject_id.subject_id is null
        ) as subject_id,
        count(*) filter (
            where rows_checked.event_id is not null and of_event_id.event_id is null
        ) as event_id
    from {{ ref("stg_achievements") }} as rows_checked
    left join {{ ref("stg_students") }} as of_student_profile_id
        on rows_checked.student_profile_id = of_student_profile_id.student_profile_id
    left join {{ ref("stg_achievement_types") }} as of_achievement_type_id
        on rows_checked.achievement_type_id = of_achievement_type_id.achievement_type_id
    left join {{ ref("stg_subjects") }} as of_subject_id
        on rows_checked.subject_id = of_subject_id.subject_id
    left join {{ ref("stg_events") }} as of_event_id
        on rows_checked.event_id = of_event_id.event_id
    group by rows_checked.load_date
),

kug_periods_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id,
        count(*) filter (
            where rows_checked.academic_year_id is not null and of_academic_year_id.academic_year_id is null
        ) as academic_year_id
    from {{ ref("stg_kug_periods") }} as rows_checked
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    left join {{ ref("stg_academic_years") }} as of_academic_year_id
        on rows_checked.academic_year_id = of_academic_year_id.academic_year_id
    group by rows_checked.load_date
),

attestation_periods_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id,
        count(*) filter (
            where rows_checked.academic_year_id is not null and of_academic_year_id.academic_year_id is null
        ) as academic_year_id
    from {{ ref("stg_attestation_periods") }} as rows_checked
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    left join {{ ref("stg_academic_years") }} as of_academic_year_id
        on rows_checked.academic_year_id = of_academic_year_id.academic_year_id
    group by rows_checked.load_date
),

calendar_transpositions_orphans as (
    select
        rows_checked.load_date,
        count(*) filter (
            where rows_checked.organization_id is not null and of_organization_id.organization_id is null
        ) as organization_id
    from {{ ref("stg_calendar_transpositions") }} as rows_checked
    left join {{ ref("stg_organizations") }} as of_organization_id
        on rows_checked.organization_id = of_organization_id.organization_id
    group by rows_checked.load_date
)

select
    'class_units' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from class_units_orphans
where organization_id > 0
union all
select
    'class_units' as dataset,
    'academic_year_id' as column_name,
    load_date,
    academic_year_id as rows_count
from class_units_orphans
where academic_year_id > 0
union all
select
    'class_units' as dataset,
    'periods_schedule_id' as column_name,
    load_date,
    periods_schedule_id as rows_count
from class_units_orphans
where periods_schedule_id > 0
union all
select
    'class_units' as dataset,
    'attestation_periods_schedule_id' as column_name,
    load_date,
    attestation_periods_schedule_id as rows_count
from class_units_orphans
where attestation_periods_schedule_id > 0
union all
select
    'students' as dataset,
    'merged_to' as column_name,
    load_date,
    merged_to as rows_count
from students_orphans
where merged_to > 0
union all
select
    'identity_documents' as dataset,
    'person_id' as column_name,
    load_date,
    person_id as rows_count
from identity_documents_orphans
where person_id > 0
union all
select
    'enrollments' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from enrollments_orphans
where student_profile_id > 0
union all
select
    'enrollments' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from enrollments_orphans
where organization_id > 0
union all
select
    'enrollments' as dataset,
    'class_unit_id' as column_name,
    load_date,
    class_unit_id as rows_count
from enrollments_orphans
where class_unit_id > 0
union all
select
    'representatives' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from representatives_orphans
where student_profile_id > 0
union all
select
    'portal_applications' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from portal_applications_orphans
where student_profile_id > 0
union all
select
    'control_forms' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from control_forms_orphans
where organization_id > 0
union all
select
    'groups' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from groups_orphans
where organization_id > 0
union all
select
    'groups' as dataset,
    'academic_year_id' as column_name,
    load_date,
    academic_year_id as rows_count
from groups_orphans
where academic_year_id > 0
union all
select
    'groups' as dataset,
    'subject_id' as column_name,
    load_date,
    subject_id as rows_count
from groups_orphans
where subject_id > 0
union all
select
    'groups' as dataset,
    'class_unit_id' as column_name,
    load_date,
    class_unit_id as rows_count
from groups_orphans
where class_unit_id > 0
union all
select
    'groups' as dataset,
    'periods_schedule_id' as column_name,
    load_date,
    periods_schedule_id as rows_count
from groups_orphans
where periods_schedule_id > 0
union all
select
    'groups' as dataset,
    'attestation_periods_schedule_id' as column_name,
    load_date,
    attestation_periods_schedule_id as rows_count
from groups_orphans
where attestation_periods_schedule_id > 0
union all
select
    'group_members' as dataset,
    'group_id' as column_name,
    load_date,
    group_id as rows_count
from group_members_orphans
where group_id > 0
union all
select
    'group_members' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from group_members_orphans
where student_profile_id > 0
union all
select
    'lessons' as dataset,
    'group_id' as column_name,
    load_date,
    group_id as rows_count
from lessons_orphans
where group_id > 0
union all
select
    'marks' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from marks_orphans
where student_profile_id > 0
union all
select
    'marks' as dataset,
    'group_id' as column_name,
    load_date,
    group_id as rows_count
from marks_orphans
where group_id > 0
union all
select
    'marks' as dataset,
    'subject_id' as column_name,
    load_date,
    subject_id as rows_count
from marks_orphans
where subject_id > 0
union all
select
    'marks' as dataset,
    'schedule_lesson_id' as column_name,
    load_date,
    schedule_lesson_id as rows_count
from marks_orphans
where schedule_lesson_id > 0
union all
select
    'marks' as dataset,
    'control_form_id' as column_name,
    load_date,
    control_form_id as rows_count
from marks_orphans
where control_form_id > 0
union all
select
    'attendances' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from attendances_orphans
where student_profile_id > 0
union all
select
    'attendances' as dataset,
    'schedule_lesson_id' as column_name,
    load_date,
    schedule_lesson_id as rows_count
from attendances_orphans
where schedule_lesson_id > 0
union all
select
    'final_marks' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from final_marks_orphans
where student_profile_id > 0
union all
select
    'final_marks' as dataset,
    'subject_id' as column_name,
    load_date,
    subject_id as rows_count
from final_marks_orphans
where subject_id > 0
union all
select
    'final_marks' as dataset,
    'academic_year_id' as column_name,
    load_date,
    academic_year_id as rows_count
from final_marks_orphans
where academic_year_id > 0
union all
select
    'final_marks' as dataset,
    'attestation_period_id' as column_name,
    load_date,
    attestation_period_id as rows_count
from final_marks_orphans
where attestation_period_id > 0
union all
select
    'events' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from events_orphans
where organization_id > 0
union all
select
    'event_participants' as dataset,
    'event_id' as column_name,
    load_date,
    event_id as rows_count
from event_participants_orphans
where event_id > 0
union all
select
    'event_participants' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from event_participants_orphans
where student_profile_id > 0
union all
select
    'achievements' as dataset,
    'student_profile_id' as column_name,
    load_date,
    student_profile_id as rows_count
from achievements_orphans
where student_profile_id > 0
union all
select
    'achievements' as dataset,
    'achievement_type_id' as column_name,
    load_date,
    achievement_type_id as rows_count
from achievements_orphans
where achievement_type_id > 0
union all
select
    'achievements' as dataset,
    'subject_id' as column_name,
    load_date,
    subject_id as rows_count
from achievements_orphans
where subject_id > 0
union all
select
    'achievements' as dataset,
    'event_id' as column_name,
    load_date,
    event_id as rows_count
from achievements_orphans
where event_id > 0
union all
select
    'kug_periods' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from kug_periods_orphans
where organization_id > 0
union all
select
    'kug_periods' as dataset,
    'academic_year_id' as column_name,
    load_date,
    academic_year_id as rows_count
from kug_periods_orphans
where academic_year_id > 0
union all
select
    'attestation_periods' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from attestation_periods_orphans
where organization_id > 0
union all
select
    'attestation_periods' as dataset,
    'academic_year_id' as column_name,
    load_date,
    academic_year_id as rows_count
from attestation_periods_orphans
where academic_year_id > 0
union all
select
    'calendar_transpositions' as dataset,
    'organization_id' as column_name,
    load_date,
    organization_id as rows_count
from calendar_transpositions_orphans
where organization_id > 0
