"""Where everything of one region stands (specification 5-operation.md): the folders below PORTFOLIO_HOME."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True)
class Home:
    """The folders of one PORTFOLIO_HOME; knowing them makes none of them."""

    root: Path

    @property
    def raw(self) -> Path:
        """Typed Parquet of each merged delivery."""
        return self.root / "raw"

    @property
    def warehouse(self) -> Path:
        """What the one writer works in."""
        return self.root / "warehouse"

    @property
    def build_db(self) -> Path:
        """The DuckDB file that tonight's build makes afresh."""
        return self.warehouse / "build.duckdb"

    @property
    def temporary(self) -> Path:
        """Where DuckDB spills what does not fit into memory."""
        return self.warehouse / "tmp"

    @property
    def progress_file(self) -> Path:
        """Which publication the newest package and report were made from."""
        return self.warehouse / "progress.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one writer as long as it runs."""
        return self.warehouse / ".lock"

    @property
    def publications(self) -> Path:
        """The newest few publications, one folder each."""
        return self.root / "publications"

    @property
    def published(self) -> Path:
        """The symbolic link to the publication in force."""
        return self.root / "published"

    @property
    def years(self) -> Path:
        """Closed academic years, one file each, written once."""
        return self.root / "years"

    @property
    def exports(self) -> Path:
        """Packages for the portal."""
        return self.root / "exports"

    @property
    def reports(self) -> Path:
        """The report site of the publication in force."""
        return self.root / "reports"

    @property
    def load_reports(self) -> Path:
        """The load reports, two files a delivery; they stay when the report site is made anew."""
        return self.reports / "loads"

    @property
    def load_run_file(self) -> Path:
        """What the load reports still have to be told of the run at work."""
        return self.warehouse / "load_run.json"

    @property
    def audit_file(self) -> Path:
        """Who did what, when (append-only JSON lines)."""
        return self.root / "audit" / "audit.jsonl"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: runs, events, schedules; and what dbt has parsed."""
        return self.root / "dagster"

    @property
    def dbt_target(self) -> Path:
        """dbt's manifest and parse cache: the installed project itself may be read-only."""
        return self.dagster / "dbt"

    @property
    def log_file(self) -> Path:
        """What libraries had to say, without a value from any file."""
        return self.root / "logs" / "portfolio.log"

    @property
    def demo_marker(self) -> Path:
        """Stands in a home that `portfolio demo` filled."""
        return self.root / "demo.json"


@contextmanager
def private_umask() -> Iterator[None]:
    """Whatever is made inside can be read by its owner only (152-ФЗ: files 0600, folders 0700)."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def make_private_folder(path: Path) -> Path:
    """Makes the folder and its missing parents for the owner alone; one that is there stays as it is."""
    with private_umask():
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return path


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Writes the document, its keys in order, as `write_text` does."""
    write_text(path, json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes the file so that a reader, or a crash, sees either the old one or the whole new one."""
    make_private_folder(path.parent)
    unfinished = path.with_name(f".{path.name}.tmp")
    with private_umask():
        unfinished.write_text(text, "utf-8")
    sync(unfinished)
    unfinished.replace(path)
    sync(path.parent)


def read_json(path: Path) -> dict[str, Any]:
    """The document of `write_json`; empty where there is none (or where it is not one)."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def sync(path: Path) -> None:
    """Puts a file, or the names in a folder, onto the disk before anything says that it is there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
