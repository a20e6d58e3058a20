"""How often a step tries again by itself, where nobody watches."""

from __future__ import annotations

import dagster as dg

from orchestration.settings import load_settings

#: What may pass (a full disk, a network folder) is tried again; bad input and failed checks are not.
RETRIES = dg.RetryPolicy(max_retries=2, delay=load_settings().retry_delay_seconds, backoff=dg.Backoff.EXPONENTIAL)
