"""Files of deliveries: written into `<date>.part`, renamed when all is there; and the guard of the target folder."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from extracts.contract import load_contract
from extracts.errors import BadInput
from extracts.sample.formats import EXTENSIONS, WRITERS
from extracts.sample.parameters import FileFormat, RegionParameters
from extracts.sample.sql_files import script

MARKER = ".sample-region.json"
PLANTED = "planted.csv"
TEMPORARY = ".sample-tmp"
PLANTED_COLUMNS = ("rule_id", "object_kind", "object_id", "organization_id", "note")


@dataclass(frozen=True)
class FileWriter:
    """Writes datasets of deliveries into one folder, in one format, with the contract's columns in their order."""

    out: Path
    file_format: FileFormat

    def folder(self, load_date: date) -> Path:
        """Where a delivery stands while it is being written."""
        return self.out / f"{load_date.isoformat()}.part"

    def write(self, connection: duckdb.DuckDBPyConnection, load_date: date, dataset: str, part: int | None) -> None:
        """Write what the script of the dataset gives on the connection; `part` where it comes in parts."""
        name = dataset if part is None else f"{dataset}.part-{part:04d}"
        files = WRITERS[self.file_format](
            connection,
            load_contract()[dataset],
            script(f"datasets/{dataset}"),
            self.folder(load_date) / name,
            self.out / TEMPORARY,
        )
        for file in files:
            file.chmod(0o600)


def prepare_folder(out: Path, parameters: RegionParameters) -> None:
    """Make the folder, or clear what an unfinished run left in it.

    Raises BadInput where the folder holds anything but a region made from the same parameters.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out}: это не папка. Укажите папку, куда записать учебный регион.")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    marker = out / MARKER
    own_names = {MARKER, PLANTED, f"{PLANTED}.part", TEMPORARY}
    own_names |= {day.isoformat() for day in parameters.load_dates}
    own_names |= {f"{day.isoformat()}.part" for day in parameters.load_dates}
    found = {entry.name for entry in out.iterdir()}
    if found and (found - own_names or not _is_same_region(marker, parameters) or _has_foreign_files(out, parameters)):
        raise BadInput(
            f"{out}: папка не пуста, и в ней не учебный регион с теми же параметрами. "
            "Укажите пустую папку или удалите прежний регион."
        )
    marker.write_text(json.dumps(parameters.as_json()), "utf-8")
    marker.chmod(0o600)
    for day in parameters.load_dates:
        shutil.rmtree(out / f"{day.isoformat()}.part", ignore_errors=True)
        (out / f"{day.isoformat()}.part").mkdir(mode=0o700)
    shutil.rmtree(out / TEMPORARY, ignore_errors=True)
    (out / TEMPORARY).mkdir(mode=0o700)


def finish_folder(out: Path, parameters: RegionParameters) -> list[Path]:
    """Rename the finished deliveries, oldest first; give their folders."""
    shutil.rmtree(out / TEMPORARY, ignore_errors=True)
    finished = [out / day.isoformat() for day in parameters.load_dates]
    for folder in finished:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.part").rename(folder)
    return finished


def write_planted(out: Path, rows: Iterable[tuple[str, str, str, str | None, str]]) -> None:
    """Write `planted.csv`: which rule each planted object breaks on the last night, by ids only."""
    draft = out / f"{PLANTED}.part"
    with draft.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(PLANTED_COLUMNS)
        writer.writerows(sorted(rows))
    draft.chmod(0o600)
    draft.rename(out / PLANTED)


def _is_same_region(marker: Path, parameters: RegionParameters) -> bool:
    try:
        return bool(json.loads(marker.read_text("utf-8")) == parameters.as_json())
    except (OSError, ValueError):
        return False


def _has_foreign_files(out: Path, parameters: RegionParameters) -> bool:
    """Whether somebody put files of their own into a delivery, which would be lost."""
    datasets = set(load_contract())
    folders = [out / day.isoformat() for day in parameters.load_dates]
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    return any(
        file.name.split(".")[0] not in datasets or file.suffix != f".{EXTENSIONS[parameters.file_format]}"
        for file in files
    )
