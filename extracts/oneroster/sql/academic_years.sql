SELECT
    academic_year_id,
    name,
    begin_date,
    end_date
FROM {s}.years
