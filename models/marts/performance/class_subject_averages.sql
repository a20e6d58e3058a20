-- Grain: academic_year_id × class_unit_id × subject_id × attestation_period_id (null: the year).
-- Only cells in which an active student has an average.
with cells as (
    select
        cells.academic_year_id,
        class_units.organization_id,
        cells.class_unit_id,
        cells.subject_id,
        cells.attestation_period_id,
        cells.period_kind,
        bool_or(cells.is_current and cells.average is not null) as is_current,
        {{ mean_of_averages("cells.average") }} as class_average,
        count(cells.average) as students_count,
        sum(cells.marks_count) as marks_count,
        count(*) filter (where cells.average < 2.5) as students_at_risk
    from {{ ref("int_subject_cells") }} as cells
    inner join {{ ref("stg_class_units") }} as class_units on cells.class_unit_id = class_units.class_unit_id
    where cells.is_active
    group by
        cells.academic_year_id, class_units.organization_id, cells.class_unit_id, cells.subject_id,
        cells.attestation_period_id, cells.period_kind
)

select
    academic_year_id,
    organization_id,
    class_unit_id,
    subject_id,
    attestation_period_id,
    period_kind,
    is_current,
    class_average,
    students_count,
    cast(marks_count as bigint) as marks_count,
    students_at_risk
from cells
where students_count > 0
