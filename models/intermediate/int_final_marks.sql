-- Grain: academic_year_id × student_profile_id × subject_id × attestation_period_id (null: the year).
-- The final mark of each cell: of several rows the newest updated_at, then the greater id.
with final_marks as (
    select
        final_marks.final_mark_id,
        final_marks.academic_year_id,
        profiles.student_profile_id,
        final_marks.subject_id,
        case when not final_marks.is_year_mark then final_marks.attestation_period_id end as attestation_period_id,
        final_marks.name,
        {{ five_point_value("final_marks.five", "final_marks.name") }} as five,
        coalesce(final_marks.academic_debt, false) as is_academic_debt,
        final_marks.version_at
    from {{ ref("stg_final_marks") }} as final_marks
    inner join {{ ref("int_student_profiles") }} as profiles on final_marks.student_profile_id = profiles.profile_id
    inner join {{ ref("stg_subjects") }} as subjects on final_marks.subject_id = subjects.subject_id
    inner join {{ ref("int_student_years") }} as students
        on
            final_marks.academic_year_id = students.academic_year_id
            and profiles.student_profile_id = students.student_profile_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by academic_year_id, student_profile_id, subject_id, attestation_period_id
            order by version_at desc, final_mark_id desc
        ) as choice
    from final_marks
)

select
    academic_year_id,
    student_profile_id,
    subject_id,
    attestation_period_id,
    final_mark_id,
    name,
    five,
    is_academic_debt
from ranked
where choice = 1
