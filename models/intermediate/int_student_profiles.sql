-- Grain: profile_id (any known profile). The student whom a profile counts for, after merged_to has been followed.
-- An edge to an unknown profile is not followed, nor one that lies on a cycle: those profiles stay themselves.
-- Chains are followed by doubling (a jump of two jumps): a source may send one of a hundred thousand profiles.
with recursive edges as (
    select
        merged.student_profile_id as profile_id,
        merged.merged_to as target_id
    from {{ ref("stg_students") }} as merged
    inner join {{ ref("stg_students") }} as target on merged.merged_to = target.student_profile_id
),

last_step as (
    select cast(ceil(log2(count(*) + 1)) as integer) as step
    from edges
),

jumps as (
    {{ doubled_jumps("edges", "jumps") }}
),

-- After as many steps as there are edges, whoever leads on stands on a cycle.
cyclic as (
    select distinct jumps.target_id as profile_id
    from jumps
    where
        jumps.step = (select last_step.step from last_step)
        and jumps.target_id in (select edges.profile_id from edges)
),

followed as (
    select
        edges.profile_id,
        edges.target_id
    from edges
    where edges.profile_id not in (select cyclic.profile_id from cyclic)
),

followed_jumps as (
    {{ doubled_jumps("followed", "followed_jumps") }}
),

ends as (
    select
        followed_jumps.profile_id,
        followed_jumps.target_id as student_profile_id
    from followed_jumps
    where
        followed_jumps.step = (select last_step.step from last_step)
        and followed_jumps.profile_id in (select followed.profile_id from followed)
)

select
    students.student_profile_id as profile_id,
    coalesce(ends.student_profile_id, students.student_profile_id) as student_profile_id,
    students.merged_to is not null and ends.student_profile_id is null as is_merge_ignored
from {{ ref("stg_students") }} as students
left join ends on students.student_profile_id = ends.profile_id
