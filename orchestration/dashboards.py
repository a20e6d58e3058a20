"""`portfolio dashboards` (5-operation.md): what the settings and the environment say, given to the server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from extracts.errors import BadInput
from orchestration import audit
from orchestration.logs import log_to_file
from orchestration.settings import Settings
from portal.specification import load_specification
from reports.dashboards.access.options import Access, OidcOptions
from reports.dashboards.access.users import users_file
from reports.dashboards.people.source import PeopleSource
from reports.dashboards.serving import serve


def serve_dashboards(settings: Settings, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves until Ctrl-C. Errors: BadInput for settings that do not go together, and those of `serve`."""
    access = access_of(settings, os.environ)
    log_to_file(settings.home)
    people = people_of(settings)
    with _stopped_in_order():
        serve(
            settings.home.published,
            host=host,
            port=port,
            announce=announce,
            access=access,
            people=people,
            record=partial(audit.record, settings.home),
        )


def access_of(settings: Settings, environment: Mapping[str, str]) -> Access:
    """How one logs in. Errors: BadInput."""
    return Access(
        users_file=users_file(settings.home.root),
        login=settings.dashboards_login,
        address=settings.dashboards_address,
        idle_minutes=settings.dashboards_idle_minutes,
        session_hours=settings.dashboards_session_hours,
        oidc=_oidc_of(settings, environment),
    )


def people_of(settings: Settings) -> PeopleSource:
    """What the pages that name children read. Errors: BadInput for a specification that is not one."""
    return PeopleSource(
        published=settings.home.published,
        prefix=settings.prefix,
        specification=load_specification(settings.specification) if settings.specification else None,
        connected_only=settings.connected_only,
        memory_limit=settings.memory_limit,
        years=settings.home.years,
    )


@contextmanager
def _stopped_in_order() -> Iterator[None]:
    # A service manager stops by SIGTERM: like Ctrl-C, or refusals that were only counted would miss in the audit log.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _oidc_of(settings: Settings, environment: Mapping[str, str]) -> OidcOptions | None:
    if settings.oidc_issuer is None and settings.oidc_client_id is None:
        return None
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        raise BadInput(
            "Для входа через OpenID Connect нужны оба ключа: dashboards.oidc_issuer и dashboards.oidc_client_id."
        )
    if settings.oidc_scope_claim is not None and settings.oidc_role_claim is None:
        raise BadInput("dashboards.oidc_scope_claim без dashboards.oidc_role_claim ничего не значит: назовите и роли.")
    secret = environment.get(settings.oidc_secret_env) if settings.oidc_secret_env else None
    if settings.oidc_secret_env and not secret:
        raise BadInput(
            f"Переменная среды {settings.oidc_secret_env} (dashboards.oidc_secret_env) пуста: в ней должен быть секрет"
            " клиента."
        )
    return OidcOptions(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        scopes=settings.oidc_scopes,
        name_claim=settings.oidc_name_claim,
        role_claim=settings.oidc_role_claim,
        scope_claim=settings.oidc_scope_claim,
    )
