"""`portfolio explain`: what the portal shows for one student, section by section, and why a section is empty.

The document itself is made in `portal/document.py`; here it is found, noted in the audit log and told in Russian.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from extracts.errors import BadInput
from orchestration import audit
from orchestration.outputs import find_publication
from orchestration.settings import Settings
from reports import text


def explained(settings: Settings, student_profile_id: str, *, as_of: date | None = None) -> dict[str, Any]:
    """The document of a student (schema `StudentPortfolio`), from the publication in force or the one for `as_of`.

    It names the child, so it is noted in the audit log. Errors: BadInput if nothing is published or the student is not
    known.
    """
    # These pull in the engine; `portfolio --help` does not pay for it.
    from portal.document import student_document
    from portal.specification import load_specification

    publication = find_publication(settings.home, as_of)
    document = student_document(
        publication.folder,
        student_profile_id,
        prefix=settings.prefix,
        as_of=publication.as_of,
        specification=load_specification(settings.specification) if settings.specification else None,
        connected_only=settings.connected_only,
        memory_limit=settings.memory_limit,
        years=settings.home.years,
    )
    audit.record(settings.home, "explain", publication=publication.id, student=student_profile_id)
    return document


def write_preview(document: dict[str, Any], file: Path) -> None:
    """Writes the preview page (mode 0600). Errors: BadInput if it cannot be written there."""
    from reports.folder import write_private
    from reports.preview import preview_page

    page = preview_page(document)
    try:
        file.unlink(missing_ok=True)
        write_private(file, page)
    except OSError as error:
        raise BadInput(f"{file}: файл не записывается ({error.strerror}); назовите другое место.") from None


def explanation_lines(document: dict[str, Any]) -> Iterator[str]:
    """The document told in Russian: ids and counts, reasons and cures; names stay in the document."""
    state = "передаётся на портал" if document["is_exported"] else "на портал не передаётся"
    yield f"Учащийся {document['student_profile_id']}, данные на {document['as_of']}: {state}."
    yield f"Кто читает: {', '.join(text.READERS[reader] for reader in document['readers'])}."
    for section in document["sections"]:
        yield ""
        yield from _section_lines(section)


def _section_lines(section: dict[str, Any]) -> Iterator[str]:
    if section["is_shown"]:
        rows = ", ".join(f"{table} — {len(found)}" for table, found in section["tables"].items() if found)
        yield f"{section['title']}: есть что показать. Строки: {rows or 'нет'}."
        return
    reason = section["reason"]
    if reason is None:
        yield f"{section['title']}: пусто. Учащийся сейчас не учится."
        return
    yield f"{section['title']}: пусто. {reason['title']}."
    yield f"  Что это: {reason['what']}"
    yield f"  Как исправить: {reason['how_to_fix']}"
    yield f"  Кто исправляет: {reason['who_fixes']}"
