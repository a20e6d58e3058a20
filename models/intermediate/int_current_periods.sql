-- Grain: academic_year_id × student_profile_id × subject_id. The student's current period in a subject, over the schedules of
-- the groups that the student belongs to at as_of and of those with counted marks: the one whose current period began last,
-- then the greater id. `is_member`: the student belongs to a group of the subject at as_of.
with memberships as (
    select distinct
        years.academic_year_id,
        students.student_profile_id,
        groups.subject_id,
        coalesce(groups.attestation_periods_schedule_id, students.attestation_periods_schedule_id) as schedule_id,
        true as is_member
    from {{ ref("stg_group_members") }} as members
    inner join {{ ref("int_student_profiles") }} as profiles on members.student_profile_id = profiles.profile_id
    inner join {{ ref("stg_groups") }} as groups on members.group_id = groups.group_id
    inner join {{ ref("stg_subjects") }} as subjects on groups.subject_id = subjects.subject_id
    inner join {{ ref("int_academic_years") }} as years
        on
            groups.academic_year_id = years.academic_year_id
            and members.begin_date <= years.as_of
            and coalesce(members.end_date, {{ no_end() }}) >= years.as_of
    inner join {{ ref("int_student_years") }} as students
        on
            years.academic_year_id = students.academic_year_id
            and profiles.student_profile_id = students.student_profile_id
),

with_marks as (
    select distinct
        academic_year_id,
        student_profile_id,
        subject_id,
        schedule_id,
        false as is_member
    from {{ ref("int_marks") }}
    where is_counted
),

studied as (
    select * from memberships
    union all
    select * from with_marks
),

ranked as (
    select
        studied.academic_year_id,
        studied.student_profile_id,
        studied.subject_id,
        periods.attestation_period_id,
        bool_or(studied.is_member) over (
            partition by studied.academic_year_id, studied.student_profile_id, studied.subject_id
        ) as is_member,
        row_number() over (
            partition by studied.academic_year_id, studied.student_profile_id, studied.subject_id
            order by periods.begin_date desc nulls last, periods.attestation_period_id desc nulls last
        ) as choice
    from studied
    left join {{ ref("int_schedule_periods") }} as periods
        on
            studied.schedule_id = periods.attestation_periods_schedule_id
            and studied.academic_year_id = periods.academic_year_id
            and periods.is_current
)

select
    academic_year_id,
    student_profile_id,
    subject_id,
    attestation_period_id,
    is_member
from ranked
where choice = 1
