"""What the build of a night has to say in the load report: orphans, merges, control forms, marks; counts and ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb

from extracts.contract import Target, load_contract
from extracts.disk import printable
from orchestration.database import open_database, tables_of
from orchestration.settings import Settings

#: How many control forms are named; their number and that of their marks is of all.
NAMED_FORMS = 100

#: The models that are read.
ORPHANS = "int_orphans"
REMARKS = "int_load_remarks"


@dataclass(frozen=True)
class Orphans:
    """A foreign key that leads nowhere: in how many current rows, and in how many that came with which delivery."""

    dataset: str
    column: str
    refers_to: str
    rows: int
    rows_by_load: Mapping[str, int]


def read_facts(settings: Settings, load_dates: Collection[date]) -> dict[str, Any]:
    """`as_of`, `orphans`, `merges_ignored`, `control_forms_unmatched`, `marks_in_disagreement` of the build file.

    load_dates: the deliveries whose own rows among the orphans are told. What the build did not get as far as is None.
    """
    with open_database(settings.home.build_db, settings, read_only=True) as connection:
        [(catalog, as_of)] = connection.execute("SELECT current_database(), as_of FROM raw.run_context").fetchall()
        built = tables_of(connection, catalog, "intermediate")
        orphans = _orphans(connection, {day.isoformat() for day in load_dates}) if ORPHANS in built else None
        remarks = _remarks(connection) if REMARKS in built else {}
    return {
        "as_of": as_of.isoformat(),
        "orphans": orphans,
        "merges_ignored": remarks.get("merges_ignored"),
        "control_forms_unmatched": remarks.get("control_forms_unmatched"),
        "marks_in_disagreement": remarks.get("marks_in_disagreement"),
    }


def _orphans(connection: duckdb.DuckDBPyConnection, load_dates: Collection[str]) -> list[dict[str, Any]]:
    rows = connection.execute(
        f"SELECT dataset, column_name, load_date::VARCHAR, rows_count FROM intermediate.{ORPHANS} ORDER BY ALL"
    ).fetchall()
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for dataset, column, load_date, count in rows:
        counts.setdefault((dataset, column), {})[load_date] = count
    found = [
        Orphans(
            dataset=dataset.name,
            column=reference.column,
            refers_to=" | ".join(map(_shown, reference.targets)),
            rows=sum(by_load.values()),
            rows_by_load={day: count for day, count in by_load.items() if day in load_dates},
        )
        for dataset in load_contract().values()
        for reference in dataset.references
        if (by_load := counts.get((dataset.name, reference.column)))
    ]
    return [asdict(one) for one in found]


def _shown(target: Target) -> str:
    return target.dataset if target.is_key else f"{target.dataset}.{target.column}"


def _remarks(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = connection.execute(
        f"SELECT remark, object_id, rows_count FROM intermediate.{REMARKS} ORDER BY rows_count DESC, object_id"
    ).fetchall()
    counts = {remark: count for remark, object_id, count in rows if object_id is None}
    forms = [(object_id, count) for remark, object_id, count in rows if remark == "control_form_unmatched"]
    return {
        "merges_ignored": {
            "unknown_target": counts.get("merge_unknown_target", 0),
            "cycle": counts.get("merge_cycle", 0),
        },
        "control_forms_unmatched": {
            "forms": len(forms),
            "marks": sum(marks for _, marks in forms),
            "most_used": [{"control_form_id": printable(form), "marks": marks} for form, marks in forms[:NAMED_FORMS]],
        },
        "marks_in_disagreement": counts.get("mark_value_mismatch", 0),
    }
