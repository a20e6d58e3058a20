-- Grain: academic_year_id × student_profile_id × from_date. Where a student was enrolled on each day, as spans that do not
-- overlap: of two enrollments that cover a day, the later begin_date counts, then the greater enrollment_id.
with edges as (
    select
        student_profile_id,
        begin_date as from_date
    from {{ ref("int_enrollments") }}
    union
    select
        student_profile_id,
        {{ days_after("end_date", 1) }} as from_date
    from {{ ref("int_enrollments") }}
    where end_date < {{ no_end() }}
),

spans as (
    select
        student_profile_id,
        from_date,
        coalesce(
            {{ days_after("lead(from_date) over (partition by student_profile_id order by from_date)", -1) }},
            {{ no_end() }}
        ) as to_date
    from edges
),

covered as (
    select
        spans.student_profile_id,
        spans.from_date,
        spans.to_date,
        enrollments.organization_id,
        enrollments.class_unit_id,
        row_number() over (
            partition by spans.student_profile_id, spans.from_date
            order by enrollments.begin_date desc, enrollments.enrollment_id desc
        ) as choice
    from spans
    inner join {{ ref("int_enrollments") }} as enrollments
        on
            spans.student_profile_id = enrollments.student_profile_id
            and spans.from_date >= enrollments.begin_date
            and spans.to_date <= enrollments.end_date
)

select
    years.academic_year_id,
    covered.student_profile_id,
    greatest(covered.from_date, years.begin_date) as from_date,
    least(covered.to_date, years.last_date, years.as_of) as to_date,
    covered.organization_id,
    class_units.class_unit_id
from covered
inner join {{ ref("int_academic_years") }} as years
    on covered.from_date <= least(years.last_date, years.as_of) and covered.to_date >= years.begin_date
left join {{ ref("stg_class_units") }} as class_units
    on
        covered.class_unit_id = class_units.class_unit_id
        and years.academic_year_id = class_units.academic_year_id
where covered.choice = 1
