"""What the stock client leaves to do: verify, change the host, and look at the types of JSON."""

from __future__ import annotations

import json
import types
import typing
from typing import Any

import attrs
import httpx
from stock.types import Unset
from wechatpay_auth import WeChatPayAuth


@attrs.frozen
class RefusedError(Exception):
    """A response which is no result. Only a `verified` one is the platform's word."""

    status: int
    verified: bool
    code: str | None
    message: str | None
    detail: Any
    field: str | None
    issue: str | None
    location: str | None

    @classmethod
    def read(cls, status: int, body: bytes, *, verified: bool) -> RefusedError:
        """Read it. Reading never fails, because an odd body must not hide the status."""
        try:
            content = fields(parsed(body))
        except ValueError:
            content = {}  # there is only the status
        detail = fields(content.get("detail"))
        issue = text(detail.get("issue"))
        return cls(
            status,
            verified,
            code=text(content.get("code")),
            message=text(content.get("message")),
            detail=content.get("detail"),
            field=text(detail.get("field")),
            issue=text(fields(detail.get("detail")).get("issue")) if issue is None else issue,
            location=text(detail.get("location")),
        )


class SignedClient(httpx.Client):
    """For `set_httpx_client` of a stock client. It lets only results through."""

    def __init__(self, auth: WeChatPayAuth, base_url: str, backup: str, model: type[Any]) -> None:
        super().__init__(auth=auth, base_url=base_url)
        self.backup = httpx.URL(backup)
        self.model = model

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401
        """Send a request, and once more to the other host if no response came back."""
        try:
            response = super().send(request, **options)
        except httpx.TransportError:
            # `auth` signs it anew.
            other = request.url.copy_with(host=self.backup.host, port=self.backup.port)
            headers = {"Content-Type": request.headers.get("Content-Type", "")}
            again = self.build_request(
                request.method, other, content=request.content, headers=headers
            )
            response = super().send(again, **options)
        if response.status_code != httpx.codes.OK:
            verified: bool = response.extensions["wechatpay_verified"]
            raise RefusedError.read(response.status_code, response.content, verified=verified)
        check(response.content, self.model)
        return response


def parsed(body: bytes) -> object:
    """Read JSON; `json.loads` alone guesses encodings, and fails in two ways."""
    try:
        return json.loads(body.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def check(body: bytes, model: type[Any]) -> dict[str, Any]:
    """Look at the types of JSON, because `from_dict` of a stock model takes any.

    Raises:
        ValueError: The body is no such object.
    """
    content = parsed(body)
    if not isinstance(content, dict):
        raise ValueError("not an object")  # noqa: TRY004  # of input
    kinds = typing.get_type_hints(model)
    del kinds["additional_properties"]  # of the class; JSON may have a field of this name
    for name, kind in kinds.items():
        allowed = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
        if name not in content and Unset not in allowed:
            raise ValueError(f"{name} is missing")
        if name in content and type(content[name]) not in allowed:
            raise ValueError(f"{name} is {content[name]!r}")
    return fields(content)


def text(value: object) -> str | None:
    """Give a text; anything else is none."""
    return value if isinstance(value, str) else None


def fields(value: object) -> dict[str, Any]:
    """Give the fields of an object; anything else has none."""
    return typing.cast("dict[str, Any]", value) if isinstance(value, dict) else {}
