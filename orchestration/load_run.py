"""The run at work, as the load reports tell it: which deliveries it is about, how long its steps took, how it ended.

Kept in `warehouse/load_run.json`, so that the deliveries of a run that was killed are told by the run that repairs it.
A report is told of, never waited for: where one cannot be written, the load itself goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

import duckdb

from extracts.errors import LoadStopped
from extracts.raw import raw_folder
from extracts.report import DeliveryReport, read_report
from orchestration import exits, load_report, progress
from orchestration.exits import Ending
from orchestration.failures import ending_of, log_traceback
from orchestration.home import Home, read_json, write_json
from orchestration.load_facts import read_facts
from orchestration.load_report import Decisions, Document
from orchestration.load_report_text import orphan_lines
from orchestration.publication import in_force, unpublished_deliveries
from orchestration.settings import Settings

#: Dagster's steps → what the report calls them; other steps are no part of a load.
STEPS = {
    "raw_extracts": "receive",
    "warehouse_inputs": "build",
    "warehouse_models": "build",
    "marts__student_averages_current_year_has_students": "check",
    "quality": "check",
    "publication": "publish",
    "portal_package": "export",
    "report_site": "reports",
}
_FIRST_OF_BUILD = "warehouse_inputs"
_WITH_A_BUILD = ("warehouse_models", "marts__student_averages_current_year_has_students", "quality", "publication")
_FROM_PUBLICATION_ON = ("publication", "portal_package", "report_site")

_STATUS_OF = {exits.STOPPED: load_report.STOPPED, exits.BAD_INPUT: load_report.BAD_INPUT}


@dataclass
class Run:
    """`load_dates`: merged deliveries that were not published when the run began, or came with it; `refused`: the one
    that could not be merged; `outdated`: a line for each merged one that should have been read again and could not be;
    `steps`: Dagster's step → seconds of all its tries; `facts`: what the build has to say."""

    load_dates: list[str] = field(default_factory=list)
    refused: str | None = None
    receiving: bool = False
    outdated: list[str] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)
    facts: Document | None = None


def begin(settings: Settings) -> None:
    """A night begins to receive deliveries: what was noted of the run before it is forgotten."""
    _try(lambda: _write_run(settings.home, Run(load_dates=_open_dates(settings.home), receiving=True)))


def tell_merged(settings: Settings, report: DeliveryReport, decisions: Decisions, seconds: float) -> None:
    """A delivery has been merged: its report says so, and that it waits for a publication."""

    def tell() -> None:
        run = read_run(settings.home)
        run.load_dates = sorted({*run.load_dates, report.load_date.isoformat()})
        _write_run(settings.home, run)
        section = load_report.delivery_section(settings, report, decisions, merged=True, seconds=round(seconds, 3))
        facts = _outcome(settings, load_report.MERGED) | {"is_merged": True}
        load_report.write_document(settings.home, report.load_date, section, facts)

    _try(tell)


def tell_refused(settings: Settings, load_date: date, error: Exception, decisions: Decisions) -> None:
    """A delivery could not be merged: a bad file, the circuit breaker, or anything else."""

    def tell() -> None:
        run = read_run(settings.home)
        run.refused = load_date.isoformat()
        _write_run(settings.home, run)
        report = error.report if isinstance(error, LoadStopped) else None
        section = (
            load_report.delivery_section(settings, report, decisions, merged=False)
            if report
            else load_report.refused_section(decisions)
        )
        ending = ending_of(error)
        facts = _outcome(settings, _status(ending), ending) | {"is_merged": False}
        load_report.write_document(settings.home, load_date, section, facts)
        _say_where(settings.home, load_date)

    _try(tell)


def tell_outdated(settings: Settings, load_date: date, line: str) -> None:
    """A merged delivery should have been read again and cannot be: its own report and those of the run say so."""

    def tell() -> None:
        run = read_run(settings.home)
        run.outdated = [*dict.fromkeys([*run.outdated, line])]
        _write_run(settings.home, run)
        document = load_report.read_document(settings.home, load_date)
        if document:
            load_report.write_document(settings.home, load_date, document, {"outdated": [line]})

    _try(tell)


def step_begins(settings: Settings, step: str) -> None:
    """A step of Dagster begins. A build that follows no receiving is a run of its own."""
    if step != _FIRST_OF_BUILD:
        return

    def tell() -> None:
        run = read_run(settings.home)
        again = run if run.receiving else Run()
        again.load_dates, again.receiving = _open_dates(settings.home), False
        _write_run(settings.home, again)

    _try(tell)


def step_done(settings: Settings, step: str, seconds: float) -> None:
    """A step has ended well; from the publication on, the reports say that their deliveries are published."""
    if step not in STEPS:
        return

    def tell() -> None:
        run = read_run(settings.home)
        run.steps[step] = round(run.steps.get(step, 0.0) + seconds, 3)
        if step == "publication":
            run.facts = _facts(settings, run)
        _write_run(settings.home, run)
        if step in _FROM_PUBLICATION_ON:
            _write_reports(settings, run, Ending(exits.PUBLISHED))
        if step == "publication":
            _tell_published(settings, run)

    _try(tell)


