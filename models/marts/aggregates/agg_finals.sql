-- Grain: academic_year_id × organization_id × class_unit_id × subject_id × attestation_period_id (null: the year). Active
-- students. Control works against the rest: weighted sums of the counted marks, so that both means add up to the average.
-- Two periods of a class may have one name (of two schedules), and a student may stand in both. Who reads by name adds up
-- gap_students and compared_students: of the rows of one name only the largest number, surely of different students.
with active_students as (
    select
        academic_year_id,
        student_profile_id,
        organization_id,
        class_level,
        class_unit_id
    from {{ ref("int_student_years") }}
    where is_active
),

control_marks as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id,
        sum(five * weight) as weighted_sum,
        sum(weight) as weight_sum
    from {{ ref("control_works") }}
    where five is not null
    group by academic_year_id, student_profile_id, subject_id, attestation_period_id
),

control_sums as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        attestation_period_id,
        weighted_sum,
        weight_sum
    from control_marks
    where attestation_period_id is not null
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        null as attestation_period_id,
        sum(weighted_sum) as weighted_sum,
        sum(weight_sum) as weight_sum
    from control_marks
    group by academic_year_id, student_profile_id, subject_id
),

cells as (
    select
        finals.academic_year_id,
        students.organization_id,
        students.class_level,
        students.class_unit_id,
        finals.subject_id,
        finals.attestation_period_id,
        finals.final_five,
        finals.gap,
        finals.is_missing,
        finals.recommended_five,
        control.weighted_sum as control_weighted_sum,
        control.weight_sum as control_weight_sum,
        sums.weighted_sum - control.weighted_sum as other_weighted_sum,
        sums.weight_sum - control.weight_sum as other_weight_sum
    from {{ ref("final_marks") }} as finals
    inner join active_students as students
        on
            finals.academic_year_id = students.academic_year_id
            and finals.student_profile_id = students.student_profile_id
    left join {{ ref("int_subject_sums") }} as sums
        on
            finals.academic_year_id = sums.academic_year_id
            and finals.student_profile_id = sums.student_profile_id
            and finals.subject_id = sums.subject_id
            and finals.attestation_period_id is not distinct from sums.attestation_period_id
    left join control_sums as control
        on
            finals.academic_year_id = control.academic_year_id
            and finals.student_profile_id = control.student_profile_id
            and finals.subject_id = control.subject_id
            and finals.attestation_period_id is not distinct from control.attestation_period_id
),

-- Only of students who have both kinds of marks: so the two means speak of the same students.
figures as (
    select
        *,
        control_weight_sum > 0 and other_weight_sum > 0 as is_compared
    from cells
),

sums_of_periods as (
    select
        cells.academic_year_id,
        cells.organization_id,
        cells.class_level,
        cells.class_unit_id,
        cells.subject_id,
        cells.attestation_period_id,
        case when cells.attestation_period_id is null then 'Год' else coalesce(periods.name, 'без названия') end as period_name,
        count(*) as students_count,
        count(cells.final_five) as finals_count,
        cast(coalesce(sum(cast(cells.final_five as decimal(4, 2))), 0) as decimal(18, 2)) as final_sum,
        count(*) filter (where cells.final_five < 2.5) as finals_two,
        count(*) filter (where cells.final_five >= 2.5 and cells.final_five < 3.5) as finals_three,
        count(*) filter (where cells.final_five >= 3.5 and cells.final_five < 4.5) as finals_four,
        count(*) filter (where cells.final_five >= 4.5) as finals_five,
        count(cells.gap) as gap_count,
        cast(coalesce(sum({{ exact("cells.gap") }}), 0) as decimal(18, 12)) as gap_sum,
        count(*) filter (where cells.gap >= 0.5) as finals_above,
        count(*) filter (where cells.gap <= -0.5) as finals_below,
        count(*) filter (where cells.is_missing) as finals_missing,
        count(*) filter (where cells.is_compared) as compared_count,
        cast(
            coalesce(sum(cast(cells.control_weighted_sum as decimal(18, 4))) filter (where cells.is_compared), 0)
            as decimal(18, 4)
        ) as control_weighted_sum,
        cast(
            coalesce(sum(cast(cells.control_weight_sum as decimal(18, 4))) filter (where cells.is_compared), 0) as decimal(18, 4)
        ) as control_weight_sum,
        cast(
            coalesce(sum(cast(cells.other_weighted_sum as decimal(18, 4))) filter (where cells.is_compared), 0) as decimal(18, 4)
        ) as other_weighted_sum,
        cast(
            coalesce(sum(cast(cells.other_weight_sum as decimal(18, 4))) filter (where cells.is_compared), 0) as decimal(18, 4)
        ) as other_weight_sum
    from figures as cells
    left join {{ ref("attestation_periods") }} as periods
        on cells.attestation_period_id = periods.attestation_period_id
    group by
        cells.academic_year_id, cells.organization_id, cells.class_level, cells.class_unit_id, cells.subject_id,
        cells.attestation_period_id, periods.name
)

select
    *,
    case
        when
            row_number() over (
                partition by academic_year_id, organization_id, class_unit_id, subject_id, period_name
                order by gap_count desc, attestation_period_id asc
            ) = 1 then gap_count
        else 0
    end as gap_students,
    case
        when
            row_number() over (
                partition by academic_year_id, organization_id, class_unit_id, subject_id, period_name
                order by compared_count desc, attestation_period_id asc
            ) = 1 then compared_count
        else 0
    end as compared_students
from sums_of_periods
