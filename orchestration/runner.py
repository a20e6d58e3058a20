"""Runs a job of Dagster in this process, in the instance that the UI shows, and tells how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from orchestration.assets.outputs import ExportConfig
from orchestration.assets.raw import LoadConfig
from orchestration.assets.warehouse import BuildConfig
from orchestration.definitions import defs
from orchestration.exits import PUBLISHED, Ending
from orchestration.instance import close_dead_runs, open_instance
from orchestration.partitions import ensure_partitions
from orchestration.plan import EXPORT, NIGHTLY, REBUILD, Task
from orchestration.settings import Settings
from orchestration.steps import ATTENDED, ending_told


@dataclass(frozen=True)
class Choices:
    """What the operator decided for this call."""

    as_of: date | None = None
    alone: bool = False
    overrule: bool = False
    without: tuple[str, ...] = ()
    full: bool = False


def run_task(settings: Settings, task: Task, choices: Choices) -> Ending:
    """Runs one task to its end. The caller holds the writer's lock. Failures are outcomes, not errors."""
    with open_instance(settings.home) as instance:
        close_dead_runs(instance)
        if task.load_date is not None:
            ensure_partitions(instance, [task.load_date])
        result = defs.resolve_job_def(task.job).execute_in_process(
            instance=instance,
            partition_key=task.load_date.isoformat() if task.load_date else None,
            run_config=_run_config(task, choices),
            tags={ATTENDED: "true"},
            raise_on_error=False,
        )
        return Ending(PUBLISHED) if result.success else ending_told(result.all_events)


def _run_config(task: Task, choices: Choices) -> dict[str, Any]:
    as_of = choices.as_of.isoformat() if choices.as_of else None
    ops: dict[str, dg.Config] = {}
    if task.job == NIGHTLY:
        ops["raw_extracts"] = LoadConfig(alone=choices.alone, overrule=choices.overrule, without=list(choices.without))
    if task.job in (NIGHTLY, REBUILD):
        ops["warehouse_inputs"] = BuildConfig(as_of=as_of)
    if task.job == EXPORT:
        ops["portal_package"] = ExportConfig(as_of=as_of, full=choices.full, overrule=choices.overrule)
    # The command tells its progress itself; Dagster's console logger stays silent.
    return {
        "ops": {name: {"config": config.model_dump()} for name, config in ops.items()},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
