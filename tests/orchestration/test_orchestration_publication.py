"""Publication: whole or not at all, open years in it, closed years beside it, the newest few kept."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration import publication
from orchestration.home import Home
from orchestration.publication import in_force, publications, publish
from orchestration.settings import Settings
from orchestration.years import Year, closed_before, file_name, written_years

YEARS = [("2024", date(2025, 5, 31)), ("2025", date(2026, 5, 31)), ("../../2023", date(2024, 5, 31))]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    return Settings(home=home, landing=home.root / "landing", keep_publications=2)


MERGED = (date(2026, 9, 20), date(2026, 10, 1))


def build(
    settings: Settings,
    as_of: date,
    written: tuple[str, ...] = (),
    merged: tuple[date, ...] = MERGED[:1],
    years: tuple[str, ...] = tuple(year for year, _ in YEARS),
) -> Path:
    """A build as dbt leaves it, with a mart that has academic years and one that has none."""
    path = settings.home.build_db
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in ("raw", "marts", "people", "meta", "intermediate"):
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"CREATE TABLE raw.run_context AS SELECT DATE '{as_of}' AS as_of")
        connection.execute("CREATE TABLE raw.written_years (academic_year_id VARCHAR)")
        connection.execute("CREATE TABLE meta.merged_deliveries (load_date DATE, digest VARCHAR)")
        connection.executemany("INSERT INTO meta.merged_deliveries VALUES (?, 'd')", [[day] for day in merged])
        connection.execute("CREATE TABLE marts.academic_years (academic_year_id VARCHAR, end_date DATE)")
        connection.executemany("INSERT INTO marts.academic_years VALUES (?, ?)", YEARS)
        computed = [(year, "s") for year in years if year not in written] + [(None, "s")]
        connection.execute("CREATE TABLE marts.student_averages (academic_year_id VARCHAR, student_profile_id VARCHAR)")
        connection.executemany("INSERT INTO marts.student_averages VALUES (?, ?)", computed)
        connection.execute("CREATE VIEW marts.subjects AS SELECT 'm' AS subject_id")
        connection.execute("CREATE TABLE marts.calendar AS SELECT 'c' AS class_unit_id")
        connection.execute("CREATE TABLE marts.publication AS SELECT '2024' AS academic_year_id")
        connection.execute("CREATE TABLE people.students AS SELECT 's' AS student_profile_id, 'Имя' AS first_name")
        connection.execute("CREATE TABLE intermediate.scaffolding AS SELECT 1 AS one")
        if written:
            connection.executemany("INSERT INTO raw.written_years VALUES (?)", [(year,) for year in written])
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_open_years_are_published_and_closed_ones_stand_beside(settings: Settings) -> None:
    made = publish(settings, build(settings, date(2026, 9, 30)))
    published = settings.home.published
    assert str(published.readlink()) == "publications/2026-09-30-1"
    assert rows(published / "portfolio.duckdb", "SELECT academic_year_id FROM marts.student_averages ORDER BY 1") == [
        ("2025",),
        (None,),
    ]
    assert rows(published / "portfolio.duckdb", "SELECT * FROM marts.subjects") == [("m",)]
    assert rows(published / "portfolio.duckdb", "SELECT * FROM marts.publication") == [("2024",)]
    assert rows(published / "people.duckdb", "SELECT * FROM people.students") == [("s", "Имя")]
    schemas = "SELECT DISTINCT schema_name FROM duckdb_tables()"
    assert rows(published / "portfolio.duckdb", schemas) == [("marts",)]
    assert rows(published / "people.duckdb", schemas) == [("main",)]
    assert {path.name for path in settings.home.years.iterdir()} == {"2024.duckdb", "%2E.%2F..%2F2023.duckdb"}
    closed = settings.home.years / "2024.duckdb"
    assert rows(closed, "SELECT * FROM marts.student_averages") == [("2024", "s")]
    assert rows(closed, "SELECT * FROM marts.subjects") == [("m",)]
    assert rows(closed, "SELECT * FROM marts.calendar") == []
    assert made.deliveries == ("2026-09-20",)


def closed(home: Home, as_of: date, merged: tuple[date, ...]) -> list[str]:
    """The years that are left alone, of deliveries that are as they were."""
    return closed_before(home, as_of, dict.fromkeys(merged, "d"))


def test_a_year_closes_on_the_first_of_october(settings: Settings) -> None:
    publish(settings, build(settings, date(2026, 9, 30), merged=MERGED))
    assert set(closed(settings.home, date(2026, 10, 1), MERGED)) == {"2024", "../../2023"}
    publish(settings, build(settings, date(2026, 10, 1), merged=MERGED))
    assert set(closed(settings.home, date(2026, 10, 1), MERGED)) == {"2024", "2025", "../../2023"}
    # Seen from a day on which it was open, a written year is open again.
    assert set(closed(settings.home, date(2026, 9, 30), MERGED)) == {"2024", "../../2023"}


def test_a_year_written_ahead_of_its_data_is_not_final(settings: Settings) -> None:
    # The operator asked for a day after the closing; the data has reached 20 September.
    publish(settings, build(settings, date(2026, 12, 1)))
    assert "2025" not in closed(settings.home, date(2026, 12, 1), MERGED[:1])
    assert "2025" not in closed(settings.home, date(2026, 12, 1), MERGED)
    publish(settings, build(settings, date(2026, 12, 1), merged=MERGED))
    assert "2025" in closed(settings.home, date(2026, 12, 1), MERGED)


def test_an_old_delivery_that_comes_late_opens_the_years_that_it_may_speak_of(settings: Settings) -> None:
    publish(settings, build(settings, date(2026, 10, 1), merged=MERGED))
    late = (*MERGED, date(2026, 5, 31))
    assert "2025" not in closed(settings.home, date(2026, 10, 1), late)
    read_again = {day: "d" if day == MERGED[1] else "other" for day in MERGED}
    assert "2025" not in closed_before(settings.home, date(2026, 10, 1), read_again)
    # What comes after the closing changes nothing.
    assert "2025" in closed(settings.home, date(2026, 10, 2), (*MERGED, date(2026, 10, 2)))


def test_a_year_without_students_is_not_written(settings: Settings) -> None:
    publish(settings, build(settings, date(2026, 10, 1), merged=MERGED, years=("2025",)))
    assert {year.academic_year_id for year in written_years(settings.home)} == {"2025"}


def test_a_closed_year_is_written_once(settings: Settings) -> None:
    publish(settings, build(settings, date(2026, 10, 1)))
    before = {path.name: path.read_bytes() for path in settings.home.years.iterdir()}
    publish(settings, build(settings, date(2026, 10, 2), written=("2024", "2025")))
    assert {path.name: path.read_bytes() for path in settings.home.years.iterdir()} == before


def test_files_are_private(settings: Settings) -> None:
    publish(settings, build(settings, date(2026, 10, 1)))
    for path in [settings.home.publications, *settings.home.publications.rglob("*"), *settings.home.years.rglob("*")]:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_numbers_count_up_and_the_newest_few_are_kept(settings: Settings) -> None:
    for _ in range(3):
        publish(settings, build(settings, date(2026, 9, 30)))
    publish(settings, build(settings, date(2026, 9, 29)))
    assert [one.id for one in publications(settings.home)] == ["2026-09-30-3", "2026-09-29-1"]
    assert str(settings.home.published.readlink()) == "publications/2026-09-29-1"


def test_the_name_of_a_publication_that_is_gone_is_not_given_again(settings: Settings) -> None:
    publish(settings, build(settings, date(2026, 9, 30)))
    for day in (27, 28):
        publish(settings, build(settings, date(2026, 9, day)))
    assert [one.id for one in publications(settings.home)] == ["2026-09-27-1", "2026-09-28-1"]
    assert publish(settings, build(settings, date(2026, 9, 30))).id == "2026-09-30-2"


def test_the_publication_in_force_is_never_removed(settings: Settings) -> None:
    first = publish(settings, build(settings, date(2026, 9, 20)))
    for day in (21, 22):
        publish(settings, build(settings, date(2026, 9, day)))
        publication.put_in_force(settings.home, settings.home.publications / "2026-09-21-1")
    publication.keep_newest(settings.home, 1)
    assert [one.id for one in publications(settings.home)] == ["2026-09-21-1", "2026-09-22-1"]
    assert first.folder not in settings.home.publications.iterdir()


@pytest.mark.parametrize("place", ["_write_files", "write_json", "put_in_force"])
def test_a_crash_before_the_switch_changes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    publish(settings, build(settings, date(2026, 9, 28)))
    before = (settings.home.published / "portfolio.duckdb").read_bytes()

    def crash(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publication, place, crash)
        with pytest.raises(KeyboardInterrupt):
            publish(settings, build(settings, date(2026, 9, 29)))
    assert str(settings.home.published.readlink()) == "publications/2026-09-28-1"
    assert (settings.home.published / "portfolio.duckdb").read_bytes() == before
    publish(settings, build(settings, date(2026, 9, 29)))
    current = in_force(settings.home)
    assert current is not None
    assert current.as_of == date(2026, 9, 29)
    assert not list(settings.home.publications.glob(".tmp-*"))


def test_a_crash_after_the_switch_has_published(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publication, "keep_newest", crash)
    with pytest.raises(KeyboardInterrupt):
        publish(settings, build(settings, date(2026, 9, 28)))
    current = in_force(settings.home)
    assert current is not None
    assert current.deliveries == ("2026-09-20",)


def test_leftovers_of_killed_runs_are_removed(settings: Settings) -> None:
    for folder in (settings.home.publications, settings.home.years):
        folder.mkdir()
    (settings.home.publications / ".tmp-123").mkdir()
    (settings.home.publications / ".tmp-123" / "portfolio.duckdb").write_text("half")
    (settings.home.years / ".tmp-2024.duckdb").write_text("half")
    (settings.home.root / ".published-123").symlink_to("publications/nowhere")
    publish(settings, build(settings, date(2026, 9, 28)))
    assert not [path for path in settings.home.root.rglob(".*-*") if path.is_file() or path.is_symlink()]
    assert {year.academic_year_id for year in written_years(settings.home)} == {"2024", "../../2023"}


@pytest.mark.parametrize(
    "academic_year_id",
    ["../../etc/passwd", "/abs", ".", "..", "", "a/b", "a\\b", "2025/2026", "-rf", "я" * 300, "\n", "%2E"],
)
def test_no_id_leads_out_of_the_folder(tmp_path: Path, academic_year_id: str) -> None:
    name = file_name(academic_year_id)
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert not name.startswith((".", "-"))
    assert len(name.encode()) < 250
    assert "\n" not in name


def test_plain_ids_are_their_own_names_and_no_two_ids_share_one() -> None:
    assert file_name("2025") == "2025.duckdb"
    assert file_name("ay-2025.1") == "ay-2025.1.duckdb"
    ids = [".", "%2E", "..", "a/b", "a%2Fb", "a\\b", "", "%"]
    assert len({file_name(one) for one in ids}) == len(ids)


def test_open_and_closed() -> None:
    year = Year("2025", date(2026, 6, 30))
    assert year.is_open(date(2026, 9, 30))
    assert not year.is_open(date(2026, 10, 1))
