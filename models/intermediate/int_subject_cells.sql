-- Grain: academic_year_id × student_profile_id × subject_id × attestation_period_id (null: the year).
-- The cells that the marts show of a student: those with counted marks, and for every subject of the groups that the
-- student belongs to at as_of the current period and the year, also without marks.
with studied as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id
    from {{ ref("int_current_periods") }}
    where is_member and attestation_period_id is not null
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        null as attestation_period_id
    from {{ ref("int_current_periods") }}
    where is_member
),

without_marks as (
    select studied.*
    from studied
    left join {{ ref("int_subject_sums") }} as sums
        on
            studied.academic_year_id = sums.academic_year_id
            and studied.student_profile_id = sums.student_profile_id
            and studied.subject_id = sums.subject_id
            and studied.attestation_period_id is not distinct from sums.attestation_period_id
    where sums.student_profile_id is null
),

cells as (
    select * from {{ ref("int_subject_sums") }}
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id,
        case when attestation_period_id is null then 'year' else 'period' end as period_kind,
        0 as marks_count,
        0 as weighted_sum,
        0 as weight_sum,
        null as average,
        null as earlier_average
    from without_marks
)

select
    cells.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    students.class_level,
    students.is_active,
    cells.student_profile_id,
    cells.subject_id,
    cells.attestation_period_id,
    cells.period_kind,
    coalesce(cells.attestation_period_id = current_periods.attestation_period_id, false) as is_current,
    cells.marks_count,
    cells.weighted_sum,
    cells.weight_sum,
    cells.average,
    cells.earlier_average
from cells
inner join {{ ref("int_student_years") }} as students
    on cells.academic_year_id = students.academic_year_id and cells.student_profile_id = students.student_profile_id
left join {{ ref("int_current_periods") }} as current_periods
    on
        cells.academic_year_id = current_periods.academic_year_id
        and cells.student_profile_id = current_periods.student_profile_id
        and cells.subject_id = current_periods.subject_id
