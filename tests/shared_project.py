"""Homes whose dbt project is the one that all tests of a run share (`parsed_project` of conftest.py)."""

from __future__ import annotations

from pathlib import Path


def share_project(home: Path, parsed_project: Path) -> Path:
    """Makes the home's `dagster/dbt` a link to the shared folder, where whoever comes first parses; gives the home."""
    folder = home / "dagster"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "dbt").symlink_to(parsed_project)
    return home
