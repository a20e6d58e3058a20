-- Reads: form, org, item. Forms of the region belong to no organization; some schools have an odd one of their own.
SELECT
    small_id(form_no, 15) AS control_form_id, NULL::VARCHAR AS organization_id, name, short_name, kind, is_exam, weight,
    CASE WHEN form_no = 17 THEN TIMESTAMP '2026-09-20 10:00:00' END AS deleted_at
FROM form
WHERE form_no <> 17 OR happened(TIMESTAMP '2026-09-20 10:00:00')
UNION ALL
SELECT
    small_id(100 + o.org_no, 15), small_id(o.org_no, 10), i.value, NULL, NULL, FALSE, 2, NULL
FROM org AS o
JOIN item AS i ON i.list = 'odd_form' AND i.item_no = o.org_no % 4
WHERE o.has_odd_form
ORDER BY control_form_id
