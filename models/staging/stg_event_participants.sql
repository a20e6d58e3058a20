-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: event_id, student_profile_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "event_participants",
        key=["event_id", "student_profile_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.event_id as varchar), cast(rows_delivered.student_profile_id as varchar))"
    )
}}

select
    event_id,
    student_profile_id,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
