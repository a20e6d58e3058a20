"""The build of one night: the raw views in a DuckDB file, then every model and data test of dbt.

The warehouse is a pure function of the merged deliveries, `as_of` and the settings. The last build's file goes on where
that is sure to give the same tables (build_state); otherwise it is thrown away and all is made afresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from extracts.errors import LoadStopped
from extracts.raw import create_raw_views, delivery_digests, merged_deliveries
from orchestration import dbt_runner
from orchestration.build_state import (
    BUILDING,
    FINISHED,
    PREPARED,
    known_deliveries,
    read_state,
    remember,
    set_phase,
    show_arrived,
    write_state,
)
from orchestration.database import open_database
from orchestration.dbt_runner import NodeResult, OnNode
from orchestration.home import make_private_folder
from orchestration.quality import record_in_force
from orchestration.settings import Settings
from orchestration.years import closed_before

#: Nobody but this program reads a build file: newer encodings of columns save a fifth of the build's time.
BUILD_STORAGE = "v1.3.0"

#: The current year is the last that began on or before as_of; a year that is already written is not computed again.
_STUDENTS_OF_CURRENT_YEAR = """
    WITH current_year AS (
        SELECT years.academic_year_id
        FROM marts.academic_years AS years, raw.run_context AS run_context
        WHERE years.begin_date <= run_context.as_of
        ORDER BY years.begin_date DESC, years.academic_year_id DESC
        LIMIT 1
    )
    SELECT
        (SELECT count(*) FROM current_year),
        (SELECT count(*) FROM raw.written_years WHERE academic_year_id IN (SELECT academic_year_id FROM current_year)),
        (
            SELECT count(DISTINCT student_profile_id) FROM marts.student_averages
            WHERE academic_year_id IN (SELECT academic_year_id FROM current_year)
        )
"""


def build_warehouse(
    settings: Settings, *, as_of: date | None = None, on_node: OnNode | None = None
) -> list[NodeResult]:
    """Makes the build file from everything that is merged: views, models, data tests, blocking checks.

    as_of: the newest merged load date without one. Errors: LoadStopped if nothing is merged or a blocking check fails.
    """
    prepare_build(settings, as_of=as_of)
    results = run_models(settings, on_node=on_node)
    finish_build(settings, results)
    check_current_year(settings)
    return results


def prepare_build(settings: Settings, *, as_of: date | None = None, afresh: bool = False) -> date:
    """Makes the build file ready for dbt, with schema `raw`; gives the date that the build speaks of.

    The last build's file goes on if it may (build_state), unless `afresh`. Errors: LoadStopped if nothing has been
    merged yet.
    """
    home = settings.home
    merged = merged_deliveries(home.root)
    if not merged:
        raise LoadStopped("Сборка невозможна: ни одна поставка ещё не загружена.")
    as_of = as_of or max(merged)
    make_private_folder(home.warehouse)
    record_in_force(settings)
    digests = delivery_digests(home.root, merged)
    known = None if afresh else known_deliveries(settings, digests)
    if known is None:
        remove_build(home.build_db)
    with open_database(home.build_db, settings, storage_version=BUILD_STORAGE) as connection:
        write_state(connection, settings, digests, continues=known is not None)
        if known is not None:
            remember(connection)
        create_raw_views(
            connection,
            home.root,
            as_of=as_of,
            rounding_threshold=settings.rounding_threshold,
            written_years=closed_before(home, as_of, digests),
        )
        if known is not None:
            show_arrived(connection, known)
    return as_of


def run_models(settings: Settings, *, on_node: OnNode | None = None) -> list[NodeResult]:
    """Runs every model and data test of dbt in the build file that `prepare_build` made.

    Tried again after an error, it begins afresh: kept tables may be half changed.
    """
    build_db = settings.home.build_db
    state = read_state(build_db)
    if state is None or state.phase != PREPARED:
        with open_database(build_db, settings) as connection:
            [(as_of,)] = connection.execute("SELECT as_of FROM raw.run_context").fetchall()
        prepare_build(settings, as_of=as_of, afresh=True)
        state = read_state(build_db)
    set_phase(build_db, BUILDING)
    return dbt_runner.build(settings, build_db, on_node=on_node, continues=state is not None and state.continues)


def finish_build(settings: Settings, results: Sequence[NodeResult]) -> None:
    """Notes that the models stand, so that the next build may go on from them. Errors: those of `stop_if_broken`."""
    stop_if_broken(results)
    set_phase(settings.home.build_db, FINISHED)


def remove_build(build_db: Path) -> None:
    """Removes a build file and its write-ahead log."""
    for leftover in (build_db, build_db.with_name(f"{build_db.name}.wal")):
        leftover.unlink(missing_ok=True)


def stop_if_broken(results: Sequence[NodeResult]) -> None:
    """Errors: LoadStopped with a line for each blocking test that failed; RuntimeError if a node could not be run."""
    crashed = [result for result in results if result.is_broken and result.status != "fail"]
    if crashed:
        raise RuntimeError("; ".join(f"{result.name}: {result.error}" for result in crashed))
    failed = [result for result in results if result.is_broken]
    if failed:
        lines = [f"Проверка «{result.name}» не пройдена: нарушений {result.failures or 0}." for result in failed]
        raise LoadStopped([*lines, "Ничего не опубликовано. Исправьте данные в источнике и пришлите поставку заново."])


def check_current_year(settings: Settings) -> int:
    """How many students the current academic year has in the build.

    Errors: LoadStopped without an academic year or without a single student in it.
    """
    with open_database(settings.home.build_db, settings) as connection:
        [(years, written, students)] = connection.execute(_STUDENTS_OF_CURRENT_YEAR).fetchall()
    if not years:
        raise LoadStopped(
            "Нет ни одного учебного года, начавшегося к дате сборки: проверьте набор academic_years."
            " Ничего не опубликовано."
        )
    if not written and not students:
        raise LoadStopped(
            "В текущем учебном году нет ни одного зачисления: проверьте наборы enrollments и academic_years."
            " Ничего не опубликовано."
        )
    return int(students)
