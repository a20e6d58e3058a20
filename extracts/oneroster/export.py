"""One export, from its files to rows of our datasets, with an account of every row (specification 1-extracts.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from extracts.contract import Mode, load_contract
from extracts.disk import sha256
from extracts.errors import BadInput
from extracts.oneroster import mapping, state
from extracts.oneroster.manifest import Delivered, Manifest, read_manifest
from extracts.oneroster.mapping import Rule
from extracts.oneroster.sources import SHAPE, Read, Source, read_files
from extracts.oneroster.tables import MANIFEST, load_tables
from extracts.oneroster.work import ExportFile, Work
from extracts.options import LoadOptions
from extracts.report import FileReport, SourceReport
from extracts.typed_copy import Outcome

#: Rows of the calendar that OneRoster only hints at (periods and the gaps between them): a real calendar goes before.
_DERIVED = "kug_periods"


@dataclass(frozen=True)
class Export:
    """What an export came to: rows of our datasets by file, its own files, and how each dataset came."""

    files: tuple[FileReport, ...]
    sources: tuple[SourceReport, ...]
    modes: Mapping[str, Mode]


def load_export(
    work: Work, files: Sequence[ExportFile], *, canonical: Collection[str], without: Collection[str]
) -> Export:
    """Loads the files of an export. `canonical`: datasets that the delivery also holds in our own shape; `without`:
    datasets, or files of the export, that the operator passes over.

    Errors: BadInput with a message for each file that cannot be read.
    """
    passed = {name.lower() for name in without}
    tables = load_tables()
    manifest, declared, problems = _manifest(work, files, passed)
    reads, unreadable = read_files(work, tables, [file for file in files if file.table in tables])
    if problems or unreadable:
        raise BadInput([*problems, *unreadable])
    if not reads:
        raise BadInput(f"{work.load_date}: в выгрузке OneRoster нет ни одного файла с данными. Положите их в поставку.")
    try:
        sources = _take(work, manifest, reads)
        rules = _rules(work, sources, canonical, passed)
        modes = {name: mapping.mode_of(rule, sources) for name, rule in rules.items()}
        _build(work, sources, modes)
        reports = [_map(work, rule, modes[name], sources) for name, rule in rules.items()]
        kept = [report for source in sources.values() for report in _account(work, manifest, source)]
    except duckdb.Error as error:
        # The text of most of DuckDB's errors quotes what it has read: only those that speak of the machine may go on.
        if isinstance(error, duckdb.OutOfMemoryException | duckdb.IOException):
            raise
        raise RuntimeError(
            f"{work.load_date}: DuckDB failed while mapping the export ({type(error).__name__})"
        ) from None
    unread = [_unread(manifest, file) for file in files if file.table not in tables and file.table != MANIFEST]
    return Export(tuple(reports), (*declared, *kept, *unread), modes)


def _manifest(
    work: Work, files: Sequence[ExportFile], without: Collection[str]
) -> tuple[Manifest, list[SourceReport], Sequence[str]]:
    """The manifest, the account of its file, and what is wrong with it."""
    listed = [file for file in files if file.table == MANIFEST]
    if not listed:
        return Manifest(), [], []
    if len(listed) > 1:
        return Manifest(), [], [f"{work.load_date}: файлов manifest.csv несколько. Оставьте один."]
    try:
        manifest, outcome = read_manifest(work, listed[0], {file.table for file in files}, without)
    except BadInput as error:
        return Manifest(), [], error.messages
    rejected = outcome.rows_read - outcome.rows_loaded
    return manifest, [_report(manifest, listed[0], outcome, rejected=rejected, passed={}, mode=None, parquet=None)], []


def _take(work: Work, manifest: Manifest, reads: Sequence[Read]) -> dict[str, Source]:
    """Judges and keeps the rows of every table; results last, as they are judged by the scales of their line items."""
    state.create_macros(work)
    sources: dict[str, Source] = {}
    for name, table in load_tables().items():
        mine = [read for read in reads if read.file.table == name]
        mode = manifest.modes.get(name, _default_mode(work.options, table.dataset)) if mine else None
        sources[name] = Source(work, table, mode, mine)
    with work.joins():
        for name, source in sources.items():
            if name != state.RESULTS:
                source.judge()
                state.create_table(work, source, "now")
        sources[state.RESULTS].judge("LEFT JOIN now.lineItems AS item ON it.lineItemSourcedId = item.sourcedId")
        state.create_own(work, sources)
    return sources


def _default_mode(options: LoadOptions, dataset: str) -> Delivered:
    """Without a manifest, a file comes as the dataset that it feeds does."""
    return "bulk" if options.mode(load_contract()[dataset]) == "snapshot" else "delta"


def _rules(
    work: Work, sources: Mapping[str, Source], canonical: Collection[str], without: Collection[str]
) -> dict[str, Rule]:
    """The datasets that this delivery says anything new about."""
    present = {name for name, source in sources.items() if source.mode is not None}
    skipped = {*without, *([_DERIVED] if _has_real_calendar(work, canonical) else [])}
    return {
        name: rule
        for name, rule in mapping.load_rules().items()
        if name not in skipped and present.intersection(rule.tables)
    }


def _has_real_calendar(work: Work, canonical: Collection[str]) -> bool:
    """Whether this delivery or an earlier one brings the calendar itself, not what was derived from sessions."""
    return _DERIVED in canonical or work.knows_calendar()


def _build(work: Work, sources: Mapping[str, Source], modes: Mapping[str, Mode]) -> None:
    """The states that the datasets are made from: what was before only where there are changes to find."""
    with work.joins():
        state.create_views(work, "now")
        if "change_set" in modes.values():
            for name, source in sources.items():
                if name != state.RESULTS:
                    state.create_table(work, source, "before")
            state.create_views(work, "before")
        if "marks" in modes:
            state.create_results(work, sources[state.RESULTS])


def _map(work: Work, rule: Rule, mode: Mode, sources: Mapping[str, Source]) -> FileReport:
    """One dataset; the rejects of the files that feed it first count for it, too."""
    present = [sources[name] for name in (rule.main, *rule.tables) if sources[name].reads]
    read = present[0].reads[0]
    mapped = mapping.map_dataset(work, rule, mode, read.file.path)
    fed = {source for source in present if source.table.dataset == rule.dataset.name}
    rejected = sum(_rejected(source, one) for source in fed for one in source.reads)
    return FileReport(
        dataset=rule.dataset.name,
        file=read.file.path.name,
        parquet=str(mapped.parquet),
        bytes=read.file.path.stat().st_size,
        sha256=read.sha256,
        encoding=read.outcome.encoding,
        delimiter=read.outcome.delimiter,
        rows_read=mapped.rows + rejected,
        rows_loaded=mapped.loaded,
        rows_rejected=mapped.rows - mapped.loaded + rejected,
        unknown_columns=(),
        absent_columns=mapped.absent_columns,
    )


def _rejected(source: Source, read: Read) -> int:
    unreadable = read.outcome.rows_read - read.outcome.rows_loaded
    return unreadable + source.rejected.get(read.file.path.name, 0)


def _account(work: Work, manifest: Manifest, source: Source) -> list[SourceReport]:
    """What became of every row of a table's files."""
    passed = mapping.count_passed_over(work, source.table.name) if source.reads else {}
    reports = []
    for number, read in enumerate(source.reads, start=1):
        match = read.outcome.match
        unknown = tuple(column for column in match.unknown if source.table.is_drift(column))
        outcome = replace(read.outcome, match=replace(match, unknown=unknown))
        report = _report(
            manifest,
            read.file,
            outcome,
            rejected=_rejected(source, read),
            passed=passed.get(read.file.path.name, {}),
            mode=source.mode,
            parquet=source.parquet(number),
            digest=read.sha256,
            seconds=read.seconds,
        )
        reports.append(report)
    return reports


