-- Grain: subject_cell_id (student / subject / period or year), of the current academic year: only cells in which something
-- is wrong (J01, J02); how many were looked at stands in int_quality_populations.
-- A student who has left owes no final mark of a period that ended afterwards.
with cells as (
    select
        final_marks.academic_year_id,
        final_marks.organization_id,
        final_marks.class_unit_id,
        final_marks.student_profile_id,
        final_marks.subject_id,
        final_marks.attestation_period_id,
        final_marks.is_missing,
        students.is_active,
        coalesce(abs({{ exact("final_marks.gap") }}) < 1, true) as is_near_average,
        coalesce(periods.end_date, years.end_date) as end_date
    from {{ ref("final_marks") }} as final_marks
    inner join {{ ref("int_academic_years") }} as years
        on final_marks.academic_year_id = years.academic_year_id and years.is_current
    inner join {{ ref("int_student_years") }} as students
        on
            final_marks.academic_year_id = students.academic_year_id
            and final_marks.student_profile_id = students.student_profile_id
    left join {{ ref("stg_attestation_periods") }} as periods
        on final_marks.attestation_period_id = periods.attestation_period_id
    where final_marks.is_missing or abs({{ exact("final_marks.gap") }}) >= 1
),

judged as (
    select
        cells.*,
        final_marks.final_mark_id,
        not cells.is_missing or (not cells.is_active and class_days.student_profile_id is null) as is_given
    from cells
    left join {{ ref("int_class_days") }} as class_days
        on
            cells.academic_year_id = class_days.academic_year_id
            and cells.student_profile_id = class_days.student_profile_id
            and cells.end_date >= class_days.from_date
            and cells.end_date <= class_days.to_date
    left join {{ ref("int_final_marks") }} as final_marks
        on
            cells.academic_year_id = final_marks.academic_year_id
            and cells.student_profile_id = final_marks.student_profile_id
            and cells.subject_id = final_marks.subject_id
            and cells.attestation_period_id is not distinct from final_marks.attestation_period_id
)

select
    concat(
        student_profile_id, '/', subject_id, '/', coalesce(attestation_period_id, concat('year-', academic_year_id))
    ) as subject_cell_id,
    final_mark_id,
    student_profile_id,
    organization_id,
    class_unit_id,
    is_given,
    is_near_average
from judged
where not (is_given and is_near_average)
