"""DAGSTER_HOME below the region's home: runs and events that the UI shows too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg

from orchestration.home import Home, make_private_folder, private_umask
from orchestration.locking import holder
from orchestration.steps import ATTENDED
from portal.sending.lock import is_sending

# No telemetry. Output of steps is not captured: what may be told of a run stands in its events, and what a library
# prints could hold a value. One run at a time: there is one writer.
_CONFIGURATION = """\
telemetry:
  enabled: false
compute_logs:
  module: dagster.core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: orchestration.event_storage
  class: PooledSqliteEventLogStorage
  config:
    base_dir: history/runs
"""

#: After that long a run that is at work holds the lock.
STARTING_SECONDS = 600

_UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]


@contextmanager
def open_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of the home, its folder and dagster.yaml made if they are missing."""
    folder = make_private_folder(home.dagster)
    with private_umask():
        configuration = folder / "dagster.yaml"
        if not configuration.exists():
            configuration.write_text(_CONFIGURATION, "utf-8")
        os.environ["DAGSTER_HOME"] = str(folder)
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            yield instance


def close_dead_runs(instance: dg.DagsterInstance) -> None:
    """Ends, in Dagster's books, runs of the command that were killed. Only the holder of the writer's lock may ask."""
    _close(instance, dg.RunsFilter(statuses=_UNFINISHED, tags={ATTENDED: "true"}))


def unblock_queue(instance: dg.DagsterInstance, home: Home, *, now: float) -> None:
    """Ends, in Dagster's books, every run that was killed: with one run at a time it would block the queue for good.

    A run at work holds the writer's lock, or the sender's; one that has just started may not hold it yet.
    """
    if holder(home) is None and not is_sending(home.exports):
        before = datetime.fromtimestamp(now - STARTING_SECONDS, tz=UTC)
        _close(instance, dg.RunsFilter(statuses=_UNFINISHED, updated_before=before))


def _close(instance: dg.DagsterInstance, which: dg.RunsFilter) -> None:
    for run in instance.get_runs(which):
        instance.report_run_failed(run, "Запуск был прерван")
