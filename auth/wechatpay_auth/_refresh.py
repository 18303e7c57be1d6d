"""One download of the platform's certificates that is under way, and how it can end."""

import json
import re
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

from ._errors import CertificateDownloadError
from ._verification import Reply

CERTIFICATES_PATH = "/v3/certificates"

Outcome = CertificateDownloadError | None
"""How a download ended, for those who wait: why it failed, or None to look again. Then either
its certificates are there, or whoever made it was interrupted and somebody has to take over."""

_ERROR_CODE = re.compile(r"[A-Z_]{1,64}")
_NONE_FOR_THIS_MERCHANT = frozenset({"RESOURCE_NOT_EXISTS", "NOT_FOUND"})


class Refresh:
    """The right, and the duty, to make the one download. A context manager, ended by leaving."""

    def __init__(
        self,
        install: Callable[[Reply, float], CertificateDownloadError | None],
        finish: Callable[[Outcome], None],
    ) -> None:
        self._install = install
        self._finish = finish
        self._outcome: Outcome = None

    def __enter__(self) -> Self:
        return self

    def complete(self, reply: Reply, now: float) -> CertificateDownloadError | None:
        """Hand in the reply; the result is why it could not be used, or None."""
        self._outcome = self._install(reply, now)
        return self._outcome

    def fail(self, reason: str) -> CertificateDownloadError:
        """Say that a reply came which cannot even be read."""
        self._outcome = failure = CertificateDownloadError(
            f"GET {CERTIFICATES_PATH} was answered, but {reason}"
        )
        return failure

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        cause = network_failure(error) if isinstance(error, GeneratorExit) else error
        if isinstance(cause, Exception):
            self._outcome = CertificateDownloadError(
                f"the download of the platform's certificates failed: {type(cause).__name__}"
            )
        self._finish(self._outcome)


def network_failure(closing: GeneratorExit) -> Exception | None:
    """Why an HTTP client closed an auth flow in the middle of a request.

    httpx does not tell the flow that a request failed; it closes the flow while it handles the
    error. A cancelled task or an interrupt is no failure and yields None.
    """
    cause = closing.__context__
    while isinstance(cause, GeneratorExit):
        cause = cause.__context__
    if cause is not None:
        return cause if isinstance(cause, Exception) else None
    # Python chains no context to the closing of an async generator. There, what is not a
    # cancellation of the task is taken for a failure.
    return ConnectionError("the HTTP client gave up") if _task_goes_on() else None


def _task_goes_on() -> bool:
    import asyncio

    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and not task.cancelling()


def require_success(reply: Reply) -> None:
    """Raise for anything but a 200.

    Raises:
        CertificateDownloadError: With status and error code, and what to do about it if known.
    """
    if reply.status_code == 200:
        return
    code = error_code(reply)
    text = f"GET {CERTIFICATES_PATH} answered {reply.status_code} {code or 'without a code'}"
    if code in _NONE_FOR_THIS_MERCHANT:
        text += ": this merchant has no platform certificate; use the WeChat Pay public key"
    raise CertificateDownloadError(text)


def error_code(reply: Reply) -> str | None:
    """The ``code`` of an error reply, if it has one of the platform's form."""
    try:
        members: object = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    code: object = cast(dict[str, Any], members).get("code") if isinstance(members, dict) else None
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else None
