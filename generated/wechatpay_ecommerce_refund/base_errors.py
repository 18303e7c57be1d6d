# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The errors of every client; `errors` adds a class for each error code of the spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from .attempts import Attempt
    from .facts import SettlingQuery
    from .operation import Call

_LONGEST: Final = 1000
"""How many characters of a response's text an error shows."""


class ClientError(Exception):
    """Base of all errors of this client."""

    attempts: tuple[Attempt, ...] = ()
    """Every attempt of the call, oldest first; empty if nothing was sent."""


class InvalidInputError(ClientError, ValueError):
    """An argument breaks a rule of the spec; nothing was sent.

    Attributes:
        where: The parameter, for example `refund_id` or `body.sub_mchid`.
        rule: The rule that it breaks.
        value: The offending value.
    """

    def __init__(self, where: str, rule: str, value: object) -> None:
        super().__init__(f"{where} {rule}: {_shown(value)}")
        self.where = where
        self.rule = rule
        self.value = value

    def __reduce__(self) -> tuple[type[InvalidInputError], tuple[str, str, object]]:
        return type(self), (self.where, self.rule, self.value)


class ResponseError(ClientError):
    """Base of the errors raised after a response came.

    Attributes:
        status_code: HTTP status.
        request_id: The id for the platform's support; None if the response had none.
        verified: Whether the response's signature was verified.
        body: The raw body.
        headers: The response's headers, names in lower case.
        method: Method of the request.
        url: URL of the request.
        diagnosis: Why the platform refused the signature, if the auth plugin found it out.
    """

    status_code: int = 0
    request_id: str | None = None
    verified: bool = False
    body: bytes = b""
    headers: Mapping[str, str] = {}
    method: str = ""
    url: str = ""
    diagnosis: str | None = None


class InvalidResponseError(ResponseError):
    """A response, or data given to `from_dict`, breaks the spec.

    Attributes:
        where: The field, for example `return_amount` or `amount.from[0].account`; empty if the data
            is no JSON object at all.
        problem: What is wrong with it.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where} {self.problem}{_trace(self)}".lstrip()


class UnverifiedResponseError(ResponseError):
    """The auth plugin did not mark a success as verified, so the client refused it.

    `Client` says how an auth plugin marks a verified response.
    """

    def __str__(self) -> str:
        return f"the auth plugin did not verify this success{_trace(self)}"


class OutcomeUnknown(ClientError):  # noqa: N818 - it is no error, and callers know the name
    """The call may or may not have happened: this is not a failure.

    Retry it with the same parameters, or query: `client.call(error.query)` tells how it ended.
    `__cause__` is the last problem.

    Attributes:
        call: The call whose outcome is unknown; `client.call(error.call)` retries it.
        query: The call that tells how it ended; None if the spec names none.
    """

    def __init__(self, call: Call[object], query: object, reason: str) -> None:
        super().__init__(call, query, reason)
        self.call = call
        self.query = cast("SettlingQuery", query)
        self.reason = reason

    def __str__(self) -> str:
        way_on = f" or query with {self.query}" if self.query else ""
        return (
            f"outcome unknown: {self.call} may or may not have happened ({self.reason}); "
            f"retry it with the same parameters{way_on}"
        )


class APIError(ResponseError):
    """The platform refused the call or failed.

    Attributes:
        code: The platform's error code; None if the body has none.
        message: Text for people, in the client's language; None if the body has none.
        detail: The body's detail as it came, of any shape.
        field: The wrong parameter, if detail names it: JSON pointer or name.
        issue: What is wrong with it, if detail says so.
        location: Where the parameter is, if detail says so: body, query, url and others.
    """

    def __init__(
        self,
        status_code: int,
        code: str | None = None,
        message: str | None = None,
        detail: object = None,
    ) -> None:
        super().__init__(status_code, code, message, detail)
        self.status_code = status_code
        self.code = code
        self.message = message
        self.detail = detail

    @property
    def field(self) -> str | None:
        """The wrong parameter, if detail names it."""
        return _find(self.detail, "field")

    @property
    def issue(self) -> str | None:
        """What is wrong with the parameter, if detail says so."""
        return _find(self.detail, "issue")

    @property
    def location(self) -> str | None:
        """Where the parameter is, if detail says so."""
        return _find(self.detail, "location")

    def __str__(self) -> str:
        said = _brief(" ".join(filter(None, [self.code, self.message]))) or "no error code"
        fault = _brief(": ".join(filter(None, [self.field, self.issue])))
        return "".join(
            [
                f"{self.status_code} {said}",
                f" ({fault})" if fault else "",
                f" — {self.diagnosis}" if self.diagnosis else "",
                _trace(self),
            ]
        )


def may_pass(error: APIError) -> bool:
    """Whether the same call may succeed later: 202, 429 and 5xx do not settle it."""
    return error.status_code in {202, 429} or error.status_code >= 500


def error_of(
    status: int,
    document: object,
    by_status: Mapping[int, type[APIError]],
    by_code: Mapping[str, type[APIError]],
) -> APIError:
    """Return the error for a status and an error body of any shape."""
    code = _text(document, "code")
    kind = by_status.get(status) or by_code.get(code or "", APIError)
    return kind(status, code, _text(document, "message"), _field(document, "detail"))


def _field(node: object, name: str) -> object:
    return cast("dict[str, object]", node).get(name) if isinstance(node, dict) else None


def _text(node: object, name: str) -> str | None:
    value = _field(node, name)
    return value if isinstance(value, str) else None


def _find(detail: object, name: str) -> str | None:
    """Look in detail, then in a detail inside it: the platform was seen to nest them."""
    found = _text(detail, name)
    return found if found is not None else _text(_field(detail, "detail"), name)


def in_one_line(text: str) -> str:
    """Return text in one line, so that a response's text cannot look like a log record of ours."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _brief(text: str) -> str:
    # An error may be unsigned, so anybody may have written this text.
    return in_one_line(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _trace(error: ResponseError) -> str:
    """Describe request and response; empty for data that did not come from a response."""
    if not error.method:
        return ""
    signature = "verified" if error.verified else "not verified"
    request_id = f"Request-ID {_brief(error.request_id)}" if error.request_id else "no Request-ID"
    call = f"{error.method} {error.url}"
    return f" [{call}, status {error.status_code}, {request_id}, {signature}]"
