-- Grain: representative_id. Lawful representatives of known students. Personal data: people.duckdb only.
select
    representatives.representative_id,
    profiles.student_profile_id,
    representatives.person_id,
    representatives.type_id,
    representatives.last_name,
    representatives.first_name,
    representatives.middle_name,
    representatives.sex,
    representatives.snils
from {{ ref("stg_representatives") }} as representatives
inner join {{ ref("int_student_profiles") }} as profiles on representatives.student_profile_id = profiles.profile_id
