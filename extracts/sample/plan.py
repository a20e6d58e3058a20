"""The plan of a region: organizations, classes, calendars, who sits where, and whose story is peculiar.

It is small (one row a student at most) and made once; facts are made from it bucket by bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import duckdb
import pyarrow as pa

from extracts.sample import names
from extracts.sample.parameters import YEAR_BEGIN, RegionParameters
from extracts.sample.picks import CLASS_PICKS, STUDENT_PICKS, Pick
from extracts.sample.shape import Organization, shape_region
from extracts.sample.sql_files import DATA_FOLDER, Value, literal, run_scripts, set_variables

#: Table of the plan: its file in data/.
DATA_FILES = {
    "subject": "subjects",
    "curriculum": "curriculum",
    "kug_file": "kug",
    "holiday_file": "holidays",
    "attestation_file": "attestation",
    "form": "control_forms",
    "item": "lists",
}
#: What a bucket is made from: whole tables, and tables of which it takes its own organizations' rows.
COMMON_TABLES = ("year", "subject", "curriculum", "form", "item", "surname", "first_name", "kug_template")
BUCKET_TABLES = ("org", "class_unit", "stay", "profile")
ORGANIZATION_TABLES = ("study_day", "attestation_period")
#: Ids of academic years are in no order of time.
ACADEMIC_YEAR_IDS = ("14", "9", "17", "5", "11", "2")


def make_plan(connection: duckdb.DuckDBPyConnection, parameters: RegionParameters, say: Callable[[str], None]) -> None:
    """Make all tables of the plan in an empty database that knows the macros."""
    say("План региона: организации, классы, учащиеся")
    for table, file in DATA_FILES.items():
        path = literal(str(DATA_FOLDER / f"{file}.csv"))
        connection.execute(f"CREATE TABLE {table} AS FROM read_csv({path}, header = true, delim = ',', quote = '\"')")
    _create(connection, "surname", names.surnames())
    _create(connection, "first_name", names.first_names())
    municipalities = _values(connection, "municipality")
    organizations = shape_region(parameters.students, len(municipalities), parameters.seed)
    _create(connection, "org", _organization_rows(organizations, municipalities))
    _create(connection, "year", _year_rows(parameters.history_years))
    set_variables(connection, plan_variables(connection, parameters))
    run_scripts(connection, "plan/calendar", "plan/seats")
    _pick(connection, parameters, source="seat", key="student_no", picks=STUDENT_PICKS)
    _pick(connection, parameters, source="stream", key="stream_no", picks=CLASS_PICKS)
    run_scripts(connection, "plan/classes", "plan/stays", "plan/schedules")


def plan_variables(connection: duckdb.DuckDBPyConnection, parameters: RegionParameters) -> dict[str, Value]:
    """What every script may read with getvariable()."""
    counts = connection.execute(
        "SELECT (SELECT count(*) FROM surname), count(*) FILTER (WHERE is_male), count(*) FILTER (WHERE NOT is_male) "
        "FROM first_name"
    ).fetchall()
    surnames, boys, girls = counts[0]
    return {
        "seed": parameters.seed,
        "students": parameters.students,
        "first_night": parameters.first_night,
        "last_night": parameters.last_night,
        "nights": parameters.load_dates,
        "surnames": surnames,
        "boys": boys,
        "girls": girls,
    }


def export_plan(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """The tables that buckets are made from, by name."""
    wanted = (*COMMON_TABLES, *BUCKET_TABLES, *ORGANIZATION_TABLES)
    return {table: connection.execute(f"FROM {table}").to_arrow_table() for table in wanted}


def _create(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("given", rows)
    connection.execute(f"CREATE TABLE {table} AS FROM given")
    connection.unregister("given")


def _values(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    rows = connection.execute("SELECT value FROM item WHERE list = ? ORDER BY item_no", [name]).fetchall()
    return [row[0] for row in rows]


def _organization_rows(organizations: list[Organization], municipalities: list[str]) -> pa.Table:
    rows = [asdict(organization) for organization in organizations]
    for row in rows:
        number, place = row["org_no"], municipalities[row["municipality_no"]]
        is_college = row["kind"] == "college"
        short = f"Колледж № {number}" if is_college else f"СОШ № {number}"
        full = f"ГБПОУ «Колледж № {number}»" if is_college else f"МАОУ «Средняя общеобразовательная школа № {number}»"
        row |= {"municipality": place, "name": f"{full} ({place})", "short_name": short}
    return pa.Table.from_pylist(rows)


def _year_rows(history_years: int) -> pa.Table:
    first = YEAR_BEGIN.year
    years = range(history_years + 1)
    return pa.table(
        {
            "year_no": list(years),
            "academic_year_id": list(ACADEMIC_YEAR_IDS[: history_years + 1]),
            "name": [f"{first - year}/{first - year + 1}" for year in years],
            "begin_date": [YEAR_BEGIN.replace(year=first - year) for year in years],
            "end_date": [YEAR_BEGIN.replace(year=first - year + 1, month=8, day=31) for year in years],
        }
    )


def _pick(
    connection: duckdb.DuckDBPyConnection, parameters: RegionParameters, *, source: str, key: str, picks: list[Pick]
) -> None:
    """Give each purpose its students (or classes) by draw, none twice; table `<source>_pick`."""
    table = f"{source}_pick"
    connection.execute(f"CREATE TABLE {table} ({key} INTEGER, purpose VARCHAR, idx INTEGER, is_move BOOLEAN)")
    total = connection.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    for number, pick in enumerate(picks):
        connection.execute(
            f"""
            INSERT INTO {table}
            SELECT {key}, {literal(pick.purpose)}, row_number() OVER (ORDER BY d, {key}) - 1, {literal(pick.is_move)}
            FROM (
                SELECT {key}, draw({key}, {200 + number}) AS d
                FROM {source}
                WHERE ({pick.condition}) AND {key} NOT IN (SELECT {key} FROM {table})
                ORDER BY d, {key}
                LIMIT {pick.count(parameters, total)}
            )
            """
        )
