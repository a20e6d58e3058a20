"""Sources that are asked for their data: one asset a source, and the delivery that they make together."""

from datetime import date

import dagster as dg

from extracts.connectors.options import Connectors
from orchestration import pulling
from orchestration.partitions import LOAD_DATES
from orchestration.retries import RETRIES
from orchestration.settings import load_settings
from orchestration.steps import WRITER, run_step

GROUP = "connectors"
DELIVERY = dg.AssetKey(["landing", "delivery"])


def source_key(name: str) -> dg.AssetKey:
    """The asset of a source."""
    return dg.AssetKey(["source", name])


def connector_assets(connectors: Connectors) -> list[dg.AssetsDefinition]:
    """An asset for each source, and one for the delivery; partitions are load dates."""
    sources = [_source_asset(name, list(source.datasets)) for name, source in connectors.sources.items()]
    return [*sources, _delivery_asset(list(connectors.sources))]


def _source_asset(name: str, datasets: list[str]) -> dg.AssetsDefinition:
    @dg.asset(
        key=source_key(name),
        group_name=GROUP,
        description=f"Источник {name}: {', '.join(datasets)}",
        partitions_def=LOAD_DATES,
        retry_policy=RETRIES,
        required_resource_keys={WRITER},
    )
    def pulled(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        load_date = date.fromisoformat(context.partition_key)
        taken = run_step(context.op_execution_context, lambda: pulling.pull_one(load_settings(), load_date, name))
        counts = {f"rows_{dataset}": rows for dataset, rows in taken.rows.items()}
        return dg.MaterializeResult(metadata={"files": taken.files, **counts})

    return pulled


def _delivery_asset(names: list[str]) -> dg.AssetsDefinition:
    @dg.asset(
        key=DELIVERY,
        group_name=GROUP,
        description="Поставка из всех источников: появляется в зоне приёма одним переименованием",
        deps=[source_key(name) for name in names],
        partitions_def=LOAD_DATES,
        retry_policy=RETRIES,
        required_resource_keys={WRITER},
    )
    def delivery(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        load_date = date.fromisoformat(context.partition_key)
        made = run_step(context.op_execution_context, lambda: pulling.make_delivery(load_settings(), load_date))
        return dg.MaterializeResult(metadata={"is_complete": made is not None})

    return delivery
