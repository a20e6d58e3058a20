-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: group_id, student_profile_id, begin_date. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "group_members",
        key=["group_id", "student_profile_id", "begin_date"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')"
    )
}}

select
    group_id,
    student_profile_id,
    begin_date,
    end_date,
    updated_at,
    _version_at as version_at
from current_rows
