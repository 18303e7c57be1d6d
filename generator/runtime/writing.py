"""Writes arguments into a request: path, query, headers and body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast
from urllib.parse import quote, urlencode

from .base_errors import InvalidInputError
from .settings import require_header
from .types import File, Json, is_list


class Body(NamedTuple):
    """A request body, serialised once, so the signed bytes are the sent bytes."""

    content_type: str
    content: bytes


# Made once, because `json.dumps` with options makes an encoder for each call.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def segment(value: Json) -> str:
    """Return a value as one segment of a path."""
    return _quoted(_as_text(value))


def query_string(parameters: Mapping[str, Json]) -> str:
    """Return the query of a URL: None is left out, each item of a list gets the name."""
    pairs = [
        f"{_quoted(name)}={_quoted(_as_text(item))}"
        for name, value in parameters.items()
        if value is not None
        for item in _items(value)
    ]
    return "?" + "&".join(pairs) if pairs else ""


class Encoded(str):
    """A text that is percent-encoded already."""

    __slots__ = ()


def with_commas(items: Sequence[Json]) -> Encoded:
    """Return a list as one text of a URL: a comma within an item is encoded, one between is not."""
    return Encoded(",".join(segment(item) for item in items))


def header_fields(parameters: Mapping[str, Json]) -> dict[str, str]:
    """Return header fields: None is left out."""
    return {
        name: require_header(name, _as_text(value))
        for name, value in parameters.items()
        if value is not None
    }


def json_body(value: Json, content_type: str = "application/json") -> Body:
    """Return a value as compact JSON."""
    return Body(content_type, _ENCODER.encode(value).encode())


def file_body(file: File, content_type: str) -> Body:
    """Return the bytes of a file as they are."""
    return Body(content_type, file.payload)


def form_body(fields: Mapping[str, object], content_type: str) -> Body:
    """Return the fields of a form without files; each item of a list gets the name."""
    pairs = [(name, _as_text(item)) for name, item in _repeated(fields)]
    return Body(content_type, urlencode(pairs).encode())


def multipart_body(fields: Mapping[str, object]) -> Body:
    """Return the fields of a form in parts; each item of a list gets the name."""
    parts = [(name, _as_part(name, item)) for name, item in _repeated(fields)]
    if not parts:
        raise InvalidInputError("body", "must not be empty", fields)
    import httpx  # only forms with files need it

    encoded = httpx.Request("POST", "http://body", files=parts)
    return Body(encoded.headers["Content-Type"], encoded.read())


def _quoted(text: str) -> str:
    if isinstance(text, Encoded):
        return text
    # Most refund numbers need no quoting, and this check is faster than `quote`.
    return text if text.isalnum() and text.isascii() else quote(text, safe="")


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":"))


def _items(value: object) -> Sequence[object]:
    """Return the items of a list, or any other value as the only item."""
    return cast("Sequence[object]", value) if is_list(value) else (value,)


def _repeated(fields: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in fields.items():
        for item in _items(value):
            yield name, item


def _as_part(name: str, value: object) -> tuple[str | None, bytes, str | None]:
    if isinstance(value, File):
        return value.file_name or name, value.payload, value.mime_type
    is_object = isinstance(value, Mapping)
    return None, _as_text(value).encode(), "application/json" if is_object else None
