"""The jobs of Dagster: what `portfolio`, the schedule and the sensor start, and what the UI shows."""

from __future__ import annotations

import dagster as dg

from orchestration import plan
from orchestration.alerts import alert_on_failure
from orchestration.assets.connectors import GROUP as CONNECTORS
from orchestration.assets.outputs import portal_package, portal_sending, report_site
from orchestration.assets.raw import raw_extracts
from orchestration.pull_runner import pull_job

# Nothing goes to the portal unless somebody starts the job `send` or switches its schedule on.
_EVERYTHING = dg.AssetSelection.all() - dg.AssetSelection.groups(CONNECTORS) - dg.AssetSelection.assets(portal_sending)

nightly = dg.define_asset_job(
    plan.NIGHTLY,
    selection=_EVERYTHING,
    hooks={alert_on_failure},
    description="Ночь целиком: приём поставок, расчёт витрин, проверки, публикация, пакет для портала, отчёты",
)
rebuild = dg.define_asset_job(
    plan.REBUILD,
    selection=_EVERYTHING - dg.AssetSelection.assets(raw_extracts),
    hooks={alert_on_failure},
    description="Расчёт, публикация, пакет и отчёты из уже принятых поставок",
)
outputs = dg.define_asset_job(
    plan.OUTPUTS,
    selection=dg.AssetSelection.assets(portal_package, report_site),
    hooks={alert_on_failure},
    description="Пакет и отчёты из опубликованного состояния",
)
export = dg.define_asset_job(
    plan.EXPORT,
    selection=dg.AssetSelection.assets(portal_package),
    hooks={alert_on_failure},
    description="Пакет для портала из опубликованного состояния",
)
send = dg.define_asset_job(
    plan.SEND,
    selection=dg.AssetSelection.assets(portal_sending),
    hooks={alert_on_failure},
    description="Отправка последнего пакета на портал (адрес — portal.url в настройках)",
)
JOBS = [nightly, rebuild, outputs, export, send, pull_job]
