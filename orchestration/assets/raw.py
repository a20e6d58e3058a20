"""The raw extracts: one asset a dataset, one partition a load date."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
from pydantic import Field

from extracts.contract import load_contract
from extracts.load import DeliveryReport
from orchestration.merging import merge_deliveries
from orchestration.partitions import LOAD_DATES
from orchestration.retries import RETRIES
from orchestration.settings import load_settings
from orchestration.steps import WRITER, run_step

GROUP = "extracts"
DELIVERIES = dg.AssetKey(["raw", "deliveries"])
TRUSTWORTHY = "delivery_is_readable_and_within_limits"


def dataset_key(dataset: str) -> dg.AssetKey:
    """The asset of a dataset: the same key as dbt's source `raw.<dataset>`."""
    return dg.AssetKey(["raw", dataset])


class LoadConfig(dg.Config):
    """What an operator may decide for one load."""

    alone: bool = False
    overrule: bool = False
    without: list[str] = Field(default_factory=list)


_SPECS = [
    dg.AssetSpec(dataset_key(name), description=dataset.title, group_name=GROUP, kinds={"parquet"})
    for name, dataset in load_contract().items()
]


@dg.multi_asset(
    name="raw_extracts",
    description="Приём поставок: все файлы ночи приводятся к типам договора и ложатся в raw/",
    specs=[
        *_SPECS,
        dg.AssetSpec(DELIVERIES, description="Что поступило по датам загрузки", group_name=GROUP, kinds={"parquet"}),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            TRUSTWORTHY,
            asset=DELIVERIES,
            blocking=True,
            description="Все файлы поставки читаются, отклонённых и пропавших строк не больше допустимого",
        )
    ],
    partitions_def=LOAD_DATES,
    retry_policy=RETRIES,
    required_resource_keys={WRITER},
)
def raw_extracts(
    context: dg.AssetExecutionContext, config: LoadConfig
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Merges what waits up to the partition's date; deliveries before it get a materialization of their own."""
    load_date = date.fromisoformat(context.partition_key)
    try:
        reports = run_step(
            context.op_execution_context,
            lambda: merge_deliveries(
                load_settings(), load_date, alone=config.alone, overrule=config.overrule, without=config.without
            ),
        )
    except dg.Failure as failure:
        yield dg.AssetCheckResult(passed=False, asset_key=DELIVERIES, check_name=TRUSTWORTHY, metadata=failure.metadata)
        raise
    for report in reports:
        if report.load_date != load_date:
            _tell_earlier(context, report)
    newest = next((report for report in reports if report.load_date == load_date), None)
    yield from _results(newest)


def _tell_earlier(context: dg.AssetExecutionContext, report: DeliveryReport) -> None:
    for dataset, facts in _facts(report).items():
        context.log_event(
            dg.AssetMaterialization(dataset_key(dataset), partition=report.load_date.isoformat(), metadata=facts)
        )
    context.log_event(dg.AssetMaterialization(DELIVERIES, partition=report.load_date.isoformat()))


def _results(report: DeliveryReport | None) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    facts = _facts(report) if report else {}
    for dataset in load_contract():
        yield dg.MaterializeResult(asset_key=dataset_key(dataset), metadata=facts.get(dataset, {}))
    yield dg.MaterializeResult(asset_key=DELIVERIES)
    yield dg.AssetCheckResult(passed=True, asset_key=DELIVERIES, check_name=TRUSTWORTHY)


def _facts(report: DeliveryReport) -> dict[str, dict[str, int]]:
    return {
        dataset.dataset: {
            "rows_read": dataset.rows_read,
            "rows_loaded": dataset.rows_loaded,
            "rows_rejected": dataset.rows_rejected,
        }
        for dataset in report.datasets
    }
