"""What stands in the folder: names, modes, bytes, columns and types."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from extracts.contract import load_contract
from extracts.errors import BadInput
from extracts.sample import files, shape, write_region

from .conftest import FIRST_NIGHT, STUDENTS
from .reading import Region


def digests(out: Path) -> dict[str, str]:
    found = sorted(file for file in out.rglob("*") if file.is_file())
    return {str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest() for file in found}


def test_deliveries_are_whole_and_private(out: Path) -> None:
    names = {entry.name for entry in out.iterdir()}
    assert names == {"2026-11-09", "2026-11-10", "2026-11-11", "planted.csv", files.MARKER}
    for folder in (entry for entry in out.iterdir() if entry.is_dir()):
        assert {file.name for file in folder.iterdir()} == {f"{name}.csv" for name in load_contract()}
        assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in out.rglob("*") if file.is_file()} == {0o600}


def test_csv_is_as_the_contract_says(out: Path) -> None:
    first = (out / "2026-11-09" / "students.csv").read_bytes()
    assert first.startswith(b"student_profile_id;person_id;last_name;")
    assert b"\r" not in first
    first.decode("utf-8")


def test_same_seed_same_bytes_whatever_the_threads(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_region(tmp_path / "again", students=STUDENTS, nights=3, first_night=FIRST_NIGHT, threads=1)
    assert digests(tmp_path / "again") == digests(out)
    # The same with several parts, written side by side.
    monkeypatch.setattr(shape, "BUCKET_SIZE", 250)
    for threads in (1, 3):
        write_region(
            tmp_path / f"parts-{threads}",
            students=STUDENTS,
            nights=2,
            first_night=FIRST_NIGHT,
            threads=threads,
            memory_mb=2000,
        )
    assert digests(tmp_path / "parts-1") == digests(tmp_path / "parts-3")
    assert (tmp_path / "parts-1" / "2026-11-10" / "marks.part-0002.csv").exists()


def test_another_seed_is_another_region(out: Path, tmp_path: Path) -> None:
    write_region(tmp_path, students=STUDENTS, nights=1, first_night=FIRST_NIGHT, seed=2)
    mine, other = out / "2026-11-09", tmp_path / "2026-11-09"
    for name in ("students.csv", "marks.csv", "lessons.csv", "organizations.csv"):
        assert (mine / name).read_bytes() != (other / name).read_bytes()


def test_parts_and_parquet_hold_the_same_rows(region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "BUCKET_SIZE", 250)
    folders = write_region(tmp_path, students=STUDENTS, nights=3, first_night=FIRST_NIGHT, file_format="parquet")
    other = Region(folders)
    for dataset in load_contract():
        for night in (1, 2, 3):
            table = f"night_{night}_{dataset}"
            region.connection.register("theirs", other.connection.execute(f"FROM {table}").to_arrow_table())
            assert region.rows(f"(FROM {table} EXCEPT FROM theirs) UNION ALL (FROM theirs EXCEPT FROM {table})") == []
            assert region.value(f"SELECT count(*) FROM {table}") == other.value(f"SELECT count(*) FROM {table}")
            region.connection.unregister("theirs")


def test_a_region_of_the_same_parameters_is_written_anew(tmp_path: Path) -> None:
    write_region(tmp_path, students=30, nights=2)
    before = digests(tmp_path)
    (tmp_path / "2026-11-09" / "marks.csv").unlink()
    (tmp_path / "2026-11-10").rename(tmp_path / "2026-11-10.part")
    write_region(tmp_path, students=30, nights=2)
    assert digests(tmp_path) == before


@pytest.mark.parametrize(
    "stranger", ["notes.txt", "2026-01-01/marks.csv", "2026-11-09/letter.csv", "2026-11-09/marks.csv"]
)
def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path, stranger: str) -> None:
    file = tmp_path / stranger
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    with pytest.raises(BadInput, match="папка не пуста"):
        write_region(tmp_path, students=30, nights=1)
    assert [entry for entry in tmp_path.rglob("*") if entry.is_file()] == [file]
    assert file.read_text() == "mine"


def test_a_region_of_other_parameters_is_refused(tmp_path: Path) -> None:
    write_region(tmp_path, students=30, nights=1)
    before = digests(tmp_path)
    with pytest.raises(BadInput, match="теми же параметрами"):
        write_region(tmp_path, students=31, nights=1)
    assert digests(tmp_path) == before


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "region").write_text("mine")
    with pytest.raises(BadInput, match="не папка"):
        write_region(tmp_path / "region", students=30, nights=1)


def test_parameters_out_of_range_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        write_region(tmp_path / "new", students=0, nights=0, seed=-1, history_years=9)
    assert len(caught.value.messages) == 4
    with pytest.raises(BadInput, match="между 2026-09-01 и 2027-08-24"):
        write_region(tmp_path / "new", students=10, nights=3, first_night=date(2027, 8, 23))
    with pytest.raises(BadInput):
        write_region(tmp_path / "new", students=10, nights=10**9)
    assert not (tmp_path / "new").exists()


def test_progress_is_told_in_russian(tmp_path: Path) -> None:
    told: list[str] = []
    write_region(tmp_path, students=30, nights=1, progress=told.append)
    assert told[0].startswith("План региона")
    assert told[-1] == "Готово: поставок 1, последняя за 2026-11-09"
