"""The response that a spec documents for a call, and the files which some of them announce."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from ._contract import JSON_MEDIA, Contract, Documented, Operation
from ._errors import Json, RefusedError, json_reply
from ._http import Headers, Reply, Request
from ._operations import Given
from ._settings import Settings
from ._values import walk

_PATH = "/v3/billdownload/file"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    until: float


class Downloads:
    """The files which responses announced, each under the token of its address."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def get(self, token: str, now: float) -> bytes | None:
        """Give a file, or None for a token which nobody announced."""
        found = self._files.get(token)
        if found is not None and now > found.until:
            raise RefusedError("INVALID_REQUEST", "下载地址已过期", "The address has expired")
        return None if found is None else found.content

    def announce(
        self,
        said: dict[str, str],
        value: dict[str, Json],
        base: str,
        *,
        token: str,
        packed: bool,
        now: float,
        settings: Settings,
    ) -> dict[str, Json]:
        """Give a response whose address leads to a file which has the hash beside it."""
        line = b"WeChat Pay sandbox\n"
        plain = (line * (settings.download_bytes // len(line) + 1))[: settings.download_bytes]
        content = gzip.compress(plain, mtime=0) if packed else plain
        hashed = content if said.get("over") == "file" else plain
        kind = str(value[said["hash-type"]]).lower()
        self._files[token] = _File(content, now + settings.download_seconds)
        return value | {
            said["url"]: f"{base}{_PATH}?token={token}",
            said["hash-value"]: hashlib.new(kind, hashed, usedforsecurity=False).hexdigest(),
        }


def documented(
    contract: Contract,
    operation: Operation,
    given: Given,
    *,
    seal: Callable[[str], str],
    announce: Callable[[dict[str, str], dict[str, Json]], dict[str, Json]],
) -> Reply:
    """Write the successful response of an operation."""
    response = operation.response
    if response.media is None:
        return Reply(response.status, signed=response.signed)
    value = response.value
    if response.media != JSON_MEDIA:
        return binary(response, str(value).encode())
    if isinstance(value, dict):
        value = value | _echoed(operation, given)
        if response.download:
            value = announce(response.download, value)
    value = walk(contract.document, response.schema, value, seal)
    return json_reply(value, status=response.status, signed=response.signed)


def binary(response: Documented, content: bytes) -> Reply:
    """Write a response which is a file."""
    media = response.media or "application/octet-stream"
    headers = Headers((("Content-Type", media),))
    return Reply(response.status, content, headers, signed=response.signed)


def base_url(request: Request) -> str:
    """Give the address under which a request came."""
    return f"{request.scheme}://{request.headers.get('Host') or 'api.mch.weixin.qq.com'}"


def _echoed(operation: Operation, given: Given) -> dict[str, Json]:
    """Give the fields of the response which repeat a parameter, as `x-echoes` says."""
    found: dict[str, Json] = {}
    for field, source in operation.echoes.items():
        name = source.removeprefix("$request.").partition(".")[2]
        if name in given.parameters:
            found[field] = given.parameters[name]
    return found
