"""Pages of marks: the five-point value stands in `values[].grade.five`.

`grade.origin` is what the teacher typed, sometimes a text, sometimes a number, and not always the mark: `five` and
`name` are trusted, what contradicts them is counted.
"""

from __future__ import annotations

from extracts.readers.json_columns import Rows, first_of, json_text
from extracts.readers.page_columns import Page
from extracts.sql_text import literal

REMARK = "grade.origin не совпадает с отметкой (взято из five и name)"

_GRADES = '[{"grade_system_type":"JSON","name":"JSON","grade":{"origin":"JSON","five":"JSON"}}]'


def rows_of_marks(page: Page) -> Rows:
    """A row for each mark. Of several values that of the mark's own scale counts, else the first."""
    key = page.key("values")
    if key is None:
        return page.rows()
    scale = page.values.get("grade_system_type", "NULL")
    choice = (
        f"CASE WHEN {scale} IS NULL THEN 1 ELSE coalesce(list_position(list_transform(grades, "
        f"lambda one: CAST(one.grade_system_type AS VARCHAR)), {scale}), 1) END"
    )
    graded = f"SELECT *, json_transform({json_text(key)}, {literal(_GRADES)}) AS grades FROM {page.select(key)}"
    relation = f"(SELECT *, grades[{choice}] AS chosen FROM ({graded}))"
    values = dict(page.values)
    for target, found in (("five", "chosen.grade.five"), ("name", "chosen.name")):
        values[target] = first_of([*filter(None, [values.get(target)]), f"CAST({found} AS VARCHAR)"])
    return page.rows_of(relation, values, read=[key], remarks=_remarks(page, relation, values))


def _remarks(page: Page, relation: str, values: dict[str, str]) -> dict[str, int]:
    given = (
        f"SELECT json_name(CAST(chosen.grade.origin AS VARCHAR)) AS origin, json_name({values['name']}) AS name, "
        f"try_cast(json_scalar({values['five']}) AS DOUBLE) AS five, "
        f"coalesce(json_scalar({values.get('grade_system_type', 'NULL')}), 'five') = 'five' AS is_five FROM {relation}"
    )
    numbers = "try_cast(replace({0}, ',', '.') AS DOUBLE)"
    counted = (
        f"SELECT *, {numbers.format('origin')} AS origin_number, {numbers.format('name')} AS name_number FROM ({given})"
    )
    # Of another scale `five` is a translation; a name that is no number (4-, н) says nothing against a number.
    differs = (
        "CASE WHEN is_five AND five IS NOT NULL AND origin_number IS NOT NULL THEN origin_number <> five "
        "WHEN origin_number IS NOT NULL AND name_number IS NOT NULL THEN origin_number <> name_number "
        "WHEN origin_number IS NULL AND name_number IS NULL THEN origin <> name ELSE false END"
    )
    ((count,),) = page.job.connection.execute(f"SELECT count(*) FILTER (WHERE {differs}) FROM ({counted})").fetchall()
    return {REMARK: int(count)} if count else {}
