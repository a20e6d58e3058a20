"""What every step of a run shares: the one writer's lock, private files, and errors that quote nothing.

Dagster stores the message and the traceback of a failed step in its event log. Both could hold a value of a file, so a
step fails with a `Failure` made here, that knows neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import dagster as dg

from extracts.disk import restore_replaced
from extracts.errors import BadInput
from orchestration import load_run
from orchestration.exits import FAILED, Ending
from orchestration.failures import ending_of, log_traceback
from orchestration.home import private_umask
from orchestration.landing_zone import remove_copies
from orchestration.locking import writer_lock
from orchestration.plan import EXPORT, SEND
from orchestration.settings import load_settings

#: The key of the resource below.
WRITER = "writer"

#: Tag of a run that a person started with the command and watches: it does not try again by itself.
ATTENDED = "portfolio/attended"

#: Metadata of a failure: what the command exits with.
EXIT_STATUS = "exit_status"
MESSAGES = "messages"

Result = TypeVar("Result")


class WarehouseWriter(dg.ConfigurableResource["WarehouseWriter"]):
    """Held by every run that writes: two at a time are impossible (5-operation.md). Steps require it by WRITER."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[WarehouseWriter]:  # noqa: ARG002
        """Holds the lock from the first step of the run to its last."""
        home = load_settings().home
        with writer_lock(home), private_umask():
            remove_copies(home)
            restore_replaced(home.raw)
            yield self


def run_step(context: dg.OpExecutionContext, work: Callable[[], Result]) -> Result:
    """Calls a function of a room. Errors: Failure with the operator's lines and the exit status; see the module.

    The load reports are told how long it took and how it ended.
    """
    _tell(context, load_run.step_begins)
    started = time.monotonic()
    try:
        result = work()
    except Exception as error:  # whatever it was, its message must not reach the event log
        log_traceback(error)
        ending = ending_of(error)
    else:
        _tell(context, load_run.step_done, time.monotonic() - started)
        return result
    _tell(context, load_run.step_failed, ending)
    # Raised here, not above: a Failure raised while the error is handled would carry it along.
    attended = context.run.tags.get(ATTENDED) == "true"
    raise dg.Failure(
        description="\n".join(ending.messages),
        metadata={EXIT_STATUS: ending.exit_status, MESSAGES: dg.MetadataValue.json(list(ending.messages))},
        allow_retries=ending.exit_status == FAILED and not attended,
    )


def _tell(context: dg.OpExecutionContext, tell: Callable[..., None], *facts: object) -> None:
    if context.job_name in (EXPORT, SEND):  # a package made again, or sent, is no part of any load
        return
    try:
        settings = load_settings()
    except BadInput:  # the step itself fails for it
        return
    tell(settings, context.op.name, *facts)


def told_by(event: dg.DagsterEvent) -> Mapping[str, dg.MetadataValue] | None:
    """What `run_step` told of a failed step, or of a failed check; None for any other event."""
    if event.is_step_failure:
        failure = event.step_failure_data.user_failure_data
        return failure.metadata if failure else None
    if event.event_type_value == "ASSET_CHECK_EVALUATION" and not event.asset_check_evaluation_data.passed:
        return event.asset_check_evaluation_data.metadata
    return None


def exit_status_in(metadata: Mapping[str, dg.MetadataValue]) -> int | None:
    """The exit status in what was told of a failure."""
    told = metadata.get(EXIT_STATUS)
    return told.value if isinstance(told, dg.IntMetadataValue) else None


def messages_in(metadata: Mapping[str, dg.MetadataValue]) -> list[str]:
    """The operator's lines in what was told of a failure."""
    told = metadata.get(MESSAGES)
    return [str(line) for line in told.value or ()] if isinstance(told, dg.JsonMetadataValue) else []


def ending_told(events: Iterable[dg.DagsterEvent]) -> Ending:
    """How a run that failed ended: the gravest exit status, and what its steps and checks told the operator."""
    told = [metadata for event in events if (metadata := told_by(event)) is not None]
    statuses = [status for metadata in told if (status := exit_status_in(metadata)) is not None]
    # A failed step and its failed check say the same: each line once, in order.
    lines = dict.fromkeys(line for metadata in told for line in messages_in(metadata))
    return Ending(max(statuses, default=FAILED), tuple(lines) or ("Запуск не удался; подробности — в журнале.",))
