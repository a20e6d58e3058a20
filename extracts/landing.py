"""The landing zone: which deliveries stand in it and which files a delivery holds (specification 1-extracts.md).

Does not belong here: what stands in the files.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from extracts.contract import dataset_names, load_contract
from extracts.disk import printable, sha256
from extracts.errors import BadInput
from extracts.oneroster.tables import recognize
from extracts.readers import READERS
from extracts.report import DeliveryReport, FileReport, SourceReport

#: Files that are still being written, or are the marks of a file manager or of Excel.
IGNORED_PREFIXES = (".", "~$")


@dataclass(frozen=True)
class Delivery:
    """One folder of the landing zone: the state of the sources at the end of its date."""

    load_date: date
    path: Path


@dataclass(frozen=True)
class SourceFile:
    """One file of a delivery: its dataset and the format that its name says.

    `is_foreign`: the delivery is an export in a foreign shape, and `dataset` is the file's name there.
    """

    dataset: str
    extension: str
    path: Path
    is_foreign: bool = False

    @property
    def name(self) -> str:
        """The file's name, as messages and the raw column `_file` give it."""
        return self.path.name


def find_deliveries(landing: Path) -> list[Delivery]:
    """Every delivery of the landing zone, oldest first; what is no folder named by a date is ignored.

    Errors: BadInput if there is no such folder to look into.
    """
    cure = "Создайте её или укажите другую в PORTFOLIO_LANDING."
    if not landing.exists():
        raise BadInput(f"Папки поставок нет: {landing}. {cure}")
    if not landing.is_dir():
        raise BadInput(f"На месте папки поставок стоит файл: {landing}. Уберите его или укажите другую папку.")
    try:
        folders = [entry for entry in landing.iterdir() if entry.is_dir()]
    except OSError as error:
        raise BadInput(f"Папка поставок не читается: {landing} ({error.strerror}). Проверьте права.") from None
    found = [Delivery(load_date, folder) for folder in folders if (load_date := folder_date(folder.name))]
    return sorted(found, key=lambda delivery: delivery.load_date)


def misnamed_folders(landing: Path) -> list[str]:
    """Names of the folders that hold something and are no delivery, because no date names them. Those that are hidden,
    or still being put together under another name (`….part`), are left out; so is a zone that cannot be looked into.
    """
    try:
        folders = [entry for entry in landing.iterdir() if entry.is_dir() and folder_date(entry.name) is None]
        named = [one for one in folders if not one.name.startswith(IGNORED_PREFIXES) and ".part" not in one.name]
        return sorted(printable(one.name) for one in named if any(one.iterdir()))
    except OSError:
        return []


def is_as_read(delivery: Delivery, report: DeliveryReport) -> bool:
    """Whether the folder holds the very files that the report is about, byte for byte."""
    try:
        files, messages = list_files(delivery, report.without)
        read: list[FileReport | SourceReport] = [*report.files, *report.sources]
        known = {file.file: (file.bytes, file.sha256) for file in read}
        sizes = {file.name: file.path.stat().st_size for file in files}
        if messages or sizes != {name: size for name, (size, _) in known.items()}:
            return False
        return all(sha256(file.path) == known[file.name][1] for file in files)
    except (BadInput, OSError):
        return False


def folder_date(name: str) -> date | None:
    """The date that a folder's name says in the one accepted spelling YYYY-MM-DD; None for any other name."""
    try:
        found = date.fromisoformat(name)
    except ValueError:
        return None
    return found if found.isoformat() == name else None


def list_files(delivery: Delivery, without: Collection[str]) -> tuple[list[SourceFile], list[str]]:
    """The delivery's files in order of name, and a message for each entry that is no file of a known dataset.

    Part 9 stands before part 10: of rows of one version the later one of the delivery counts.
    Files of an export in a foreign shape are `is_foreign`, and are that even if they have the name of a dataset.
    `without` names datasets (or the beginnings of other names, up to the first dot) to pass over.
    Errors: BadInput if the folder cannot be read or holds no file at all.
    """
    try:
        entries = sorted(delivery.path.iterdir(), key=lambda entry: _natural(entry.name))
    except OSError as error:
        raise BadInput(
            f"Поставка {delivery.load_date} не читается ({error.strerror}). Проверьте папку и права."
        ) from None
    entries = [entry for entry in entries if not entry.name.startswith(IGNORED_PREFIXES)]
    if not entries:
        raise BadInput(
            f"Поставка {delivery.load_date} пуста: в папке нет ни одного файла. Положите выгрузки или уберите папку."
        )
    passed_over = {dataset_names().get(name, name) for name in without}
    passed_over |= {name.lower() for name in without}
    foreign = recognize(entry.name for entry in entries if entry.is_file())
    chosen = [entry for entry in entries if dataset_of(entry.name) not in passed_over]
    problems = {entry: _problem(entry, delivery) for entry in chosen if entry.name not in foreign}
    files = [
        SourceFile(
            foreign.get(entry.name, dataset_of(entry.name)), _extension(entry.name), entry, entry.name in foreign
        )
        for entry in chosen
        if not problems.get(entry)
    ]
    return files, [problem for problem in problems.values() if problem]


def dataset_of(name: str) -> str:
    """The dataset that a file's name says: what stands before the first dot, known or not."""
    name = name.split(".", 1)[0].lower()
    return dataset_names().get(name, name)


def _natural(name: str) -> tuple[list[str | int], str]:
    """Sorts numbers in a name as numbers."""
    pieces = re.split(r"([0-9]+)", name)
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], name


def _extension(name: str) -> str:
    lowered = name.lower()
    known = sorted(READERS, key=len, reverse=True)  # csv.gz before gz
    return next((extension for extension in known if lowered.endswith(f".{extension}")), "")


def _problem(entry: Path, delivery: Delivery) -> str | None:
    """What keeps an entry from being read at all, with its cure; None if nothing."""
    where = f"{delivery.load_date}/{printable(entry.name)}"
    dataset = dataset_of(entry.name)
    if not entry.name.isprintable() or not _is_text(entry.name):
        return f"{where}: в имени файла недопустимые знаки. Переименуйте файл."
    if not entry.is_file():
        return f"{where}: это не обычный файл. Уберите его из поставки (файлы наборов лежат прямо в её папке)."
    if dataset not in load_contract():
        return f"{where}: неизвестный набор данных «{printable(dataset)}». {_known_names(dataset)}"
    extension = _extension(entry.name)
    if not extension:
        return f"{where}: неизвестный формат файла. Ожидается один из: {', '.join(READERS)}.{_without(dataset)}"
    return None


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _known_names(dataset: str) -> str:
    near = get_close_matches(dataset, load_contract(), n=3, cutoff=0.6)
    hint = f"Похожие: {', '.join(near)}." if near else f"Известны: {', '.join(load_contract())}."
    return f"{hint} Переименуйте файл или продолжите без него: --without {printable(dataset)}."


def _without(dataset: str) -> str:
    return f" Либо продолжите без набора: --without {dataset}."
