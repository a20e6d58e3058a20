"""The dbt project as Dagster sees it, its manifest made when it is missing."""

from __future__ import annotations

from dagster_dbt import DbtProject

from orchestration.dbt_runner import PROJECT, manifest_path
from orchestration.settings import load_settings

dbt_project = DbtProject(PROJECT, target_path=manifest_path(load_settings()).parent)
