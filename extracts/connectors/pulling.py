"""One pull: every source of a region fills the delivery of one load date together.

A source is pulled on its own and as often as needed; the folder becomes the delivery, by one rename, when all are done.
Only then is it noted how far each dataset has been taken. Libraries of a source are imported when it is really asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from extracts.connectors import pull_log
from extracts.connectors.delivery_folder import DeliveryFolder, Progress
from extracts.connectors.options import Connectors, HttpSource, PostgresSource, Source
from extracts.connectors.window import Window, make_window
from extracts.errors import BadInput
from extracts.raw import merged_deliveries, raw_folder
from extracts.report import read_report

Say = Callable[[str], None]


@dataclass(frozen=True)
class Pull:
    """What is to be pulled, and all that is known around it.

    `now` is the clock's moment, with a time zone; `rename` the region's names of columns; `environment` holds the
    secrets that the sources name; `say` takes a line of progress: names and counts only.
    """

    connectors: Connectors
    landing: Path
    home: Path
    load_date: date
    now: datetime
    zone: ZoneInfo
    environment: Mapping[str, str] = field(repr=False)
    rename: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    say: Say = lambda _line: None

    @property
    def folder(self) -> DeliveryFolder:
        """Where the delivery comes together."""
        return DeliveryFolder(self.landing, self.load_date)


@dataclass(frozen=True)
class Taken:
    """What a source brought: dataset → rows (records of pages, rows of tables) and files."""

    rows: Mapping[str, int]
    files: int


def check_pull(pull: Pull) -> None:
    """Errors: BadInput if there is nothing to pull from, or no delivery of this date can be made."""
    if not pull.connectors.sources:
        raise BadInput("Источники не настроены: добавьте раздел [connectors.…] по образцу portfolio.example.toml.")
    if pull.load_date > pull.now.astimezone(pull.zone).date():
        raise BadInput(f"День {pull.load_date} ещё не наступил: поставка — это состояние источников на конец дня.")
    if not pull.landing.is_dir() and not pull.landing.is_relative_to(pull.home):
        raise BadInput(f"Папки поставок нет: {pull.landing}. Создайте её или укажите другую в PORTFOLIO_LANDING.")


def is_pulled(pull: Pull) -> bool:
    """Whether the delivery of this date has been made by an earlier pull; finishes what a kill left unnoted.

    Errors: BadInput if somebody else made it: a delivery that is there is never touched.
    """
    folder = pull.folder
    if folder.final.exists():
        known = folder.everything()
        if known and all(progress.is_done for progress in known.values()):
            _record(pull, known)
            return True
    if pull_log.has_pulled(pull.home, pull.load_date) and pull.load_date in merged_deliveries(pull.home):
        return True
    if folder.final.exists():
        raise BadInput(
            f"Поставка {pull.load_date} уже есть, и её собрал не portfolio pull: {folder.final}. "
            "Готовая поставка не меняется; ничего не сделано."
        )
    if pull.load_date in merged_deliveries(pull.home):
        raise BadInput(f"Поставка {pull.load_date} уже загружена и больше не меняется. Укажите другую дату.")
    return False


def pull_source(pull: Pull, name: str) -> Taken:
    """Brings everything of one source into the unfinished delivery; what is there already is not asked for again.

    Errors: SourceFailed if it cannot be reached; BadInput if its settings, its secret or its answers cannot be used.
    """
    source = pull.connectors.sources[name]
    folder = pull.folder
    folder.open()
    done = _pull_http(pull, source) if isinstance(source, HttpSource) else _pull_postgres(pull, source)
    return Taken(
        rows={dataset: progress.rows for dataset, progress in done.items()},
        files=sum(progress.pages for progress in done.values()),
    )


def unfinished_sources(pull: Pull) -> list[str]:
    """The sources that have not brought everything into the folder yet."""
    known = pull.folder.everything()
    return [
        name
        for name, source in pull.connectors.sources.items()
        if not all((name, dataset) in known and known[name, dataset].is_done for dataset in source.datasets)
    ]


def seal_delivery(pull: Pull) -> Path:
    """Makes the delivery of what all sources brought, and notes how far each of them was taken; gives its folder.

    Errors: SourceFailed if something is missing; BadInput if the delivery is there already.
    """
    folder = pull.folder
    wanted = [(name, dataset) for name, source in pull.connectors.sources.items() for dataset in source.datasets]
    folder.seal(wanted, pull.connectors.by_hand)
    _record(pull, folder.everything())
    return folder.final


def _record(pull: Pull, known: Mapping[tuple[str, str], Progress]) -> None:
    pull_log.record(pull.home, pull.load_date, {place: progress.window for place, progress in known.items()})


def _pull_http(pull: Pull, source: HttpSource) -> dict[str, Progress]:
    from extracts.connectors import http_source

    token = _secret(pull, source, source.token_env, "токен") if source.token_env else None
    done: dict[str, Progress] = {}
    for name, dataset in source.datasets.items():
        done[name] = http_source.pull_dataset(
            source,
            dataset,
            token=token,
            folder=pull.folder,
            window=_window(pull, source, name, pull.now),
            zone=pull.zone,
            say=pull.say,
        )
    return done


def _pull_postgres(pull: Pull, source: PostgresSource) -> dict[str, Progress]:
    from extracts.connectors import postgres_source

    known = {name: pull.folder.progress(source.name, name) for name in source.datasets}
    done = {
        name: progress
        for name, progress in known.items()
        if progress
        and progress.is_done
        and progress.settings == postgres_source.settings_of(source, source.datasets[name])
    }
    if len(done) == len(known):
        return done
    return postgres_source.pull_source(
        source,
        dsn=_secret(pull, source, source.dsn_env, "строка подключения"),
        folder=pull.folder,
        make_window=lambda dataset, now: _window(pull, source, dataset, now),
        rename=pull.rename,
        zone=pull.zone,
        say=pull.say,
    )


def _secret(pull: Pull, source: Source, variable: str, what: str) -> str:
    value = pull.environment.get(variable, "").strip()
    if not value:
        raise BadInput(f"Источник {source.name}: переменная среды {variable} пуста, а в ней должен быть {what}.")
    # What a header cannot carry the library would refuse with a message that quotes it.
    if isinstance(source, HttpSource) and not (value.isascii() and value.isprintable()):
        raise BadInput(
            f"Источник {source.name}: в переменной среды {variable} недопустимые для токена знаки. Задайте её заново."
        )
    return value


def _window(pull: Pull, source: Source, dataset: str, now: datetime) -> Window:
    taken = pull_log.taken_until(
        pull.home, source.name, dataset, before=pull.load_date, holds=lambda day, name: _holds(pull, day, name)
    )
    return make_window(pull.load_date, pull.zone, taken_until=taken, overlap=source.overlap, now=now)


def _holds(pull: Pull, day: date, dataset: str) -> bool:
    """Whether a delivery is there to be loaded, or was loaded with the dataset: one that was thrown away is not."""
    if day in merged_deliveries(pull.home):
        return dataset in _loaded_datasets(raw_folder(pull.home, day))
    return DeliveryFolder(pull.landing, day).final.is_dir()


@lru_cache(maxsize=1024)
def _loaded_datasets(raw: Path) -> frozenset[str]:
    """What a delivery was loaded with; asked for again and again, and never changed."""
    return frozenset(one.dataset for one in read_report(raw).datasets)
