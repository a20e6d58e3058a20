-- Made from extracts/contract.yaml by `make generate`: do not edit.
-- Grain: academic_year_id. The current version of each row; a deleted row is gone.
with
{{
    current_rows(
        "academic_years",
        key=["academic_year_id"],
        version="cast(null as timestamp)",
        scope="academic_year_id",
        deletable=false
    )
}}

select
    academic_year_id,
    name,
    begin_date,
    end_date
from current_rows
