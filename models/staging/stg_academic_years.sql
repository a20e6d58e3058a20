-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: academic_year_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "academic_years",
        key=["academic_year_id"],
        version="cast(null as timestamp)",
        rejected_key="concat_ws(chr(31), cast(rows_delivered.academic_year_id as varchar))",
        scope="academic_year_id",
        deletable=false
    )
}}

select
    academic_year_id,
    name,
    begin_date,
    end_date,
    _load_date as load_date
from current_rows
