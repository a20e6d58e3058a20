-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: attendance_id. The current version of each row; a deleted row is gone.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['attendance_id'], '(' ~ arrived_keys('attendances', ['attendance_id']) ~ ')', keep_as='attendances') }}"
    )
}}
with
{{
    current_rows(
        "attendances",
        key=["attendance_id"],
        version="coalesce(rows_delivered.updated_at, rows_delivered.created_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.attendance_id as varchar))",
        kept=true
    )
}}

select
    attendance_id,
    student_profile_id,
    schedule_lesson_id,
    date,
    absence_reason_id,
    created_at,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
