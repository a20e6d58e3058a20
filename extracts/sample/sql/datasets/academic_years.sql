-- Reads: year.
SELECT academic_year_id, name, begin_date, end_date
FROM year
ORDER BY year_no
