-- Grain: group_id × student_profile_id × from_date. When a student was in a group, as spans that do not overlap
-- (a merged profile, or two rows of one group, must not count a lesson twice).
with members as (
    select
        members.group_id,
        profiles.student_profile_id,
        members.begin_date,
        coalesce(members.end_date, {{ no_end() }}) as end_date
    from {{ ref("stg_group_members") }} as members
    inner join {{ ref("int_student_profiles") }} as profiles on members.student_profile_id = profiles.profile_id
    where coalesce(members.end_date, {{ no_end() }}) >= members.begin_date
),

reaching as (
    select
        *,
        max(end_date) over (
            partition by group_id, student_profile_id
            order by begin_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as reached_before
    from members
),

numbered as (
    select
        *,
        sum(case when reached_before >= begin_date then 0 else 1 end) over (
            partition by group_id, student_profile_id
            order by begin_date, end_date
            rows between unbounded preceding and current row
        ) as span
    from reaching
)

select
    group_id,
    student_profile_id,
    min(begin_date) as from_date,
    max(end_date) as to_date
from numbered
group by group_id, student_profile_id, span
