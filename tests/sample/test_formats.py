"""One region delivered in every format: the same raw values, and from them the same published tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from shared_project import share_project

from extracts.contract import load_contract
from extracts.sample import books, write_region
from extracts.sample.parameters import FILE_FORMATS, FileFormat
from orchestration.build import prepare_build, stop_if_broken
from orchestration.cli import SampleFormat
from orchestration.dbt_runner import build
from orchestration.merging import merge_deliveries
from orchestration.publication import publish
from orchestration.settings import Settings, load_settings

STUDENTS = 30
NIGHTS = ("2026-11-09", "2026-11-10")
FORMATS: tuple[FileFormat, ...] = ("csv-windows-1251", "jsonl", "xlsx")
USUAL: FileFormat = "parquet"

Loaded = Callable[[FileFormat], Settings]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Loaded:
    """Gives the home of the region in a format, with both nights merged; each is made once."""
    root = tmp_path_factory.mktemp("formats")
    homes: dict[FileFormat, Settings] = {}

    def load(file_format: FileFormat) -> Settings:
        if file_format not in homes:
            homes[file_format] = _load(root, file_format, parsed_project)
        return homes[file_format]

    return load


def _load(root: Path, file_format: FileFormat, parsed_project: Path) -> Settings:
    home, landing = root / file_format, root / f"{file_format}-landing"
    write_region(landing, students=STUDENTS, nights=len(NIGHTS), file_format=file_format)
    share_project(home, parsed_project)
    settings = load_settings({"PORTFOLIO_HOME": str(home), "PORTFOLIO_LANDING": str(landing)})
    merge_deliveries(settings, date.fromisoformat(NIGHTS[-1]))
    return settings


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_gives_the_same_raw_values(loaded: Loaded, file_format: FileFormat) -> None:
    usual, other = loaded(USUAL).home.root / "raw", loaded(file_format).home.root / "raw"
    with duckdb.connect() as connection:
        for night in NIGHTS:
            for dataset in load_contract():
                expected = _raw_rows(usual / night / dataset)
                if not (other / night / dataset).exists():  # a change set without rows may be left out
                    assert connection.execute(f"SELECT count(*) FROM ({expected})").fetchall() == [(0,)]
                    continue
                found = _raw_rows(other / night / dataset)
                differing = f"(({expected}) EXCEPT ALL ({found})) UNION ALL (({found}) EXCEPT ALL ({expected}))"
                assert connection.execute(f"SELECT count(*) FROM ({differing})").fetchall() == [(0,)], (night, dataset)


def _raw_rows(folder: Path) -> str:
    """Every column of the raw rows but the file's name, and the place of each row in its file."""
    return f"SELECT * EXCLUDE (_file) FROM read_parquet('{folder}/[0-9]*[0-9].parquet', file_row_number = true)"


@pytest.mark.long
def test_every_format_gives_the_same_published_tables(loaded: Loaded) -> None:
    first = _publish(loaded(USUAL))
    tables = _tables(first)
    assert sum(rows for _, _, rows in tables) > 1000
    for other in [_publish(loaded(file_format)) for file_format in FORMATS]:
        assert _tables(other) == tables
        with duckdb.connect() as connection:
            for file in {file for file, _, _ in tables}:
                connection.execute(f"ATTACH '{first / file}' AS ours_{file[:6]} (READ_ONLY)")
                connection.execute(f"ATTACH '{other / file}' AS theirs_{file[:6]} (READ_ONLY)")
            for file, table, _ in tables:
                ours, theirs = f"FROM ours_{file[:6]}.{table}", f"FROM theirs_{file[:6]}.{table}"
                differing = f"({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours})"
                assert connection.execute(f"SELECT count(*) FROM ({differing})").fetchall() == [(0,)], table


def _publish(settings: Settings) -> Path:
    prepare_build(settings)
    stop_if_broken(build(settings, settings.home.build_db))
    return publish(replace(settings, keep_publications=1), settings.home.build_db).folder


def _tables(folder: Path) -> list[tuple[str, str, int]]:
    """File, schema-qualified table and number of rows of everything in a publication."""
    found = []
    for file in sorted(folder.glob("*.duckdb")):
        with duckdb.connect(str(file), read_only=True) as connection:
            names = connection.execute(
                "SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY ALL"
            ).fetchall()
            for (table,) in names:
                ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
                found.append((file.name, table, rows))
    return found


@pytest.mark.parametrize("file_format", [USUAL, *FORMATS])
def test_files_are_named_by_their_format(loaded: Loaded, file_format: FileFormat) -> None:
    folder = landing_of(loaded(file_format)) / NIGHTS[0]
    extension = file_format.split("-")[0]
    assert {file.name for file in folder.iterdir()} == {f"{name}.{extension}" for name in load_contract()}
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_the_command_knows_every_format() -> None:
    assert sorted(SampleFormat) == sorted(FILE_FORMATS)


def test_windows_1251_is_windows_1251(loaded: Loaded) -> None:
    content = (landing_of(loaded("csv-windows-1251")) / NIGHTS[0] / "organizations.csv").read_bytes()
    assert "Средняя общеобразовательная школа №" in content.decode("cp1251")
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def test_workbooks_end_below_a_million_rows_and_are_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "MOST_ROWS", 400)
    (folder,) = write_region(tmp_path, students=10, nights=1, file_format="xlsx")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    parts = sorted(name for name in before if name.startswith("marks."))
    assert parts[:2] == ["marks.book-001.xlsx", "marks.book-002.xlsx"]
    assert "students.xlsx" in before
    write_region(tmp_path, students=10, nights=1, file_format="xlsx")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def landing_of(settings: Settings) -> Path:
    """The landing zone of a home, which is a folder here."""
    assert isinstance(settings.landing, Path)
    return settings.landing