def _unread(manifest: Manifest, file: ExportFile) -> SourceReport:
    remarks = {"файл не нужен и не прочитан": 1}
    return replace(_report(manifest, file, None, rejected=0, passed={}, mode=None, parquet=None), remarks=remarks)


def _report(
    manifest: Manifest,
    file: ExportFile,
    outcome: Outcome | None,
    *,
    rejected: int,
    passed: Mapping[str, int],
    mode: Delivered | None,
    parquet: Path | None,
    digest: str | None = None,
    seconds: float = 0.0,
) -> SourceReport:
    rows = outcome.rows_read if outcome else 0
    return SourceReport(
        shape=f"{SHAPE} {manifest.version}" if manifest.version else SHAPE,
        table=file.table,
        file=file.path.name,
        mode=mode,
        parquet=str(parquet) if parquet else None,
        bytes=file.path.stat().st_size,
        sha256=digest or sha256(file.path),
        encoding=outcome.encoding if outcome else None,
        delimiter=outcome.delimiter if outcome else None,
        rows_read=rows,
        rows_loaded=rows - rejected - sum(passed.values()),
        rows_rejected=rejected,
        rows_passed_over=sum(passed.values()),
        unknown_columns=outcome.match.unknown if outcome else (),
        absent_columns=outcome.match.absent if outcome else (),
        remarks=dict(passed),
        seconds=round(seconds, 3),
    )
