-- Ids of control forms: of the region by number, and the odd ones of schools. Reads: form, org.

CREATE TABLE form_code AS SELECT form_no, small_id(form_no, 15) AS form_id, weight FROM form ORDER BY form_no;

CREATE TABLE own_form AS
SELECT org_no, small_id(100 + org_no, 15) AS form_id FROM org WHERE has_odd_form ORDER BY org_no;