def step_failed(settings: Settings, step: str, ending: Ending) -> None:
    """A step has failed: the reports of the run's deliveries say why."""
    if step not in STEPS:
        return

    def tell() -> None:
        run = read_run(settings.home)
        if step in _WITH_A_BUILD:
            run.facts = _facts(settings, run)
            _write_run(settings.home, run)
        if STEPS[step] == "receive" and run.refused:
            ending_of_others = Ending(ending.exit_status, (f"Следующая поставка, {run.refused}, не принята.",))
            _write_reports(settings, run, ending_of_others, waiting=True)
            return
        _write_reports(settings, run, ending, waiting=STEPS[step] == "receive")
        if run.load_dates:
            _say_where(settings.home, date.fromisoformat(run.load_dates[-1]))

    _try(tell)


def read_run(home: Home) -> Run:
    """The run at work, or the last one."""
    known = {one.name for one in fields(Run)}
    return Run(**{name: value for name, value in read_json(home.load_run_file).items() if name in known})


def newest_report(home: Home) -> tuple[date, Document] | None:
    """The report that was written last: of the refused delivery of the last run, else of its newest one."""
    run = read_run(home)
    days = [run.refused] if run.refused else run.load_dates[-1:]
    told = days or sorted(path.stem for path in home.load_reports.glob("[0-9]*.json"))[-1:]
    if not told:
        return None
    day = date.fromisoformat(told[0])
    document = load_report.read_document(home, day)
    return (day, document) if document else None


def _write_run(home: Home, run: Run) -> None:
    write_json(home.load_run_file, asdict(run))


def _open_dates(home: Home) -> list[str]:
    """The merged deliveries that the publication in force was not made from as they are."""
    return [day.isoformat() for day in unpublished_deliveries(home)]


def _write_reports(settings: Settings, run: Run, ending: Ending, *, waiting: bool = False) -> None:
    """Writes the report of each delivery of the run anew; waiting: it is not the delivery itself that failed."""
    publication = in_force(settings.home)
    unpublished = set(_open_dates(settings.home))
    for day in run.load_dates:
        if publication and day not in unpublished:
            outcome = _outcome(settings, load_report.PUBLISHED, ending) | {"publication": publication.id}
        else:
            outcome = _outcome(settings, load_report.MERGED if waiting else _status(ending), ending)
        _rewrite(settings, run, date.fromisoformat(day), outcome)
    if run.refused:
        # What readers see has changed since: the deliveries before the bad one have been published without it.
        _refresh_refused(settings, date.fromisoformat(run.refused))


def _rewrite(settings: Settings, run: Run, day: date, outcome: Document) -> None:
    document = load_report.read_document(settings.home, day)
    if not document.get("is_merged"):
        # The run that merged it was killed before it could tell.
        report = read_report(raw_folder(settings.home.root, day))
        decisions = Decisions(bool(report.overruled), report.without)
        document = load_report.delivery_section(settings, report, decisions, merged=True)
    # Of receiving, what this delivery took: the step may have received several.
    seconds: dict[str, float | None] = {"receive": document["seconds"]["receive"]}
    for step, title in STEPS.items():
        if step in run.steps and title != "receive":
            seconds[title] = round((seconds.get(title) or 0.0) + run.steps[step], 3)
    facts = _of_delivery(run.facts or {}, day)
    told: Document = {"is_merged": True, "seconds": seconds}
    if run.outdated:
        told["outdated"] = run.outdated
    load_report.write_document(settings.home, day, document, outcome, facts, told)


def _of_delivery(facts: Mapping[str, Any], day: date) -> Document:
    """What the build has to say, with the numbers of the delivery's own rows."""
    orphans = facts.get("orphans")
    own = [
        {key: value for key, value in one.items() if key != "rows_by_load"}
        | {"rows_of_this_load": one["rows_by_load"].get(day.isoformat(), 0)}
        for one in orphans or ()
    ]
    return {**facts, "orphans": own if orphans is not None else None}


def _refresh_refused(settings: Settings, day: date) -> None:
    document = load_report.read_document(settings.home, day)
    if document and not document.get("is_merged"):
        load_report.write_document(settings.home, day, document, {"in_force": _in_force(settings.home)})


def _outcome(settings: Settings, status: str, ending: Ending | None = None) -> Document:
    return {
        "status": status,
        "exit_status": ending.exit_status if ending else None,
        "messages": list(ending.messages) if ending else [],
        "publication": None,
        "in_force": _in_force(settings.home),
    }


def _in_force(home: Home) -> Document | None:
    publication = in_force(home)
    return {"publication": publication.id, "as_of": publication.as_of.isoformat()} if publication else None


def _status(ending: Ending) -> str:
    return _STATUS_OF.get(ending.exit_status, load_report.FAILED)


def _facts(settings: Settings, run: Run) -> Document | None:
    try:
        return read_facts(settings, [date.fromisoformat(day) for day in run.load_dates])
    except duckdb.Error as error:
        # A build that broke off: its report says that nothing was counted.
        log_traceback(error)
        return None


def _tell_published(settings: Settings, run: Run) -> None:
    if not run.load_dates:
        return
    newest = date.fromisoformat(run.load_dates[-1])
    for line in orphan_lines(load_report.read_document(settings.home, newest)):
        progress.say(line)
    _say_where(settings.home, newest)


def _say_where(home: Home, load_date: date) -> None:
    progress.say(f"Отчёт о загрузке: {load_report.text_file(home, load_date)}")


def _try(tell: Callable[[], None]) -> None:
    try:
        tell()
    except Exception as error:
        log_traceback(error)
        progress.say(f"Отчёт о загрузке не записан. {' '.join(ending_of(error).messages)}")
