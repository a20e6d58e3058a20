"""Everything that Dagster knows of the corridor, merged; nothing is defined here."""

from __future__ import annotations

import os

import dagster as dg

from orchestration.assets.connectors import connector_assets
from orchestration.assets.outputs import portal_package, portal_sending, publication, report_site
from orchestration.assets.quality import quality
from orchestration.assets.raw import raw_extracts
from orchestration.assets.warehouse import current_year_has_students, warehouse_inputs, warehouse_models
from orchestration.automation import (
    every_night,
    new_deliveries,
    publish_what_was_merged,
    pull_every_night,
    send_every_hour,
)
from orchestration.jobs import JOBS
from orchestration.settings import load_settings
from orchestration.steps import WRITER, WarehouseWriter

# Whatever a daemon's processes make belongs to its owner alone (152-ФЗ), as with the command.
os.umask(0o077)

defs = dg.Definitions(
    assets=[
        *connector_assets(load_settings().connectors),
        raw_extracts,
        warehouse_inputs,
        warehouse_models,
        quality,
        publication,
        portal_package,
        report_site,
        portal_sending,
    ],
    asset_checks=[current_year_has_students],
    jobs=JOBS,
    schedules=[every_night, pull_every_night, send_every_hour],
    sensors=[new_deliveries, publish_what_was_merged],
    resources={WRITER: WarehouseWriter()},
    # One process for all steps of a run: a step of its own costs two seconds, and dbt is imported once.
    executor=dg.in_process_executor,
)
