"""Pages of an HTTP source, stored as they came: `<dataset>.<source>.page-000001.json`.

Each page is on the disk before the next is asked for, and so is the place of the next: a pull that breaks, or is
killed, goes on there. dlt's client and paginators find the pages; its pipelines are not used: they would take the rows
apart and keep a state of their own, while what is wanted is the page itself, for the reader of JSON pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit
from zoneinfo import ZoneInfo

from dlt.common import jsonpath
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from extracts.connectors.delivery_folder import DeliveryFolder, Place, Progress, begin
from extracts.connectors.http_failures import failure_of
from extracts.connectors.http_paging import counted_place, make_paginator
from extracts.connectors.http_session import check_answer, open_client
from extracts.connectors.options import DATE_FORMATS, HttpDataset, HttpSource
from extracts.connectors.window import Window
from extracts.errors import BadInput

Say = Callable[[str], None]


def settings_of(source: HttpSource, dataset: HttpDataset) -> str:
    """A fingerprint of what decides over the pages: a pull under other settings does not go on, it begins anew."""
    facts = (source.base_url, sorted(source.headers.items()), sorted(asdict(dataset).items()))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def pull_dataset(
    source: HttpSource,
    dataset: HttpDataset,
    *,
    token: str | None,
    folder: DeliveryFolder,
    window: Window,
    zone: ZoneInfo,
    say: Say,
) -> Progress:
    """Stores the pages of a dataset that are not in the folder yet; gives what is there then.

    Errors: SourceFailed if the source fails after all attempts; BadInput if the settings cannot be right. Pages that
    were stored stay.
    """
    known = folder.progress(source.name, dataset.dataset)
    settings = settings_of(source, dataset)
    if known is None or known.settings != settings or not _pages_are_there(folder, source, dataset, known):
        known = begin(settings, window)
        folder.start(source.name, dataset.dataset, known)
    elif known.pages and not known.is_done:
        say(f"{source.name}: {dataset.dataset} — продолжение со страницы {known.pages + 1}")
    pull = _Pull(source, dataset, token, folder, zone, say, known)
    pull.run()
    return pull.done


def _pages_are_there(folder: DeliveryFolder, source: HttpSource, dataset: HttpDataset, known: Progress) -> bool:
    return all(folder.page(source.name, dataset.dataset, number).is_file() for number in range(1, known.pages + 1))


@dataclass
class _Pull:
    """One dataset on its way; `done` grows with every page."""

    source: HttpSource
    dataset: HttpDataset
    token: str | None = field(repr=False)
    folder: DeliveryFolder
    zone: ZoneInfo
    say: Say
    done: Progress
    _visited: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Takes page after page, to the last. Errors: see `pull_dataset`."""
        client = open_client(self.source, self.token, self._tell_trouble)
        paginator = make_paginator(self.dataset, self.done.following)
        pages = self._pages(client, paginator)
        try:
            while not self.done.is_done:
                self._take(self._next(pages), paginator)
        finally:
            client.session.close()

    def _pages(self, client: RESTClient, paginator: BasePaginator) -> Iterator[PageData[Any]]:
        following = self.done.following
        link = following if isinstance(following, str) else None
        return client.paginate(
            link or self.dataset.path,
            params=None if link else self._parameters(),
            paginator=paginator,
            data_selector=self.dataset.data_path or "$",
            hooks={"response": [check_answer]},
        )

    def _parameters(self) -> dict[str, Any]:
        dataset = self.dataset
        size = {dataset.size_param: dataset.page_size} if dataset.paging == "page" else {}
        return {**dataset.params, **size, **(self._dates() if dataset.changes else {})}

    def _dates(self) -> dict[str, str]:
        dataset, window = self.dataset, self.done.window
        pattern = DATE_FORMATS[dataset.date_format]
        # Both ends are inclusive at such sources: the last second of the window stands for its end.
        last = window.until.astimezone(self.zone) - timedelta(seconds=1)
        first = window.since.astimezone(self.zone) if window.since else None
        if first is None and dataset.first_date:
            first = datetime.combine(dataset.first_date, time.min, self.zone)
        begins = {dataset.from_param: first.strftime(pattern)} if first else {}
        return {**begins, dataset.to_param: last.strftime(pattern)}

    def _next(self, pages: Iterator[PageData[Any]]) -> PageData[Any]:
        if self.done.pages >= self.source.max_pages:
            raise BadInput(
                f"{self._where}: страниц больше {self.source.max_pages}. Проверьте paging или увеличьте max_pages."
            )
        try:
            return next(pages)
        except Exception as error:  # whatever it is: its text may quote an address, a header or a row
            failure = failure_of(error, self.source, self._where)
        raise failure

    def _take(self, page: PageData[Any], paginator: BasePaginator) -> None:
        rows, number = self._count(page), self.done.pages + 1
        # The empty page that ends the numbers holds nothing; the only page tells that there is nothing.
        if rows or number == 1 or not self._is_counted:
            self._store(page.response.content, number, rows)
        if not paginator.has_next_page:
            self._finish()
            return
        self.done = replace(self.done, following=self._following(page, paginator))
        self.folder.note(self.source.name, self.dataset.dataset, self.done)

    def _store(self, content: bytes, number: int, rows: int) -> None:
        before = self.folder.page(self.source.name, self.dataset.dataset, number - 1)
        if self._is_counted and rows and before.is_file() and before.read_bytes() == content:
            raise BadInput(
                f"{self._where}: источник повторяет предыдущую страницу. Проверьте paging и названия его параметров."
            )
        self.folder.write(self.folder.page(self.source.name, self.dataset.dataset, number), content)
        self.done = replace(self.done, pages=number, rows=self.done.rows + rows)

    def _finish(self) -> None:
        name, dataset = self.source.name, self.dataset.dataset
        last = self.folder.page(name, dataset, self.done.pages).name
        # A page that was stored just before a kill and, asked for again, turned out empty.
        for file in self.folder.files(name, dataset):
            if file.name > last or file.name.startswith("."):
                file.unlink()
        self.done = self.folder.finish(name, dataset, self.done)

    def _count(self, page: PageData[Any]) -> int:
        document = page.response.json()
        if self.dataset.data_path:
            found = jsonpath.find_values(self.dataset.data_path, document)
            if len(found) != 1 or not isinstance(found[0], list):
                raise BadInput(f"{self._where}: в ответе нет списка «{self.dataset.data_path}». Проверьте data_path.")
            return len(found[0])
        if self._is_counted and not isinstance(document, list):
            raise BadInput(
                f"{self._where}: ответ — не список. Укажите в data_path, где в нём список строк, "
                "или paging = 'none', если страница одна."
            )
        return len(document) if isinstance(document, list) else 1

    @property
    def _is_counted(self) -> bool:
        return self.dataset.paging in ("page", "offset")

    def _following(self, page: PageData[Any], paginator: BasePaginator) -> Place:
        place = counted_place(paginator)
        return self._checked_link(str(page.request.url)) if place is None else place

    def _checked_link(self, link: str) -> str:
        if _host(link) != _host(self.source.base_url):
            raise BadInput(
                f"{self._where}: ссылка на следующую страницу ведёт на другой сервер, токен туда не передаётся. "
                "Проверьте base_url."
            )
        if link in self._visited:
            raise BadInput(f"{self._where}: ссылки на следующую страницу ходят по кругу. Проверьте paging.")
        if self.token and (self.token in link or quote(self.token, safe="") in link):
            raise BadInput(
                f"{self._where}: источник повторяет токен в ссылке на следующую страницу, хранить её нельзя. "
                "Выберите paging = 'page' или 'offset'."
            )
        self._visited.add(link)
        return link

    @property
    def _where(self) -> str:
        return f"Источник {self.source.name}, набор {self.dataset.dataset}, страница {self.done.pages + 1}"

    def _tell_trouble(self, what: str) -> None:
        self.say(f"{self.source.name}: {self.dataset.dataset}, страница {self.done.pages + 1} — {what}")


def _host(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts: SplitResult = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
