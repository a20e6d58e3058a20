"""manifest.csv: which files an export says it holds, and whether each is whole (bulk) or holds changes (delta)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from extracts.errors import BadInput
from extracts.oneroster.tables import MANIFEST, UNUSED_FILES, load_tables, manifest_contract, reader_names
from extracts.oneroster.work import ExportFile, Work
from extracts.sql_text import file_literal
from extracts.typed_copy import FileJob, Outcome

Delivered = Literal["bulk", "delta"]

_PROPERTY = "file."


@dataclass(frozen=True)
class Manifest:
    """`modes`: name of a file in the standard → how the manifest says that it comes. Empty without a manifest."""

    version: str | None = None
    modes: Mapping[str, Delivered] = field(default_factory=dict)


def read_manifest(
    work: Work, file: ExportFile, present: Collection[str], without: Collection[str]
) -> tuple[Manifest, Outcome]:
    """Reads manifest.csv. `present`: the files that came, `without`: those that the operator passes over.

    Errors: BadInput if it cannot be read, names another version or an unknown way of coming, or promises a file that
    did not come: of an incomplete bulk export, what is missing would vanish.
    """
    contract = manifest_contract()
    room = work.room(MANIFEST)
    job = work.job(contract, file.path, room / "typed.parquet", room, names=reader_names(contract))
    outcome = work.read(job, file.extension)
    pairs = work.rows(f"SELECT propertyName, value FROM read_parquet({file_literal(job.target)}) ORDER BY ALL")
    told = {str(name).lower().rstrip("*"): str(value or "").lower() for name, value in pairs}
    version = told.get("oneroster.version")
    if version is not None and version not in ("1.0", "1.1", "1.2") and not version.startswith(("1.1.", "1.2.")):
        raise job.bad("версия OneRoster не поддерживается, ожидается 1.1 или 1.2")
    _check_ways(job, told)
    _check_complete(job, told, present, without)
    return Manifest(version, _modes(told)), outcome


def _modes(told: Mapping[str, str]) -> dict[str, Delivered]:
    ways: dict[str, Delivered] = {"bulk": "bulk", "delta": "delta"}
    stated = {table: told.get(f"{_PROPERTY}{table.lower()}", "") for table in load_tables()}
    return {table: ways[way] for table, way in stated.items() if way in ways}


def _check_ways(job: FileJob, told: Mapping[str, str]) -> None:
    known = {name.lower(): name for name in (*load_tables(), *UNUSED_FILES)}
    wrong = [
        known[name.removeprefix(_PROPERTY)]
        for name, way in told.items()
        if name.removeprefix(_PROPERTY) in known and way not in ("bulk", "delta", "absent", "")
    ]
    if wrong:
        raise job.bad(f"недопустимое значение у {_listed(wrong)}, ожидается bulk, delta или absent")


def _check_complete(job: FileJob, told: Mapping[str, str], present: Collection[str], without: Collection[str]) -> None:
    promised = [table for table in load_tables() if told.get(f"{_PROPERTY}{table.lower()}") in ("bulk", "delta")]
    missing = [table for table in promised if table not in present and table.lower() not in without]
    if missing:
        raise BadInput(
            f"{job.where}: объявлены файлы, которых в поставке нет: {', '.join(f'{table}.csv' for table in missing)}. "
            f"Повторите выгрузку целиком либо продолжите без них: {' '.join(f'--without {name}' for name in missing)}."
        )


def _listed(tables: Sequence[str]) -> str:
    return ", ".join(f"{_PROPERTY}{table}" for table in tables)
