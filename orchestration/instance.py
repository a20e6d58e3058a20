"""DAGSTER_HOME below the region's home: runs and events that the UI shows too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.home import Home, make_private_folder, private_umask
from orchestration.steps import ATTENDED

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
run_monitoring:
  enabled: true
"""

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
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED, tags={ATTENDED: "true"}))
    for run in runs:
        instance.report_run_failed(run, "Запуск был прерван")
