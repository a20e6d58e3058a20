"""The one settings file of a region, `portfolio.toml` (specification 5-operation.md).

Every key is optional. An environment variable `PORTFOLIO_<FIELD>` wins over the file; secrets come from the environment
only. portfolio.example.toml documents every key for operators.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from extracts.connectors.options import Connectors
from extracts.contract import Mode
from extracts.disk import printable
from extracts.errors import BadInput
from extracts.options import LoadOptions
from extracts.remote_landing.address import Landing
from orchestration import connector_settings
from orchestration import setting_values as kinds
from orchestration.home import Home
from orchestration.setting_values import ExpectedError, Parser

FILE_NAME = "portfolio.toml"
DEFAULT_HOME = "var"


def _default_memory() -> str:
    # Six tenths of the machine: the rest is for Python, dbt and the page cache.
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{max(total * 6 // 10 // 2**20, 512)}MiB"


def _default_threads() -> int:
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Settings:
    """Everything that a region may decide, checked; all paths are absolute."""

    home: Home
    landing: Landing
    time_zone: str = "Asia/Yekaterinburg"
    rounding_threshold: float = 0.51
    csv_encoding: str | None = None
    csv_encodings: Mapping[str, str] = field(default_factory=dict)
    csv_delimiter: str | None = None
    modes: Mapping[str, Mode] = field(default_factory=dict)
    rename: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reject_count: int = LoadOptions.reject_count
    reject_share: float = LoadOptions.reject_share
    lost_count: int = LoadOptions.lost_count
    lost_share: float = LoadOptions.lost_share
    longest_row_mb: int = LoadOptions.longest_row_mb
    unpacked_gb: int = LoadOptions.unpacked_gb
    unpacked_ratio: int = LoadOptions.unpacked_ratio
    workbook_mb: int = LoadOptions.workbook_mb
    prefix: str = "REGION"
    connected_only: bool = True
    hashed: tuple[str, ...] = ()
    specification: Path | None = None
    deleted_share: float = 0.05
    deleted_count: int = 100
    portal_url: str | None = None
    datamart: str = "portfolio"
    package_format: Literal["csv", "avro"] = "csv"
    portal_upload: Literal["v2", "v1"] = "v2"
    portal_token_env: str = "PORTFOLIO_PORTAL_TOKEN"  # noqa: S105
    portal_token_prefix: str = "Bearer "  # noqa: S105
    allow_http: bool = False
    in_flight_mb: int = 500
    patience_minutes: int = 240
    send_attempts: int = 8
    longest_pause_seconds: int = 120
    answer_seconds: int = 300
    keep_publications: int = 5
    memory_limit: str = field(default_factory=_default_memory)
    threads: int = field(default_factory=_default_threads)
    nightly_hour: int = 2
    retry_delay_seconds: int = 60
    sensor_rest_minutes: int = 5
    webhook_url_env: str = "PORTFOLIO_WEBHOOK_URL"
    connectors: Connectors = field(default_factory=Connectors)
    dashboards_login: Literal["auto", "always", "people"] = "auto"
    dashboards_address: str | None = None
    dashboards_idle_minutes: int = 60
    dashboards_session_hours: int = 10
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_secret_env: str | None = None
    oidc_scopes: str = "openid profile"
    oidc_name_claim: str = "preferred_username"
    oidc_role_claim: str | None = None
    oidc_scope_claim: str | None = None


#: Key of the file → field of Settings (the environment variable is PORTFOLIO_<FIELD>) and what it may hold.
KEYS: dict[str, tuple[str, Parser]] = {
    "paths.landing": ("landing", kinds.landing),
    "region.time_zone": ("time_zone", kinds.time_zone),
    "region.rounding_threshold": ("rounding_threshold", kinds.fraction),
    "extracts.csv_encoding": ("csv_encoding", kinds.text(r".+", "кодировка, например «windows-1251»")),
    "extracts.csv_encodings": ("csv_encodings", kinds.table_of_texts),
    "extracts.csv_delimiter": ("csv_delimiter", kinds.text(r".", "один знак, например «;»")),
    "extracts.modes": ("modes", kinds.table_of_texts),
    "extracts.rename": ("rename", kinds.table_of_tables),
    "extracts.reject_count": ("reject_count", kinds.whole(0, 10**9)),
    "extracts.reject_share": ("reject_share", kinds.fraction),
    "extracts.lost_count": ("lost_count", kinds.whole(0, 10**9)),
    "extracts.lost_share": ("lost_share", kinds.fraction),
    "extracts.longest_row_mb": ("longest_row_mb", kinds.whole(1, 1024)),
    "extracts.unpacked_gb": ("unpacked_gb", kinds.whole(1, 10**6)),
    "extracts.unpacked_ratio": ("unpacked_ratio", kinds.whole(2, 10**6)),
    "extracts.workbook_mb": ("workbook_mb", kinds.whole(64, 10**6)),
    "portal.prefix": (
        "prefix",
        kinds.text(r"[A-Za-z0-9][A-Za-z0-9_.]{0,31}", "от 1 до 32 латинских букв и цифр, например «R66»"),
    ),
    "portal.connected_only": ("connected_only", kinds.boolean),
    "portal.hashed": ("hashed", kinds.field_names),
    "portal.specification": ("specification", kinds.path),
    "portal.deleted_share": ("deleted_share", kinds.fraction),
    "portal.deleted_count": ("deleted_count", kinds.whole(0, 10**9)),
    "portal.url": ("portal_url", kinds.web_address),
    "portal.datamart": (
        "datamart",
        kinds.text(r"[A-Za-z0-9_-]{1,64}", "название витрины: латинские буквы, цифры, «_», «-»"),
    ),
    "portal.format": ("package_format", kinds.text(r"csv|avro", "«csv» или «avro»")),
    "portal.upload": ("portal_upload", kinds.text(r"v1|v2", "«v2» или «v1»")),
    "portal.token_env": (
        "portal_token_env",
        kinds.text(r"[A-Za-z_][A-Za-z0-9_]{0,63}", "название переменной среды, в которой стоит токен"),
    ),
    "portal.token_prefix": (
        "portal_token_prefix",
        kinds.text(r"[ -~]{0,32}", "то, что стоит перед токеном, например «Bearer »"),
    ),
    "portal.allow_http": ("allow_http", kinds.boolean),
    "portal.in_flight_mb": ("in_flight_mb", kinds.whole(1, 10**6)),
    "portal.patience_minutes": ("patience_minutes", kinds.whole(1, 7 * 24 * 60)),
    "portal.attempts": ("send_attempts", kinds.whole(1, 100)),
    "portal.longest_pause_seconds": ("longest_pause_seconds", kinds.whole(1, 3600)),
    "portal.answer_seconds": ("answer_seconds", kinds.whole(1, 24 * 3600)),
    "publication.keep": ("keep_publications", kinds.whole(1, 1000)),
    "resources.memory_limit": (
        "memory_limit",
        kinds.text(r"[0-9]{1,6}(\.[0-9]{1,3})? ?[KMGT]i?B", "размер памяти, например «8GB»"),
    ),
    "resources.threads": ("threads", kinds.whole(1, 1024)),
    "nightly.hour": ("nightly_hour", kinds.whole(0, 23)),
    "nightly.retry_delay_seconds": ("retry_delay_seconds", kinds.whole(0, 24 * 3600)),
    "sensor.rest_minutes": ("sensor_rest_minutes", kinds.whole(0, 24 * 60)),
    "alerts.webhook_url_env": (
        "webhook_url_env",
        kinds.text(r"[A-Z][A-Z0-9_]{0,63}", "название переменной среды, в которой стоит адрес"),
    ),
    "dashboards.login": ("dashboards_login", kinds.text(r"auto|always|people", "«auto», «always» или «people»")),
    "dashboards.address": ("dashboards_address", kinds.site_address),
    "dashboards.idle_minutes": ("dashboards_idle_minutes", kinds.whole(1, 24 * 60)),
    "dashboards.session_hours": ("dashboards_session_hours", kinds.whole(1, 7 * 24)),
    "dashboards.oidc_issuer": ("oidc_issuer", kinds.secure_address),
    "dashboards.oidc_client_id": (
        "oidc_client_id",
        kinds.text(r"[!-~]{1,255}", "client_id, который дал провайдер: латинские буквы, цифры и знаки"),
    ),
    "dashboards.oidc_secret_env": (
        "oidc_secret_env",
        kinds.text(r"[A-Za-z_][A-Za-z0-9_]{0,63}", "название переменной среды, в которой стоит секрет клиента"),
    ),
    "dashboards.oidc_scopes": ("oidc_scopes", kinds.openid_scopes),
    "dashboards.oidc_name_claim": ("oidc_name_claim", kinds.claim_path),
    "dashboards.oidc_role_claim": ("oidc_role_claim", kinds.claim_path),
    "dashboards.oidc_scope_claim": ("oidc_scope_claim", kinds.claim_path),
}


def find_home(environment: Mapping[str, str]) -> Home:
    """The home that PORTFOLIO_HOME names, ./var without one."""
    return Home(Path(environment.get("PORTFOLIO_HOME") or DEFAULT_HOME).expanduser().absolute())


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings: PORTFOLIO_SETTINGS, else <home>/portfolio.toml, else ./portfolio.toml, then the environment.

    Errors: BadInput with one line for each wrong key: which file (or variable), which key, what to write instead.
    """
    environment = os.environ if environment is None else environment
    home = find_home(environment)
    file = _settings_file(home, environment)
    values, messages = _from_file(file, _read_file(file)) if file else ({}, [])
    for name, parse in KEYS.values():
        variable = f"PORTFOLIO_{name.upper()}"
        if environment.get(variable):
            where = f"Переменная среды {variable}"
            _take(values, messages, name=name, parse=parse, value=environment[variable], where=where)
    if messages:
        raise BadInput(messages)
    settings = Settings(home=home, **{"landing": home.root / "landing", **values})
    _check_options(settings, file)
    return settings


