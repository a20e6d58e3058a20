-- Grain: student_profile_id × subject_id × debt_kind × source_id. «Непрохождение промежуточной аттестации»: a final mark of
-- two or less, not attested, a debt as the source flags it, an active «точка». One final mark may be several debts.
with final_debts as (
    select
        final_marks.*,
        {{ normalized("final_marks.name") }} as normalized_name
    from {{ ref("int_final_marks") }} as final_marks
),

debts as (
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        'final_two' as debt_kind,
        final_mark_id as source_id,
        attestation_period_id,
        name as mark,
        cast(null as date) as deadline
    from final_debts
    where five <= 2
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        'not_attested' as debt_kind,
        final_mark_id as source_id,
        attestation_period_id,
        name as mark,
        cast(null as date) as deadline
    from final_debts
    where replace(normalized_name, ' ', '') in ('н/а', 'н.а.', 'н.а')
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        'academic_debt' as debt_kind,
        final_mark_id as source_id,
        attestation_period_id,
        name as mark,
        cast(null as date) as deadline
    from final_debts
    where is_academic_debt or replace(normalized_name, ' ', '') = 'а/з'
    union all
    select
        academic_year_id,
        student_profile_id,
        subject_id,
        'point' as debt_kind,
        mark_id as source_id,
        attestation_period_id,
        name as mark,
        deadline
    from {{ ref("int_marks") }}
    where is_active_point
)

select
    debts.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    debts.student_profile_id,
    debts.subject_id,
    debts.debt_kind,
    debts.source_id,
    debts.attestation_period_id,
    debts.mark,
    debts.deadline
from debts
inner join {{ ref("int_student_years") }} as students
    on debts.academic_year_id = students.academic_year_id and debts.student_profile_id = students.student_profile_id
