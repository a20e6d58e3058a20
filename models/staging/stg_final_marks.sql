-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: final_mark_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "final_marks",
        key=["final_mark_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.final_mark_id as varchar))",
        scope="academic_year_id"
    )
}}

select
    final_mark_id,
    student_profile_id,
    subject_id,
    academic_year_id,
    attestation_period_id,
    is_year_mark,
    name,
    five,
    academic_debt,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
