-- Grain: academic_year_id × student_profile_id × scope (`current`: each subject in its own current period; `year`).
with scopes as (
    select 'current' as scope
    union all
    select 'year' as scope
),

subject_averages as (
    select
        academic_year_id,
        student_profile_id,
        case when period_kind = 'year' then 'year' else 'current' end as scope,
        average
    from {{ ref("int_subject_cells") }}
    where average is not null and (period_kind = 'year' or is_current)
),

means as (
    select
        academic_year_id,
        student_profile_id,
        scope,
        count(*) as subjects_count,
        {{ mean_of_averages("average") }} as average
    from subject_averages
    group by academic_year_id, student_profile_id, scope
),

students as (
    select
        students.academic_year_id,
        students.organization_id,
        students.class_unit_id,
        students.class_level,
        students.student_profile_id,
        students.is_active,
        scopes.scope,
        coalesce(means.subjects_count, 0) as subjects_count,
        means.average,
        {{ mean_shown("means.average") }} as average_shown
    from {{ ref("int_student_years") }} as students
    cross join scopes
    left join means
        on
            students.academic_year_id = means.academic_year_id
            and students.student_profile_id = means.student_profile_id
            and scopes.scope = means.scope
),

class_figures as (
    select
        academic_year_id,
        class_unit_id,
        scope,
        {{ mean_of_averages("average") }} as average,
        count(average) as students_count
    from students
    where is_active and class_unit_id is not null
    group by academic_year_id, class_unit_id, scope
),

parallel_figures as (
    select
        academic_year_id,
        organization_id,
        class_level,
        scope,
        {{ mean_of_averages("average") }} as average,
        count(average) as students_count
    from students
    where is_active and class_level is not null
    group by academic_year_id, organization_id, class_level, scope
),

school_figures as (
    select
        academic_year_id,
        organization_id,
        scope,
        count(average) as students_count
    from students
    where is_active
    group by academic_year_id, organization_id, scope
),

ranks as (
    select
        academic_year_id,
        student_profile_id,
        scope,
        case
            when class_unit_id is not null then
                dense_rank() over (partition by academic_year_id, class_unit_id, scope order by average_shown desc)
        end as class_rank,
        dense_rank() over (partition by academic_year_id, organization_id, scope order by average_shown desc) as school_rank
    from students
    where is_active and average_shown is not null
)

select
    students.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    students.class_level,
    students.student_profile_id,
    students.scope,
    students.is_active,
    students.subjects_count,
    students.average,
    students.average_shown,
    class_figures.average as class_average,
    case when students.class_unit_id is not null then coalesce(class_figures.students_count, 0) end as class_students,
    parallel_figures.average as parallel_average,
    case when students.class_level is not null then coalesce(parallel_figures.students_count, 0) end as parallel_students,
    ranks.class_rank,
    ranks.school_rank,
    case when students.class_unit_id is not null then coalesce(class_figures.students_count, 0) end as class_ranked,
    coalesce(school_figures.students_count, 0) as school_ranked
from students
left join class_figures
    on
        students.academic_year_id = class_figures.academic_year_id
        and students.class_unit_id = class_figures.class_unit_id
        and students.scope = class_figures.scope
left join parallel_figures
    on
        students.academic_year_id = parallel_figures.academic_year_id
        and students.organization_id = parallel_figures.organization_id
        and students.class_level = parallel_figures.class_level
        and students.scope = parallel_figures.scope
left join school_figures
    on
        students.academic_year_id = school_figures.academic_year_id
        and students.organization_id = school_figures.organization_id
        and students.scope = school_figures.scope
left join ranks
    on
        students.academic_year_id = ranks.academic_year_id
        and students.student_profile_id = ranks.student_profile_id
        and students.scope = ranks.scope
