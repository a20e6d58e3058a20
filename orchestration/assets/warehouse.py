"""The warehouse of one night: the build file with its raw views, every dbt model with its tests, the last check."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from extracts.contract import load_contract
from orchestration import progress
from orchestration.assets.raw import DELIVERIES, dataset_key
from orchestration.build import check_current_year, finish_build, prepare_build, run_models
from orchestration.dbt_project import dbt_project
from orchestration.dbt_runner import NodeResult
from orchestration.retries import RETRIES
from orchestration.settings import load_settings
from orchestration.steps import WRITER, run_step

RUN_CONTEXT = dg.AssetKey(["raw", "run_context"])
WRITTEN_YEARS = dg.AssetKey(["raw", "written_years"])
REJECTED_KEYS = dg.AssetKey(["raw", "rejected_keys"])
UNIQUE_ID = "dagster_dbt/unique_id"


class Translator(DagsterDbtTranslator):
    """dbt's folders become groups; SQL stays in the repository, out of the descriptions."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """`staging`, `intermediate`, the subject area of a mart, `seeds`."""
        if dbt_resource_props["resource_type"] != "model":
            return "dictionaries"
        return str(dbt_resource_props["fqn"][-2])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The Russian text of the model's YAML."""
        return str(dbt_resource_props.get("description") or "")


class BuildConfig(dg.Config):
    """For which date the marts are made; without one, for the newest load date merged."""

    as_of: str | None = None


@dg.multi_asset(
    name="warehouse_inputs",
    description="Новый файл сборки: представления над всеми поставками и параметры этой ночи",
    specs=[
        dg.AssetSpec(
            key, deps=[DELIVERIES, *map(dataset_key, load_contract())], group_name="warehouse", description=description
        )
        for key, description in (
            (RUN_CONTEXT, "Параметры сборки: дата, порог округления"),
            (REJECTED_KEYS, "Ключи отклонённых строк снимков: у них действует прежняя версия"),
            (WRITTEN_YEARS, "Закрытые учебные годы, которые уже записаны и не пересчитываются"),
        )
    ],
    retry_policy=RETRIES,
    required_resource_keys={WRITER},
)
def warehouse_inputs(context: dg.AssetExecutionContext, config: BuildConfig) -> Iterator[dg.MaterializeResult[None]]:
    """Prepares the build file."""
    wanted = date.fromisoformat(config.as_of) if config.as_of else None
    as_of = run_step(context.op_execution_context, lambda: prepare_build(load_settings(), as_of=wanted))
    yield dg.MaterializeResult(asset_key=RUN_CONTEXT, metadata={"as_of": as_of.isoformat()})
    yield dg.MaterializeResult(asset_key=REJECTED_KEYS)
    yield dg.MaterializeResult(asset_key=WRITTEN_YEARS)


@dbt_assets(
    manifest=dbt_project.manifest_path,
    name="warehouse_models",
    dagster_dbt_translator=Translator(),
    retry_policy=RETRIES,
    required_resource_keys={WRITER},
)
def warehouse_models(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Builds all models in one call and reports each model and each data test; a failed blocking test ends the run."""
    settings = load_settings()
    results = run_step(context.op_execution_context, lambda: run_models(settings, on_node=_tell_node))
    yield from _events(context, results)
    run_step(context.op_execution_context, lambda: finish_build(settings, results))


def _tell_node(_name: str, done: int, total: int) -> None:
    progress.count("расчёт витрин", done, total)


def _events(
    context: dg.AssetExecutionContext, results: list[NodeResult]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    assets = {spec.metadata[UNIQUE_ID]: spec.key for spec in context.assets_def.specs}
    checks = {spec.metadata[UNIQUE_ID]: spec for spec in context.assets_def.check_specs if spec.metadata}
    for result in results:
        if result.unique_id in assets and result.status == "success":
            key = assets[result.unique_id]
            if key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key, metadata={"seconds": result.seconds})
        elif result.unique_id in checks and result.status != "skipped":
            check = checks[result.unique_id].key
            if check in context.selected_asset_check_keys:
                yield _check_result(check, result)


def _check_result(check: dg.AssetCheckKey, result: NodeResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=result.status == "pass",
        asset_key=check.asset_key,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.WARN if result.status == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={"failures": result.failures or 0},
    )


@dg.asset_check(
    asset=dg.AssetKey(["marts", "student_averages"]),
    name="current_year_has_students",
    description="В текущем учебном году есть хотя бы одно зачисление",
    blocking=True,
    required_resource_keys={WRITER},
)
def current_year_has_students(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Stops the run before publication: a year without a student means that the load cannot be trusted."""
    try:
        students = run_step(context.op_execution_context, lambda: check_current_year(load_settings()))
    except dg.Failure as failure:
        return dg.AssetCheckResult(passed=False, metadata=failure.metadata)
    return dg.AssetCheckResult(passed=True, metadata={"students": students})