def load_options(settings: Settings) -> LoadOptions:
    """What the loader of deliveries has to know."""
    return LoadOptions(**{one.name: getattr(settings, one.name) for one in fields(LoadOptions)})


def _check_options(settings: Settings, file: Path | None) -> None:
    try:
        load_options(settings).check()
    except BadInput as error:
        where = f"Файл настроек {file}" if file else "Переменные среды PORTFOLIO_*"
        raise BadInput([f"{where}: {message}" for message in error.messages]) from None


def _settings_file(home: Home, environment: Mapping[str, str]) -> Path | None:
    named = environment.get("PORTFOLIO_SETTINGS")
    if named:
        return Path(named).expanduser().absolute()
    candidates = (home.root / FILE_NAME, Path(FILE_NAME).absolute())
    return next((path for path in candidates if path.is_file()), None)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        reason = f"не читается ({error.strerror})"
    except UnicodeDecodeError:
        reason = "не в кодировке UTF-8"
    except tomllib.TOMLDecodeError as error:
        # The message of the library may quote the line: only the place is told.
        place = re.search(r"line (\d+)", str(error))
        reason = f"ошибка TOML в строке {place.group(1)}" if place else "ошибка TOML в конце файла"
    raise BadInput(f"Файл настроек {path}: {reason}. Исправьте его по образцу portfolio.example.toml.")


