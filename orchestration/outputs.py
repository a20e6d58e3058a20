"""What is made from the publication in force: the package for the portal and the report site.

Each notes which publication it was made from, so that a run killed between publication and report is finished by the
next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from extracts.errors import BadInput, LoadStopped
from orchestration import audit
from orchestration.home import Home, private_umask, read_json, write_json
from orchestration.publication import Publication, in_force, publications
from orchestration.settings import Settings

if TYPE_CHECKING:
    from portal.manifest import Package


def make_package(
    settings: Settings, *, as_of: date | None = None, full: bool = False, overrule: bool = False
) -> Package:
    """Writes a package for the portal from the publication in force, or from the newest one kept of another date.

    What differs from what the portal has confirmed; every row with `full`, and as long as nothing is confirmed.

    Errors: BadInput if there is no such publication; LoadStopped if the package would delete too much and nobody has
    overruled that: the publication stays in force, and nothing is lost.
    """
    # `portfolio status` reads what is noted here: it does not pay for the imports.
    from portal.delete_guard import DeleteLimits
    from portal.package import write_package
    from portal.specification import load_specification

    publication = find_publication(settings.home, as_of)
    zone = ZoneInfo(settings.time_zone)
    with private_umask(), _told_as_published():
        package = write_package(
            publication.folder,
            settings.home.exports,
            prefix=settings.prefix,
            created_at=datetime.now(zone),
            as_of=publication.as_of,
            specification=load_specification(settings.specification) if settings.specification else None,
            connected_only=settings.connected_only,
            hashed=settings.hashed,
            memory_limit=settings.memory_limit,
            years=settings.home.years,
            full=full,
            overrule=overrule,
            limits=DeleteLimits(settings.deleted_share, settings.deleted_count),
            file_format=settings.package_format,
            datamart=settings.datamart,
        )
    _note(settings.home, package_of=publication.id, package=package.path.name)
    audit.record(settings.home, "export", publication=publication.id, package=package.path.name, rows=package.rows)
    return package


def package_line(package: Package) -> str:
    """One line about a finished package: its name, and how many rows it adds, changes and deletes."""
    if not package.files:
        return f"Пакет для портала: {package.path.name}, изменений нет"
    titles = {"create": "новых", "update": "изменённых", "delete": "удаляемых"}
    counts = {
        title: sum(file.rows for file in package.files if file.operation == operation)
        for operation, title in titles.items()
    }
    kind = "полный" if package.kind == "full" else f"изменения после {package.base_package}"
    return f"Пакет для портала: {package.path.name}, {kind}: строк " + ", ".join(
        f"{title} {count}" for title, count in counts.items() if count
    )


@contextmanager
def _told_as_published() -> Iterator[None]:
    """The guard of the package stops the package alone: the line must not read as if nothing were published."""
    try:
        yield
    except LoadStopped as stopped:
        messages = stopped.messages
    else:
        return
    raise LoadStopped([f"Опубликовано, но {message}" for message in messages])


def make_report(settings: Settings) -> Path:
    """Builds the report site from the publication in force; gives its first page.

    Errors: BadInput if nothing is published.
    """
    from reports.site import build_site

    publication = find_publication(settings.home, None)
    with private_umask():
        site = build_site(publication.folder, settings.home.reports, keep=[settings.home.load_reports.name])
    _note(settings.home, report_of=publication.id)
    audit.record(settings.home, "report", publication=publication.id, pages=site.pages, lists=site.lists)
    return first_page(settings.home)


def first_page(home: Home) -> Path:
    """The page of the report site to begin with."""
    return home.reports / "index.html"


def unfinished(home: Home) -> bool:
    """Whether a publication is in force that no package, or no report, has been made from."""
    publication = in_force(home)
    noted = noted_outputs(home)
    return publication is not None and (
        noted.get("package_of") != publication.id or noted.get("report_of") != publication.id
    )


def noted_outputs(home: Home) -> dict[str, Any]:
    """`package_of`, `package`, `report_of`: what the newest outputs were made from."""
    return read_json(home.progress_file)


def find_publication(home: Home, as_of: date | None) -> Publication:
    """The publication in force, or the newest one kept that speaks of `as_of`. Errors: BadInput if there is none."""
    current = in_force(home)
    if current is None:
        raise BadInput("Ещё ничего не опубликовано: сначала выполните portfolio load.")
    if as_of is None or as_of == current.as_of:
        return current
    of_that_day = [one for one in publications(home) if one.as_of == as_of]
    if not of_that_day:
        raise BadInput(
            f"Публикации на {as_of} нет (в силе {current.id}): сначала выполните portfolio load --as-of {as_of}."
        )
    return of_that_day[-1]


def _note(home: Home, **facts: str) -> None:
    write_json(home.progress_file, {**noted_outputs(home), **facts})
