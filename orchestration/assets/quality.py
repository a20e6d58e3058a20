"""Completeness and quality: what each rule finds on the night's build, as assets and checks with counts only."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from expectations.rules import load_rules
from orchestration import progress
from orchestration.assets.warehouse import warehouse_models
from orchestration.database import open_database
from orchestration.quality import check_quality
from orchestration.retries import RETRIES
from orchestration.settings import Settings, load_settings
from orchestration.steps import WRITER, run_step

GROUP = "quality"
FINDINGS = dg.AssetKey(["marts", "findings"])
COMPLETENESS = dg.AssetKey(["marts", "completeness"])
READINESS = dg.AssetKey(["marts", "portfolio_readiness"])

#: The build schemas that the rules read.
_CHECKED_SCHEMAS = ("intermediate", "marts")
_DEPS = sorted(key for key in warehouse_models.keys if key.path[0] in _CHECKED_SCHEMAS)


def check_name(rule_id: str) -> str:
    """What the check of a rule is called."""
    return f"rule_{rule_id.lower()}"


@dg.multi_asset(
    name="quality",
    description="Правила полноты и качества: что нашлось этой ночью и кого нельзя показать на портале",
    specs=[
        dg.AssetSpec(FINDINGS, deps=_DEPS, group_name=GROUP, description="Замечания: правило × объект"),
        dg.AssetSpec(COMPLETENESS, deps=_DEPS, group_name=GROUP, description="Полнота сведений учащихся"),
        dg.AssetSpec(READINESS, deps=_DEPS, group_name=GROUP, description="Какие разделы портала пусты и почему"),
    ],
    check_specs=[
        dg.AssetCheckSpec(check_name(rule_id), asset=FINDINGS, description=f"{rule_id}. {rule.title}")
        for rule_id, rule in load_rules().rules.items()
    ],
    retry_policy=RETRIES,
    required_resource_keys={WRITER},
)
def quality(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Checks the build. A finding is a warning: it never stops the load of other students."""
    settings = load_settings()
    result = run_step(context.op_execution_context, lambda: check_quality(settings, _as_of(settings)))
    progress.say(f"Проверено учащихся: {result.students}, без препятствий для портала: {result.complete_students}")
    yield dg.MaterializeResult(asset_key=FINDINGS, metadata={"open_findings": result.open_findings})
    yield dg.MaterializeResult(
        asset_key=COMPLETENESS, metadata={"students": result.students, "complete_students": result.complete_students}
    )
    yield dg.MaterializeResult(
        asset_key=READINESS, metadata={"sections": result.sections, "shown_sections": result.shown_sections}
    )
    for rule in result.rules:
        yield dg.AssetCheckResult(
            passed=rule.failed == 0,
            asset_key=FINDINGS,
            check_name=check_name(rule.rule_id),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"checked": rule.checked, "failed": rule.failed},
        )


def _as_of(settings: Settings) -> date:
    with open_database(settings.home.build_db, settings, read_only=True) as connection:
        [(as_of,)] = connection.execute("SELECT as_of FROM raw.run_context").fetchall()
    return as_of  # type: ignore[no-any-return]
