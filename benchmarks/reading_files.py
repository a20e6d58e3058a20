"""Files of marks for the reading benchmark, as sources write them: the same rows in several spellings."""

from __future__ import annotations

from pathlib import Path

import duckdb

#: Every column of the contract; random but the same each time; days and moments grow as in a journal.
_ROWS = """
    SELECT
        10000000000000 + i * 7919 + hash(i) % 7919 AS mark_id,
        147000000 + hash(i + 1) % 330000 AS student_profile_id,
        157000000 + hash(i + 2) % 14000 AS group_id,
        100938995 + hash(i + 3) % 16 AS subject_id,
        CASE WHEN i % 10 > 0 THEN 14186584974584 + hash(i + 4) % 250000 END AS schedule_lesson_id,
        187826235 + hash(i + 5) % 40 AS control_form_id,
        DATE '2026-09-01' + CAST(i * 250 // {rows} AS INTEGER) AS date,
        ['5', '4', '3', '2', '4-', 'н', '5', '4', '4', '3'][1 + CAST(hash(i + 6) % 10 AS INTEGER)] AS name,
        ['5', '4', '3', '2', '4', NULL, '5', '4', '4', '3'][1 + CAST(hash(i + 6) % 10 AS INTEGER)] AS five,
        'five' AS grade_system_type,
        1 + hash(i + 7) % 5 AS weight,
        i % 7 = 0 AS is_exam,
        false AS is_point,
        NULL AS point_date,
        CASE WHEN i % 20 = 0 THEN 'Хорошая работа на уроке' END AS comment,
        180994136 + hash(i + 8) % 20000 AS teacher_id,
        TIMESTAMP '2026-09-01 08:00:00' + to_seconds(i * 21600000 // {rows} + hash(i + 9) % 3600) AS created_at,
        TIMESTAMP '2026-09-01 09:00:00' + to_seconds(i * 21600000 // {rows} + hash(i + 10) % 7200) AS updated_at,
        NULL AS deleted_at
    FROM range({rows}) AS numbers (i)
"""

_REJECTED = 100

#: What a source does otherwise: what it puts in place of a column's value, and how it writes the file.
_KINDS: dict[str, tuple[str, str]] = {
    "plain": ("", "DELIMITER ';'"),
    "rejects": (
        f"CASE WHEN (mark_id - 10000000000000) // 7919 % ({{rows}} // {_REJECTED}) = 5 THEN 'x' "
        "ELSE CAST(date AS VARCHAR) END AS date",
        "DELIMITER ';'",
    ),
    "quoted": ("", "DELIMITER ',', FORCE_QUOTE *"),
    "local": (
        "strftime(date, '%d.%m.%Y') AS date, five || '.0' AS five, weight || '.0' AS weight, "
        "CASE WHEN is_exam THEN 'да' ELSE 'нет' END AS is_exam, strftime(created_at, '%d.%m.%Y %H:%M') AS created_at, "
        "strftime(updated_at, '%Y-%m-%dT%H:%M:%S+05:00') AS updated_at",
        "DELIMITER ';'",
    ),
}

KINDS = tuple(_KINDS)


def write_marks(path: Path, kind: str, rows: int) -> None:
    """Writes so many marks as a CSV file: `plain`, with 100 `rejects`, `quoted` throughout, in `local` spellings."""
    replaced, options = _KINDS[kind]
    chosen = f"* REPLACE ({replaced.format(rows=rows)})" if replaced else "*"
    query = f"SELECT {chosen} FROM ({_ROWS.format(rows=rows)})"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER, {options})")
