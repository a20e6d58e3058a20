-- Grain: student_profile_id, the active students of the current academic year. The facts that the rules S01…S12 and R05 of
-- 3-quality.md are about, without a value that names anyone.
with current_students as (
    select
        students.academic_year_id,
        students.student_profile_id,
        students.organization_id,
        students.class_unit_id,
        years.run_as_of as as_of,
        cast(concat(cast(extract(year from years.begin_date) as varchar), '-09-01') as date) as september_first
    from {{ ref("int_student_years") }} as students
    inner join {{ ref("int_academic_years") }} as years
        on students.academic_year_id = years.academic_year_id and years.is_current
    where students.is_active
),

known_students as (
    select
        students.*,
        {{ snils_state("students.snils") }} as snils_state,
        {{ snils_digits("students.snils") }} as snils_digits
    from {{ ref("stg_students") }} as students
    inner join {{ ref("int_student_profiles") }} as profiles
        on students.student_profile_id = profiles.profile_id and profiles.student_profile_id = profiles.profile_id
),

known_representatives as (
    select
        profiles.student_profile_id,
        representatives.person_id,
        {{ snils_state("representatives.snils") }} as snils_state,
        {{ snils_digits("representatives.snils") }} as snils_digits
    from {{ ref("stg_representatives") }} as representatives
    inner join {{ ref("int_student_profiles") }} as profiles on representatives.student_profile_id = profiles.profile_id
),

-- Everyone whom the contingent knows, after merges: a СНИЛС must not be that of somebody who has left, nor a parent's.
known_persons as (
    select
        person_id,
        snils_digits
    from known_students
    where snils_state = 'valid'
    union
    select
        person_id,
        snils_digits
    from known_representatives
    where snils_state = 'valid'
),

shared_snils as (
    select
        snils_digits,
        count(*) as persons
    from known_persons
    group by snils_digits
),

representatives as (
    select
        student_profile_id,
        count(*) as representatives
    from known_representatives
    group by student_profile_id
)

select
    current_students.academic_year_id,
    current_students.student_profile_id,
    current_students.organization_id,
    current_students.class_unit_id,
    coalesce(organizations.kind, 'unknown') as organization_kind,
    not {{ is_blank("known_students.last_name") }} as has_last_name,
    not {{ is_blank("known_students.first_name") }} as has_first_name,
    not {{ is_blank("known_students.middle_name") }} as has_middle_name,
    known_students.birth_date is not null as has_birth_date,
    {{ full_years("known_students.birth_date", "current_students.september_first") }} as age_on_september_first,
    {{ full_years("known_students.birth_date", "current_students.as_of") }} as age,
    known_students.sex is not null as has_sex,
    known_students.snils_state,
    case when known_students.snils_state = 'valid' then shared_snils.persons end as persons_with_snils,
    coalesce(identity.documents, 0) as documents,
    coalesce(identity.complete_documents, 0) as complete_documents,
    coalesce(identity.documents - identity.complete_documents, 0) as incomplete_documents,
    coalesce(identity.lookalike_documents, 0) as lookalike_documents,
    coalesce(identity.birth_certificates, 0) as birth_certificates,
    coalesce(identity.documents - identity.birth_certificates, 0) as other_documents,
    coalesce(representatives.representatives, 0) as representatives
from current_students
inner join known_students on current_students.student_profile_id = known_students.student_profile_id
left join {{ ref("stg_organizations") }} as organizations
    on current_students.organization_id = organizations.organization_id
left join shared_snils on known_students.snils_digits = shared_snils.snils_digits
left join {{ ref("int_quality_identity") }} as identity on known_students.person_id = identity.person_id
left join representatives on current_students.student_profile_id = representatives.student_profile_id
