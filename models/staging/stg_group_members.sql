-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: group_id, student_profile_id, begin_date. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "group_members",
        key=["group_id", "student_profile_id", "begin_date"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.group_id as varchar), cast(rows_delivered.student_profile_id as varchar), cast(rows_delivered.begin_date as varchar))"
    )
}}

select
    group_id,
    student_profile_id,
    begin_date,
    end_date,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
