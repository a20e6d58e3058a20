-- Grain: academic_year_id × student_profile_id, of those with achievements. Dense ranks by count, among active students.
with counts as (
    select
        academic_year_id,
        student_profile_id,
        count(*) as achievements_count
    from {{ ref("achievements") }}
    group by academic_year_id, student_profile_id
),

placed as (
    select
        counts.academic_year_id,
        students.organization_id,
        students.class_unit_id,
        counts.student_profile_id,
        counts.achievements_count,
        students.is_active
    from counts
    inner join {{ ref("int_student_years") }} as students
        on
            counts.academic_year_id = students.academic_year_id
            and counts.student_profile_id = students.student_profile_id
),

ranks as (
    select
        academic_year_id,
        student_profile_id,
        case
            when class_unit_id is not null then
                dense_rank() over (partition by academic_year_id, class_unit_id order by achievements_count desc)
        end as class_rank,
        dense_rank() over (partition by academic_year_id, organization_id order by achievements_count desc) as school_rank
    from placed
    where is_active
)

select
    placed.academic_year_id,
    placed.organization_id,
    placed.class_unit_id,
    placed.student_profile_id,
    placed.achievements_count,
    ranks.class_rank,
    ranks.school_rank
from placed
left join ranks
    on
        placed.academic_year_id = ranks.academic_year_id
        and placed.student_profile_id = ranks.student_profile_id
