-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: achievement_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "achievements",
        key=["achievement_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.achievement_id as varchar))"
    )
}}

select
    achievement_id,
    student_profile_id,
    achievement_type_id,
    name,
    level,
    result,
    place,
    date,
    subject_id,
    teacher,
    event_id,
    has_document,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
