"""The export's tables as they are after this delivery (schema `now`) and as they were before it (`before`).

A delta holds a part of a table, and a row of our contract is made of several tables: so every dataset is computed over
whole tables. Results alone are too many for that: of them, a state holds those that the delivery touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from extracts.oneroster.sources import Source
from extracts.oneroster.tables import KEY
from extracts.oneroster.work import Work
from extracts.sql_text import file_literal

SQL = Path(__file__).with_name("sql")
SCHEMAS = ("now", "before")
RESULTS = "results"


def create_macros(work: Work) -> None:
    """The macros that checks and mapping are written in."""
    work.connection.execute((SQL / "macros.sql").read_text("utf-8"))
    for schema in (*SCHEMAS, "own"):
        work.connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")


def create_table(work: Work, source: Source, schema: str, only: str = "") -> None:
    """The table of one state: `all_<table>` with deleted rows, `<table>` without."""
    name = source.table.name
    files = source.now if schema == "now" else source.earlier
    target = work.room("state") / f"{schema}-{name}.parquet"
    work.copy(source.newest(files, only), target)
    work.connection.execute(
        f"CREATE VIEW {schema}.all_{name} AS SELECT * FROM read_parquet({file_literal(target)}); "
        f"CREATE VIEW {schema}.{name} AS SELECT * FROM {schema}.all_{name} WHERE NOT is_deleted"
    )


def create_views(work: Work, schema: str) -> None:
    """What several datasets are made of, over the tables of one state."""
    work.connection.execute((SQL / "views.sql").read_text("utf-8").replace("{s}", schema))


def create_results(work: Work, source: Source) -> None:
    """The results of both states: of a bulk file all; else those of this delivery, and those whose work has changed."""
    if source.mode == "bulk":
        create_table(work, source, "now")
        return
    touched = work.room("state") / "touched.parquet"
    changed = "SELECT * FROM now.works EXCEPT SELECT * FROM before.works"
    gone = "SELECT * FROM before.works EXCEPT SELECT * FROM now.works"
    work.copy(
        f"SELECT {KEY} FROM {source.relation(source.own)} UNION SELECT {KEY} FROM {source.relation(source.earlier)} "
        f"WHERE lineItemSourcedId IN (SELECT {KEY} FROM ({changed}) UNION SELECT {KEY} FROM ({gone}))",
        touched,
    )
    for schema in SCHEMAS:
        create_table(work, source, schema, f"SELECT {KEY} FROM read_parquet({file_literal(touched)})")


def create_own(work: Work, sources: Mapping[str, Source]) -> None:
    """Schema `own`: the rows of this delivery that were not rejected, deleted ones with `is_deleted`."""
    for name, source in sources.items():
        work.connection.execute(
            f"CREATE VIEW own.{name} AS SELECT *, coalesce(lower(status) = 'tobedeleted', false) AS is_deleted "
            f"FROM {source.relation(source.own)}"
        )
