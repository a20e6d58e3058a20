"""How the next page is found: dlt's paginators, mended where they would lose rows."""

from __future__ import annotations

from typing import Any

from dlt.sources.helpers.requests import Response
from dlt.sources.helpers.rest_client.paginators import (
    BasePaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    RangePaginator,
    SinglePagePaginator,
)

from extracts.connectors.http_failures import Misplaced
from extracts.connectors.options import HttpDataset


class _OffsetByRows(OffsetPaginator):
    """Goes on by the rows that came, not by those asked for: a source may give fewer at a time."""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        self.value_step = len(data or ())
        super().update_state(response, data)


class _BodyLink(JSONLinkPaginator):
    """Takes an empty link for the end, as some sources write it, and refuses what is no link at all."""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        super().update_state(response, data)
        link: Any = self._next_reference
        if link and not isinstance(link, str):
            raise Misplaced("ссылка на следующую страницу — не строка. Проверьте next_path.")
        self._next_reference = link or None


def make_paginator(dataset: HttpDataset, following: int | str | None) -> BasePaginator:
    """The paginator of a dataset; `following`: the number or offset at which it goes on."""
    start = following if isinstance(following, int) else None
    if dataset.paging == "page":
        page = dataset.first_page if start is None else start
        return PageNumberPaginator(
            base_page=dataset.first_page, page=page, page_param=dataset.page_param, total_path=None
        )
    if dataset.paging == "offset":
        return _OffsetByRows(
            limit=dataset.page_size,
            offset=start or 0,
            offset_param=dataset.offset_param,
            limit_param=dataset.limit_param,
            total_path=None,
        )
    if dataset.paging == "body_link":
        return _BodyLink(next_url_path=dataset.next_path)
    return HeaderLinkPaginator() if dataset.paging == "header_link" else SinglePagePaginator()


def counted_place(paginator: BasePaginator) -> int | None:
    """The number or offset of the next page; None where it is found by a link."""
    return paginator.current_value if isinstance(paginator, RangePaginator) else None
