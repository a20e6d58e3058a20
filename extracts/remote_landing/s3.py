"""S3-compatible storage: how it is opened, and which of its errors pass and which are the operator's to mend."""

from __future__ import annotations

import errno
from typing import Any

import aiohttp
import s3fs
from botocore import exceptions as aws  # type: ignore[import-untyped]
from s3fs.core import S3_RETRYABLE_ERRORS

from extracts.remote_landing.access import Access
from extracts.remote_landing.address import LandingAddress

CONNECT_SECONDS = 5
READ_SECONDS = 25

#: Of a request, before the session tries again as a whole: s3fs takes up a broken block where it broke.
REQUEST_RETRIES = 2

_ACCOUNT = "проверьте AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, права на корзину и часы машины"
_ENDPOINT = "проверьте название корзины, AWS_ENDPOINT_URL и AWS_REGION"

#: What s3fs makes of answers that will be the same next time.
_LASTING = {errno.EINVAL, errno.EPERM, errno.ENOSYS, errno.EREMCHG, errno.ENAMETOOLONG}


def open_filesystem(address: LandingAddress, access: Access) -> Any:  # noqa: ARG001
    """The file system, with nothing remembered from an earlier listing. Connects with the first request."""
    config = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"total_max_attempts": 1},
    }
    opened = s3fs.S3FileSystem(config_kwargs=config, use_listings_cache=False, skip_instance_cache=True)
    opened.retries = REQUEST_RETRIES
    return opened


def close_filesystem(opened: Any) -> None:
    """Gives the connections back."""
    if opened._s3 is not None:
        opened.close_session(opened.loop, opened._s3creator)


def is_passing(error: Exception) -> bool:
    """Whether the same request may well succeed in a while."""
    if isinstance(error, aws.SSLError | PermissionError | FileNotFoundError):
        return False
    if isinstance(error, OSError):
        return error.errno not in _LASTING
    return isinstance(error, (*S3_RETRYABLE_ERRORS, aws.ConnectionError, aws.IncompleteReadError, aiohttp.ClientError))


def misuse(error: Exception) -> str | None:
    """What the operator has to mend, None if the error is not of that kind."""
    if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.CredentialRetrievalError):
        return "нет учётных данных S3: задайте AWS_ACCESS_KEY_ID и AWS_SECRET_ACCESS_KEY"
    if isinstance(error, aws.SSLError):
        return "сертификату сервера нет доверия: назовите файл удостоверяющего центра в AWS_CA_BUNDLE"
    if isinstance(error, PermissionError):
        return f"сервер отказал в доступе: {_ACCOUNT}"
    if isinstance(error, OSError):
        return f"сервер не принял запрос: {_ENDPOINT}" if error.errno in _LASTING else None
    if isinstance(error, ValueError | aws.BotoCoreError) and not is_passing(error):
        return f"настройки S3 неверны ({type(error).__name__}): {_ENDPOINT}"
    return None
