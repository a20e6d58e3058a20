"""Alerts: a line in the log and, where one is set, a webhook; ids, dates and counts only."""

from __future__ import annotations

import json
import logging
import os
import urllib.request

import dagster as dg

from orchestration.settings import Settings, load_settings

TIMEOUT_SECONDS = 10

logger = logging.getLogger("portfolio")


@dg.failure_hook
def alert_on_failure(context: dg.HookContext) -> None:
    """Runs when a step has failed for good (its retries are used up)."""
    failure = context.op_exception
    description = failure.description if isinstance(failure, dg.Failure) else None
    raise_alert(
        load_settings(),
        job=context.job_name,
        step=context.op.name,
        run_id=context.run_id,
        text=description or "шаг не выполнен",
    )


def raise_alert(settings: Settings, *, job: str, step: str, run_id: str, text: str) -> None:
    """Writes the alert to the log and posts it; a webhook that does not answer fails nothing.

    text: the operator's lines of `failures.trouble_of`. The webhook's address may hold a token: it is never logged.
    """
    logger.error("ТРЕВОГА: задание %s, шаг %s, запуск %s: %s", job, step, run_id, text)
    url = os.environ.get(settings.webhook_url_env)
    if url:
        post(url, {"job": job, "step": step, "run_id": run_id, "text": text})


def post(url: str, document: dict[str, str]) -> bool:
    """Posts JSON to an http(s) address; says whether it was taken."""
    if not url.startswith(("https://", "http://")):
        logger.error("Адрес оповещений должен начинаться с https:// или http://")
        return False
    body = json.dumps(document, ensure_ascii=False).encode("utf-8")
    # The scheme is checked above.
    request = urllib.request.Request(  # noqa: S310
        url, data=body, headers={"Content-Type": "application/json; charset=utf-8"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
            return True
    except (OSError, ValueError) as error:
        # No traceback: it could quote the address, which is a secret.
        logger.error("Оповещение не доставлено: %s", type(error).__name__)  # noqa: TRY400
        return False
