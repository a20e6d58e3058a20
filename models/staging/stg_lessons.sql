-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: schedule_lesson_id. The current version of each row; a deleted row is gone.
{{
    config(
        materialized="incremental",
        pre_hook="{{ let_go(['schedule_lesson_id'], '(' ~ arrived_keys('lessons', ['schedule_lesson_id']) ~ ')', keep_as='lessons') }}"
    )
}}
with
{{
    current_rows(
        "lessons",
        key=["schedule_lesson_id"],
        version="coalesce(rows_delivered.updated_at, cast(rows_delivered._load_date as timestamp) + interval '86399 seconds')",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.schedule_lesson_id as varchar))",
        kept=true
    )
}}

select
    schedule_lesson_id,
    group_id,
    date,
    lesson_number,
    begin_time,
    end_time,
    cancelled,
    topic,
    updated_at,
    _version_at as version_at,
    _load_date as load_date
from current_rows
