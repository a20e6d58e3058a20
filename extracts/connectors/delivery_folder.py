"""The folder `<landing>/<date>.part` that all connectors fill together, and what is known of each dataset in it.

Beside the files of connectors there may be files that people put in; they are left alone. What a connector has done so
far stands in `.pull.json` inside the folder (readers pass over such names): whoever throws the folder away starts anew,
and a pull that was killed goes on at its next page. Does not belong here: where the data comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from extracts.connectors.errors import SourceFailed
from extracts.connectors.window import Window
from extracts.contract import dataset_names
from extracts.disk import PRIVATE_FILE, make_private_folder, remove, settle, write_private
from extracts.errors import BadInput

PROGRESS = ".pull.json"
PART = ".part"

#: How the names of files end that somebody is still copying.
_UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".crdownload", ".partial")

Place = int | str


@dataclass(frozen=True)
class Progress:
    """How far one dataset of one source has come in this folder.

    `settings`: a fingerprint of what it is asked for with; `following`: the page number, offset or address of the next
    page, None at the beginning; `is_done`: everything of it is in the folder.
    """

    settings: str
    since: str | None
    until: str
    pages: int = 0
    rows: int = 0
    following: Place | None = None
    is_done: bool = False

    @property
    def window(self) -> Window:
        """The stretch of time that is asked for: the same when the pull goes on as when it began."""
        since = datetime.fromisoformat(self.since) if self.since else None
        return Window(since, datetime.fromisoformat(self.until))


def begin(settings: str, window: Window) -> Progress:
    """The progress of a dataset of which nothing has been taken yet."""
    return Progress(settings, window.since.isoformat() if window.since else None, window.until.isoformat())


class DeliveryFolder:
    """The unfinished delivery of one load date."""

    def __init__(self, landing: Path, load_date: date) -> None:
        """Knows the places; makes nothing."""
        self.landing = landing
        self.load_date = load_date
        self.final = landing / load_date.isoformat()
        self.part = landing / f"{load_date.isoformat()}{PART}"

    def open(self) -> None:
        """Makes the folder if it is not there. Errors: BadInput if the delivery is there already, or a file instead."""
        self._check_free()
        if self.part.exists() and not self.part.is_dir():
            raise BadInput(f"На месте папки {self.part} стоит файл. Уберите его и повторите.")
        make_private_folder(self.part)

    def progress(self, source: str, dataset: str) -> Progress | None:
        """What is known of a dataset of a source; None if nothing."""
        return self.everything().get((source, dataset))

    def everything(self) -> dict[tuple[str, str], Progress]:
        """What is known of every dataset of every source, in the finished folder if there is one.

        A damaged note counts for none: everything is taken anew.
        """
        folder = self.final if self.final.is_dir() else self.part
        try:
            document: dict[str, dict[str, Any]] = json.loads((folder / PROGRESS).read_text("utf-8"))
            found = {
                (source, dataset): Progress(**facts)
                for source, datasets in document.items()
                for dataset, facts in datasets.items()
            }
            for progress in found.values():
                _ = progress.window
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
        return found

    def note(self, source: str, dataset: str, progress: Progress | None) -> None:
        """Notes how far a dataset has come; None: forgets it."""
        known = self.everything()
        known.pop((source, dataset), None)
        if progress:
            known[source, dataset] = progress
        document: dict[str, dict[str, Any]] = {}
        for (name, of), facts in sorted(known.items()):
            document.setdefault(name, {})[of] = asdict(facts)
        write_private(self.part / PROGRESS, json.dumps(document, ensure_ascii=False, indent=1) + "\n")

    def start(self, source: str, dataset: str, progress: Progress) -> None:
        """Begins a dataset anew: what an earlier pull left of it goes away."""
        self.note(source, dataset, None)
        for file in self.files(source, dataset):
            remove(file)
        self.note(source, dataset, progress)

    def finish(self, source: str, dataset: str, progress: Progress) -> Progress:
        """Notes that everything of a dataset is in the folder; gives the progress that says so."""
        done = replace(progress, following=None, is_done=True)
        self.note(source, dataset, done)
        return done

    def page(self, source: str, dataset: str, number: int) -> Path:
        """The file of a page as it came."""
        return self.part / f"{dataset}.{source}.page-{number:06d}.json"

    def table_part(self, source: str, dataset: str, number: int) -> Path:
        """The file of a part of a table."""
        return self.part / f"{dataset}.{source}.part-{number:06d}.parquet"

    def files(self, source: str, dataset: str) -> list[Path]:
        """Every file of a dataset that a connector wrote, also one that it was writing when it was killed."""
        starts = tuple(f"{dot}{dataset}.{source}.{kind}-" for dot in ("", ".") for kind in ("page", "part"))
        return sorted(file for file in self.part.iterdir() if file.name.startswith(starts))

    def write(self, path: Path, content: bytes) -> None:
        """Writes a file of the folder at once: it is there whole, or not at all."""
        temporary = path.with_name(f".{path.name}.part")
        temporary.touch(mode=PRIVATE_FILE)
        temporary.write_bytes(content)
        settle(temporary)
        temporary.replace(path)

    def seal(self, wanted: Iterable[tuple[str, str]], by_hand: Iterable[str]) -> None:
        """Turns the folder into the delivery, by one rename.

        wanted: the datasets of sources that must be done; by_hand: those that people put in. Errors: BadInput if the
        delivery is there already; SourceFailed if something is missing, or a file is still being copied.
        """
        self._check_free()
        wanted = set(wanted)
        known = self.everything()
        missing = sorted(place for place in wanted if place not in known or not known[place].is_done)
        if missing:
            names = ", ".join(f"{source}/{dataset}" for source, dataset in missing)
            raise SourceFailed(f"Поставка {self.load_date} ещё не собрана: нет {names}. Повторите portfolio pull.")
        # Of a source that is no longer in the settings, half a dataset may be there.
        for source, dataset in set(known) - wanted:
            for file in self.files(source, dataset):
                remove(file)
            self.note(source, dataset, None)
        self._check_people(by_hand)
        settle(self.part)
        self.part.rename(self.final)
        settle(self.landing)

    def _check_free(self) -> None:
        if self.final.exists():
            raise BadInput(
                f"Поставка {self.load_date} уже есть: {self.final}. Готовая поставка не меняется; ничего не сделано. "
                "Если она не нужна и не загружена, уберите папку и повторите."
            )

    def _check_people(self, by_hand: Iterable[str]) -> None:
        names = sorted(entry.name for entry in self.part.iterdir())
        there = {dataset_names().get(head, head) for head in (name.split(".", 1)[0].lower() for name in names)}
        absent = [dataset for dataset in by_hand if dataset not in there]
        if absent:
            raise SourceFailed(
                f"Поставка {self.load_date} ждёт файлов, которые кладут вручную: {', '.join(absent)}. "
                f"Положите их в {self.part} и повторите portfolio pull --date {self.load_date}."
            )
        copied = [name for name in names if name.lower().endswith(_UNFINISHED) and not name.startswith(".")]
        if copied:
            raise SourceFailed(
                f"В {self.part} ещё копируют файлы ({len(copied)}): дождитесь конца или уберите их "
                f"и повторите portfolio pull --date {self.load_date}."
            )
