"""What the tests of the rules look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
from quality_people import Tables

from expectations.run import CheckResult


@dataclass(frozen=True)
class Checked:
    """A build file after its checks, and what these gave."""

    build_db: Path
    tables: Tables
    result: CheckResult
    connection: duckdb.DuckDBPyConnection

    def found(self, rule_id: str, object_kind: str) -> set[str]:
        """The objects of a kind that a rule found."""
        rows = self.connection.execute(
            "SELECT object_id FROM marts.findings WHERE rule_id = ? AND object_kind = ?", [rule_id, object_kind]
        ).fetchall()
        return {object_id for (object_id,) in rows}
