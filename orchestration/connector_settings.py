"""The part `[connectors]` of portfolio.toml: sources that are asked for their data.

Every wrong key is told in a line of its own, without its value: it might be a secret that stands in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from extracts.connectors.options import (
    DATE_FORMATS,
    Connectors,
    HttpDataset,
    HttpSource,
    PostgresSource,
    Source,
    TableDataset,
)
from extracts.contract import Mode, load_contract
from extracts.options import accepted_columns
from orchestration import setting_values as kinds
from orchestration.setting_values import ExpectedError, Parser

SECTION = "connectors"

_NAME = r"[a-z][a-z0-9_]{0,31}"
_VARIABLE = kinds.text(r"[A-Za-z_][A-Za-z0-9_]{0,63}", "название переменной среды, в которой стоит секрет")
_PARAMETER = kinds.text(r"[^\s&=?#]{1,100}", "название параметра запроса")
_JSON_PATH = kinds.text(r"[^\s]{1,200}", "путь в ответе, например «data» или «meta.next»")
_COLUMN = kinds.text(r"[^\0]{1,63}", "название столбца, как в базе")

#: Keys that somebody writes a secret into, and what there is instead.
_SECRETS = ("token", "password", "dsn", "secret", "api_key", "login", "user", "credentials")


def _one_of(*words: str) -> Parser:
    def parse(value: Any) -> str:
        if value not in words:
            raise ExpectedError(f"одно из: {', '.join(words)}")
        return str(value)

    return parse


def _parameters(value: Any) -> dict[str, str | list[str]]:
    """Parameters of a request: a value, or several of one name."""
    expected = 'таблица вида «параметр = "значение"» или «параметр = ["одно", "другое"]»'
    if not isinstance(value, dict):
        raise ExpectedError(expected)
    return {
        name: [_scalar(item) for item in one] if isinstance(one, list) else _scalar(one) for name, one in value.items()
    }


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    raise ExpectedError("строка или целое число в каждом параметре")


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ExpectedError("дата вида 2026-09-01") from None


def _datasets(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(one in load_contract() for one in value):
        raise ExpectedError(f"список наборов из: {', '.join(load_contract())}")
    return tuple(value)


_COMMON: dict[str, Parser] = {"by_hand": _datasets, "hour": kinds.whole(0, 23)}

_HTTP: dict[str, Parser] = {
    "kind": _one_of("http", "postgresql"),
    "base_url": kinds.web_address,
    "token_env": _VARIABLE,
    "token_header": kinds.text(r"[A-Za-z0-9-]{1,64}", "название заголовка, например «Authorization»"),
    "token_prefix": kinds.text(r"[ -~]{0,32}", "то, что стоит перед токеном, например «Bearer »"),
    "headers": kinds.plain_headers,
    "timeout_seconds": kinds.whole(1, 3600),
    "page_seconds": kinds.whole(1, 24 * 3600),
    "attempts": kinds.whole(1, 100),
    "longest_pause_seconds": kinds.whole(1, 3600),
    "page_mb": kinds.whole(1, 1024),
    "max_pages": kinds.whole(1, 999_999),
    "overlap_days": kinds.whole(0, 3650),
}

_HTTP_DATASET: dict[str, Parser] = {
    "path": kinds.text(r"(?!.*://)(?!//)[^\s?#\\]{0,500}", "путь после base_url, например «core/api/marks»"),
    "params": _parameters,
    "paging": _one_of("page", "offset", "body_link", "header_link", "none"),
    "page_param": _PARAMETER,
    "size_param": _PARAMETER,
    "page_size": kinds.whole(1, 1_000_000),
    "first_page": kinds.whole(0, 1_000_000),
    "offset_param": _PARAMETER,
    "limit_param": _PARAMETER,
    "next_path": _JSON_PATH,
    "data_path": _JSON_PATH,
    "changes": kinds.boolean,
    "from_param": _PARAMETER,
    "to_param": _PARAMETER,
    "date_format": _one_of(*DATE_FORMATS),
    "first_date": _day,
}

_POSTGRES: dict[str, Parser] = {
    "kind": _one_of("http", "postgresql"),
    "dsn_env": _VARIABLE,
    "time_zone": kinds.time_zone,
    "timeout_seconds": kinds.whole(1, 3600),
    "statement_seconds": kinds.whole(1, 24 * 3600),
    "attempts": kinds.whole(1, 100),
    "longest_pause_seconds": kinds.whole(1, 3600),
    "part_rows": kinds.whole(1000, 10**9),
    "overlap_minutes": kinds.whole(0, 60 * 24 * 365),
}

_TABLE_DATASET: dict[str, Parser] = {
    "table": kinds.text(r"[^\0.]{1,63}(\.[^\0.]{1,63})?", "таблица, например «kontingent.students»"),
    "query": kinds.text(r"(?is)\s*(select|with)\b[^;\0]*;?\s*", "один запрос SELECT без «;» внутри"),
    "cursor": _COLUMN,
    "rename": kinds.table_of_texts,
}


@dataclass
class _Reader:
    """Takes tables of the file apart and collects what is wrong with them: key and what to say of it."""

    modes: Mapping[str, Mode]
    problems: list[tuple[str, str]] = field(default_factory=list)

    def connectors(self, table: Any) -> Connectors:
        """The whole section."""
        if not isinstance(table, dict):
            self.problems.append((SECTION, ": ожидается раздел [connectors.название]."))
            return Connectors()
        common = {key: value for key, value in table.items() if not isinstance(value, dict)}
        values = self._take(SECTION, common, _COMMON)
        sources = {name: self._source(name, body) for name, body in table.items() if isinstance(body, dict)}
        return Connectors(sources={name: one for name, one in sources.items() if one}, **values)

    def _source(self, name: str, body: dict[str, Any]) -> Source | None:
        place = f"{SECTION}.{name}"
        if not re.fullmatch(_NAME, name):
            tail = ": в названии источника ожидаются строчные латинские буквы, цифры и «_»."
            self.problems.append((place, tail))
            return None
        own = {key: value for key, value in body.items() if key != "datasets"}
        if body.get("kind") == "http":
            return self._http(place, name, own, body.get("datasets"))
        if body.get("kind") == "postgresql":
            return self._postgres(place, name, own, body.get("datasets"))
        self.problems.append((f"{place}.kind", ": ожидается одно из: http, postgresql."))
        return None

    def _http(self, place: str, name: str, own: dict[str, Any], datasets: Any) -> HttpSource | None:
        values = self._take(place, own, _HTTP, required=("base_url",))
        tables = self._tables(place, datasets, _HTTP_DATASET, required=("path",))
        asked = {
            dataset: self._http_dataset(f"{place}.datasets.{dataset}", dataset, one) for dataset, one in tables.items()
        }
        values.pop("kind", None)
        overlap = values.pop("overlap_days", None)
        if overlap is not None:
            values["overlap"] = timedelta(days=overlap)
        return HttpSource(name=name, datasets=asked, **values) if "base_url" in values else None

    def _http_dataset(self, place: str, dataset: str, values: dict[str, Any]) -> HttpDataset:
        # A whole table is asked for whole: a stretch of it would make the rest vanish.
        changes = values.setdefault("changes", self._is_change_set(dataset))
        if changes and not self._is_change_set(dataset):
            self.problems.append((f"{place}.changes", f": {self._whole(dataset)} Уберите ключ или задайте false."))
        return HttpDataset(dataset=dataset, **{"path": "", **values})

    def _postgres(self, place: str, name: str, own: dict[str, Any], datasets: Any) -> PostgresSource | None:
        values = self._take(place, own, _POSTGRES, required=("dsn_env",))
        tables = self._tables(place, datasets, _TABLE_DATASET)
        asked = {dataset: self._table(f"{place}.datasets.{dataset}", dataset, one) for dataset, one in tables.items()}
        values.pop("kind", None)
        overlap = values.pop("overlap_minutes", None)
        if overlap is not None:
            values["overlap"] = timedelta(minutes=overlap)
        return PostgresSource(name=name, datasets=asked, **values) if "dsn_env" in values else None

    def _table(self, place: str, dataset: str, values: dict[str, Any]) -> TableDataset:
        if ("table" in values) == ("query" in values):
            self.problems.append((place, ": ожидается что-то одно: table (таблица) или query (запрос SELECT)."))
        if "cursor" in values and not self._is_change_set(dataset):
            self.problems.append((f"{place}.cursor", f": {self._whole(dataset)} Уберите ключ."))
        accepted = accepted_columns(load_contract()[dataset])
        wrong = sorted(set(values.get("rename", {}).values()) - set(accepted))
        if wrong:
            tail = f": в договоре нет столбцов {', '.join(wrong)}; выберите из: {', '.join(accepted)}."
            self.problems.append((f"{place}.rename", tail))
        return TableDataset(dataset=dataset, **values)

    def _tables(
        self, place: str, tables: Any, keys: Mapping[str, Parser], *, required: tuple[str, ...] = ()
    ) -> dict[str, dict[str, Any]]:
        """The values of each dataset of a source."""
        if not isinstance(tables, dict) or not tables:
            self.problems.append((f"{place}.datasets", ": ожидается хотя бы один набор: [….datasets.marks]."))
            return {}
        found: dict[str, dict[str, Any]] = {}
        for dataset, body in tables.items():
            where = f"{place}.datasets.{dataset}"
            if dataset not in load_contract():
                self.problems.append((where, f": такого набора нет; выберите из: {', '.join(load_contract())}."))
            elif not isinstance(body, dict):
                self.problems.append((where, ": ожидается раздел с ключами набора."))
            else:
                found[dataset] = self._take(where, body, keys, required=required)
        return found

    def _take(
        self, place: str, table: Mapping[str, Any], keys: Mapping[str, Parser], *, required: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in table.items():
            where = f"{place}.{key}"
            if key not in keys:
                self.problems.append((where, _unknown(key, keys)))
                continue
            try:
                values[key] = keys[key](value)
            except ExpectedError as expected:
                self.problems.append((where, f": ожидается {expected}."))
        self.problems.extend(
            (f"{place}.{key}", " не задан, а без него нельзя.") for key in required if key not in table
        )
        return values

    def _is_change_set(self, dataset: str) -> bool:
        return self.modes.get(dataset, load_contract()[dataset].mode) == "change_set"

    def _whole(self, dataset: str) -> str:
        return f"набор {dataset} передаётся снимком, его берут целиком."


def read_connectors(table: Any, modes: Mapping[str, Mode]) -> tuple[Connectors, list[tuple[str, str]]]:
    """What the section says, and for each wrong key its name and what to say of it (in Russian).

    modes: what the region says of its datasets (`extracts.modes`): only changes can be asked for by time.
    """
    reader = _Reader(modes)
    return reader.connectors(table), reader.problems


def _unknown(key: str, keys: Mapping[str, Parser]) -> str:
    if key.lower() in _SECRETS:
        return (
            ": секретам в файле настроек не место. Задайте переменную среды и назовите её "
            "в token_env (http) или dsn_env (postgresql)."
        )
    return f" неизвестен; уберите его или выберите из: {', '.join(keys)}."
