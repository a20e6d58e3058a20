"""What leaves the warehouse: the publication, the package for the portal, the report site."""

from datetime import date

import dagster as dg

from orchestration import outputs, progress, sending
from orchestration.assets.quality import COMPLETENESS, FINDINGS, READINESS
from orchestration.assets.warehouse import warehouse_models
from orchestration.publication import Publication, publish
from orchestration.quality import record_in_force
from orchestration.retries import RETRIES
from orchestration.settings import Settings, load_settings
from orchestration.steps import WRITER, run_step

GROUP = "publication"

#: Schemas of the build that are published; the rest is scaffolding.
PUBLISHED_SCHEMAS = ("marts", "people")

_PUBLISHED = [
    *sorted(key for key in warehouse_models.keys if key.path[0] in PUBLISHED_SCHEMAS),
    FINDINGS,
    COMPLETENESS,
    READINESS,
]


class ExportConfig(dg.Config):
    """From which of the kept publications; without one, from the one in force.

    `full`: every row instead of what differs; `overrule`: also if that deletes more than the limits allow.
    """

    as_of: str | None = None
    full: bool = False
    overrule: bool = False


@dg.asset(group_name=GROUP, deps=_PUBLISHED, retry_policy=RETRIES, required_resource_keys={WRITER}, kinds={"duckdb"})
def publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Опубликованное состояние: витрины и сведения о людях, заменяются одним переименованием."""
    settings = load_settings()
    made = run_step(context.op_execution_context, lambda: _publish(settings))
    progress.say(f"{made.as_of}: опубликовано {made.id}")
    return dg.MaterializeResult(metadata={"publication": made.id, "as_of": made.as_of.isoformat(), **made.tables})


def _publish(settings: Settings) -> Publication:
    made = publish(settings, settings.home.build_db)
    record_in_force(settings)
    return made


@dg.asset(group_name=GROUP, deps=[publication], retry_policy=RETRIES, required_resource_keys={WRITER}, kinds={"csv"})
def portal_package(context: dg.AssetExecutionContext, config: ExportConfig) -> dg.MaterializeResult[None]:
    """Пакет для портала из опубликованного состояния."""
    of = date.fromisoformat(config.as_of) if config.as_of else None
    package = run_step(
        context.op_execution_context,
        lambda: outputs.make_package(load_settings(), as_of=of, full=config.full, overrule=config.overrule),
    )
    progress.say(outputs.package_line(package))
    return dg.MaterializeResult(metadata={"package": package.path.name, "kind": package.kind, "rows": package.rows})


@dg.asset(group_name=GROUP, deps=[publication], retry_policy=RETRIES, required_resource_keys={WRITER}, kinds={"plotly"})
def report_site(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Сайт отчётов из опубликованного состояния."""
    run_step(context.op_execution_context, lambda: outputs.make_report(load_settings()))
    progress.say("Отчёты готовы")
    return dg.MaterializeResult()


# No writer's lock: sending lasts hours, touches no database and has a lock of its own.
@dg.asset(group_name=GROUP, deps=[portal_package], retry_policy=RETRIES, kinds={"csv"})
def portal_sending(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Последний пакет, отправленный на портал и подтверждённый им."""
    sent = run_step(context.op_execution_context, lambda: sending.send_newest(load_settings()))
    return dg.MaterializeResult(
        metadata={"package": sent.package, "files": sent.files, "rows": sent.rows, "bytes": sent.bytes}
    )
