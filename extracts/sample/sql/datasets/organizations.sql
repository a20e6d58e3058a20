-- Reads: org.
SELECT small_id(org_no, 10) AS organization_id, name, short_name, kind, municipality
FROM org
ORDER BY org_no
