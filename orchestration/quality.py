"""Completeness and quality of a night: the rules on the build before publication, the ledger after it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.home import Home
from orchestration.publication import in_force
from orchestration.settings import Settings

if TYPE_CHECKING:
    from expectations.run import CheckResult

LEDGER_FILE = "findings_ledger.parquet"


def ledger_file(home: Home) -> Path:
    """Where the findings of the published nights are remembered."""
    return home.warehouse / LEDGER_FILE


def check_quality(settings: Settings, as_of: date) -> CheckResult:
    """Runs every rule of 3-quality.md on the build; findings and completeness stand beside the marts afterwards.

    Errors: ExpectationError if an expectation could not be computed, which is never a finding.
    """
    # Great Expectations takes seconds to import: only a run that checks pays for it.
    from expectations.run import check_build

    return check_build(
        settings.home.build_db,
        as_of=as_of,
        ledger=ledger_file(settings.home),
        connected_only=settings.connected_only,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        temp_directory=settings.home.temporary,
    )


def record_in_force(settings: Settings) -> None:
    """Notes the findings of the publication in force in the ledger.

    Called after a publication, and before a build for the sake of a run that was killed between the two: a night that
    is recorded again changes nothing.
    """
    from expectations.ledger import record_published

    publication = in_force(settings.home)
    if publication is None or "findings" not in publication.tables:
        return
    record_published(
        ledger_file(settings.home),
        publication.portfolio,
        as_of=publication.as_of,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )
