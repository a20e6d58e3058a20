-- Grain: academic_year_id × student_profile_id × subject_id × attestation_period_id (null: the year).
-- A row where a final mark or counted marks exist, for every period and the year.
with cells as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id
    from {{ ref("int_subject_sums") }}
    union
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id
    from {{ ref("int_final_marks") }}
)

select
    cells.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    cells.student_profile_id,
    cells.subject_id,
    cells.attestation_period_id,
    final_marks.name as final_mark,
    cast(final_marks.five as double) as final_five,
    sums.average as subject_average,
    cast(final_marks.five as double) - sums.average as gap,
    final_marks.final_mark_id is null
    and coalesce(
        case when cells.attestation_period_id is null then years.end_date else periods.end_date end < years.run_as_of,
        false
    ) as is_missing,
    coalesce(final_marks.is_academic_debt, false) as is_academic_debt,
    recommended.recommended_five
from cells
inner join {{ ref("int_student_years") }} as students
    on cells.academic_year_id = students.academic_year_id and cells.student_profile_id = students.student_profile_id
inner join {{ ref("int_academic_years") }} as years on cells.academic_year_id = years.academic_year_id
left join {{ ref("stg_attestation_periods") }} as periods
    on cells.attestation_period_id = periods.attestation_period_id
left join {{ ref("int_final_marks") }} as final_marks
    on
        cells.academic_year_id = final_marks.academic_year_id
        and cells.student_profile_id = final_marks.student_profile_id
        and cells.subject_id = final_marks.subject_id
        and cells.attestation_period_id is not distinct from final_marks.attestation_period_id
left join {{ ref("int_subject_sums") }} as sums
    on
        cells.academic_year_id = sums.academic_year_id
        and cells.student_profile_id = sums.student_profile_id
        and cells.subject_id = sums.subject_id
        and cells.attestation_period_id is not distinct from sums.attestation_period_id
left join {{ ref("int_recommended_marks") }} as recommended
    on
        cells.academic_year_id = recommended.academic_year_id
        and cells.student_profile_id = recommended.student_profile_id
        and cells.subject_id = recommended.subject_id
        and cells.attestation_period_id is not distinct from recommended.attestation_period_id