def _from_file(file: Path, document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    messages: list[str] = []
    section = document.pop(connector_settings.SECTION, None)
    for key, value in _leaves(document):
        where = f"Файл настроек {file}: ключ «{key}»"
        if key not in KEYS:
            messages.append(f"{where} неизвестен; уберите его или выберите из: {', '.join(KEYS)}.")
            continue
        name, parse = KEYS[key]
        _take(values, messages, name=name, parse=parse, value=value, where=where)
    if section is not None:
        values["connectors"], problems = connector_settings.read_connectors(section, values.get("modes", {}))
        messages.extend(f"Файл настроек {file}: ключ «{printable(key)}»{problem}" for key, problem in problems)
    return values, messages


def _leaves(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """`section.key` and its value; what stands outside a section, or in an unknown one, by its own name."""
    sections = {key.partition(".")[0] for key in KEYS}
    leaves: list[tuple[str, Any]] = []
    for section, body in document.items():
        if section in sections and isinstance(body, dict):
            leaves.extend((f"{section}.{key}", value) for key, value in body.items())
        else:
            leaves.append((section, body))
    return leaves


def _take(values: dict[str, Any], messages: list[str], *, name: str, parse: Parser, value: Any, where: str) -> None:
    try:
        values[name] = parse(value)
    except ExpectedError as expected:
        messages.append(f"{where}: ожидается {expected}.")
