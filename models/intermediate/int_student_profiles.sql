-- Grain: profile_id (any known profile). The student whom a profile counts for, after merged_to has been followed.
-- An edge to an unknown profile is not followed, nor one that lies on a cycle: those profiles stay themselves.
with recursive edges as (
    select
        merged.student_profile_id as profile_id,
        merged.merged_to as target_id
    from {{ ref("stg_students") }} as merged
    inner join {{ ref("stg_students") }} as target on merged.merged_to = target.student_profile_id
),

reached as (
    select
        profile_id,
        target_id
    from edges
    union
    select
        reached.profile_id,
        edges.target_id
    from reached
    inner join edges on reached.target_id = edges.profile_id
),

cyclic as (
    select profile_id
    from reached
    where profile_id = target_id
),

followed as (
    select
        profile_id,
        target_id
    from edges
    where profile_id not in (select cyclic.profile_id from cyclic)
),

walked as (
    select
        profile_id,
        target_id
    from followed
    union all
    select
        walked.profile_id,
        followed.target_id
    from walked
    inner join followed on walked.target_id = followed.profile_id
),

ends as (
    select
        profile_id,
        target_id as student_profile_id
    from walked
    where target_id not in (select followed.profile_id from followed)
)

select
    students.student_profile_id as profile_id,
    coalesce(ends.student_profile_id, students.student_profile_id) as student_profile_id,
    students.merged_to is not null and ends.student_profile_id is null as is_merge_ignored
from {{ ref("stg_students") }} as students
left join ends on students.student_profile_id = ends.profile_id
