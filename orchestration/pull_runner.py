"""Dagster's job `pull`, and a run of it in this process.

The assets of the job stand alone: a pull needs neither dbt nor the rest of the corridor, and does not wait for them to
be imported. The UI shows its runs all the same: instance, job and assets are those of the definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import dagster as dg

from orchestration.alerts import alert_on_failure
from orchestration.assets.connectors import DELIVERY, GROUP, connector_assets, source_key
from orchestration.exits import PUBLISHED, Ending
from orchestration.instance import close_dead_runs, open_instance
from orchestration.partitions import ensure_partitions
from orchestration.plan import PULL
from orchestration.settings import Settings
from orchestration.steps import ATTENDED, WRITER, WarehouseWriter, ending_told

pull_job = dg.define_asset_job(
    PULL,
    selection=dg.AssetSelection.groups(GROUP),
    hooks={alert_on_failure},
    description="Запрос к источникам: поставка за прошедший день появляется в зоне приёма",
)


def run_pull(settings: Settings, load_date: date, names: Sequence[str]) -> Ending:
    """Asks these sources (all without names) and makes the delivery if it is complete. The caller holds the lock."""
    definitions = dg.Definitions(
        assets=connector_assets(settings.connectors),
        jobs=[pull_job],
        resources={WRITER: WarehouseWriter()},
        executor=dg.in_process_executor,
    )
    with open_instance(settings.home) as instance:
        close_dead_runs(instance)
        ensure_partitions(instance, [load_date])
        result = definitions.resolve_job_def(PULL).execute_in_process(
            instance=instance,
            partition_key=load_date.isoformat(),
            asset_selection=[*map(source_key, names), DELIVERY] if names else None,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={ATTENDED: "true"},
            raise_on_error=False,
        )
        return Ending(PUBLISHED) if result.success else ending_told(result.all_events)
