-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: mark_id. The current version of each row; a deleted row is gone.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['mark_id'], '(' ~ arrived_keys('marks', ['mark_id']) ~ ')', keep_as='marks') }}"
    )
}}
with
{{
    current_rows(
        "marks",
        key=["mark_id"],
        version="coalesce(rows_delivered.updated_at, rows_delivered.created_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.mark_id as varchar))",
        kept=true
    )
}}

select
    mark_id,
    student_profile_id,
    group_id,
    subject_id,
    schedule_lesson_id,
    control_form_id,
    date,
    name,
    five,
    grade_system_type,
    weight,
    is_exam,
    is_point,
    point_date,
    comment,
    teacher_id,
    created_at,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
