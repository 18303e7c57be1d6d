"""Fields which are encrypted on their own, for example the number of a bank account.

The client encrypts those of a request with the platform's key, and decrypts those of a response
with the merchant's key. Models always hold the plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar, cast

import attrs

from . import checks
from .base_errors import InvalidInputError, InvalidResponseError
from .operation import Call, Operation, json_result
from .types import Json, is_list
from .writing import json_body

if TYPE_CHECKING:
    from types import ModuleType

    from .library import Request

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SERIAL: Final = "Wechatpay-Serial"
"""Header of a request with the id of the key that encrypted its fields."""

LONGEST: Final = 214
"""Bytes which RSA-OAEP with SHA-1 can encrypt with a key of 2048 bits."""

_STEP: Final = re.compile(r"\[\]|[^.\[\]]+")
"""A step of the path to a field: a name, or `[]` for each item of a list."""

_HIDDEN: Final = "(not shown)"


class Encryptor(Protocol):
    """The platform's key to encrypt with."""

    @property
    def serial_no(self) -> str:
        """Id of the key."""
        ...

    def encrypt(self, text: str, /) -> str:
        """Return the cipher text in base64."""
        ...


def text(value: object, where: str, *, min_length: int = 0, pattern: str | None = None) -> None:
    """Check a text to encrypt; the error does not show it."""
    try:
        checks.text(value, where, min_length=min_length, pattern=pattern)
    except InvalidInputError as error:
        raise InvalidInputError(where, error.rule, _HIDDEN) from None
    size = len(cast("str", value).encode())
    if size > LONGEST:
        rule = f"must have at most {LONGEST} bytes in UTF-8, because it is encrypted, has {size}"
        raise InvalidInputError(where, rule, _HIDDEN)


@attrs.frozen
class SensitiveResult(Generic[T_co]):
    """Reads a JSON body with encrypted fields."""

    read: Callable[[object], T_co]
    """Reads the JSON value after decryption."""
    paths: Sequence[str]
    """The encrypted fields."""
    decrypt: Callable[[str], str] | None = None
    """Decrypts a field. If it is None, the fields stay as they came."""

    def __call__(self, content: bytes) -> T_co:
        """Read a body."""
        return json_result(self._read)(content)

    def _read(self, value: object) -> T_co:
        if self.decrypt is not None:
            value = _changed(value, self.paths, _decrypted_by(self.decrypt), "")
        return self.read(value)


@attrs.frozen(repr=False)
class SensitiveCall(Call[T_co]):
    """A call with encrypted fields in its request or its response."""

    encrypted: Sequence[str] = ()
    """The fields of the body to encrypt, for example `owners[].name`."""
    plain: bytes | None = None
    """The body before the fields were encrypted; None if `content` is still this body."""

    def request(
        self,
        library: ModuleType,
        base_url: str,
        headers: Mapping[str, str],
        timeout: Mapping[str, float],
    ) -> Request:
        """Return a new request, as `Call.request` does; plain text never leaves."""
        if self.encrypted and self.plain is None:
            rule = "must be sent by a client, which encrypts its fields"
            raise InvalidInputError("call", rule, self)
        return super().request(library, base_url, headers, timeout)


def sensitive_call(call: Call[T], *encrypted: str) -> SensitiveCall[T]:
    """Return a call with these fields to encrypt, for example `owners[].name`."""
    return SensitiveCall(
        call.operation,
        call.target,
        call.headers,
        call.content,
        call.query,
        call.echoes,
        call.extensions,
        encrypted,
    )


def prepared(call: Call[T], auth: object) -> Call[T]:
    """Return a call whose fields are encrypted, and whose result decrypts those of the response.

    All attempts of the call send the same bytes. If the call is sent again later, it gets the key
    which is current then.

    Raises:
        InvalidInputError: The auth object cannot encrypt or decrypt. Nothing was sent.
        Exception: An error of the auth object: it has no key yet, or cannot encrypt.
    """
    query = prepared(call.query, auth) if call.query is not None else None
    if not isinstance(call, SensitiveCall):
        return attrs.evolve(call, query=query) if query is not call.query else call
    headers, plain = call.headers, call.plain if call.plain is not None else call.content
    content = plain
    if call.encrypted and plain:
        sealing = _Sealing(auth)
        content = json_body(
            cast("Json", _changed(json.loads(plain), call.encrypted, sealing.field, "body")),
            headers["Content-Type"],
        ).content
        if sealing.serial_no is not None:
            headers = {**headers, SERIAL: sealing.serial_no}
    return attrs.evolve(
        call,
        operation=_with_key(call.operation, auth),
        headers=headers,
        content=content,
        plain=plain,
        query=query,
    )


class _Sealing:
    """Encrypts the fields of one body, all with the same key."""

    def __init__(self, auth: object) -> None:
        self._auth = auth
        self._key: Encryptor | None = None

    @property
    def serial_no(self) -> str | None:
        """Id of the key; None if no field was encrypted."""
        return None if self._key is None else self._key.serial_no

    def field(self, text: str, where: str) -> str:
        """Return the cipher text of a field."""
        if self._key is None:
            self._key = cast("Encryptor", _method(self._auth, "encryptor", where)())
        return self._key.encrypt(text)


def _with_key(operation: Operation[T], auth: object) -> Operation[T]:
    """Return an operation whose results decrypt their fields."""
    results = {**operation.results}
    for status, result in results.items():
        if isinstance(result, SensitiveResult):
            decrypt = cast("Callable[[str], str]", _method(auth, "decrypt", operation.name))
            results[status] = attrs.evolve(cast("SensitiveResult[T]", result), decrypt=decrypt)
    return attrs.evolve(operation, results=results)


def _method(auth: object, name: str, what: str) -> Callable[..., object]:
    found: Callable[..., object] | None = getattr(auth, name, None)
    if not callable(found):
        rule = f"must have {name}(), because {what} has encrypted fields"
        raise InvalidInputError("auth", rule, type(auth))
    return found


def _decrypted_by(decrypt: Callable[[str], str]) -> Callable[[str, str], str]:
    def field(text: str, where: str) -> str:
        try:
            return decrypt(text)
        except Exception as error:
            # The response is verified, so it must not get lost: this error keeps its body.
            problem = f"cannot be decrypted: {type(error).__name__}: {error}"
            raise InvalidResponseError(where, problem) from error

    return field


def _changed(
    value: object, paths: Sequence[str], change: Callable[[str, str], str], where: str
) -> object:
    """Return a JSON value with changed texts; an empty text is not encrypted, so it stays."""
    for path in paths:
        value = _changed_at(value, _STEP.findall(path), change, where)
    return value


def _changed_at(
    value: object, steps: Sequence[str], change: Callable[[str, str], str], where: str
) -> object:
    if not steps:
        return change(value, where) if isinstance(value, str) and value else value
    name, *rest = steps
    if name == "[]":
        if not is_list(value):
            return value
        items = enumerate(cast("Sequence[object]", value))
        return [_changed_at(item, rest, change, f"{where}[{index}]") for index, item in items]
    if not isinstance(value, dict) or name not in value:
        return value  # pyright: ignore[reportUnknownVariableType] - of any kind
    fields = cast("dict[str, object]", value)
    place = f"{where}.{name}" if where else name
    return {**fields, name: _changed_at(fields[name], rest, change, place)}
