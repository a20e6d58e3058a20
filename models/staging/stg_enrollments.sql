-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: enrollment_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "enrollments",
        key=["enrollment_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.enrollment_id as varchar))"
    )
}}

select
    enrollment_id,
    student_profile_id,
    organization_id,
    class_unit_id,
    begin_date,
    end_date,
    leave_reason,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
