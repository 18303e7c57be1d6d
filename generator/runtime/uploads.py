"""Forms with a file, of which one part is signed in place of the whole body."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from .base_errors import InvalidInputError
from .types import File, Json, is_list
from .writing import Body, json_body


class SignedForm(NamedTuple):
    """A form, and the bytes to sign."""

    body: Body
    signed: bytes


def signed_form(
    fields: Mapping[str, object], part: str, *, digest: str | None = None
) -> SignedForm:
    """Return a form whose first part is signed.

    Args:
        fields: The fields of the form.
        part: The part to sign, a JSON object or a text.
        digest: The field of this part with the SHA-256 of the file in hex; added if it is absent.

    Raises:
        InvalidInputError: The caller's digest is not the one of the file.
    """
    rest = {name: value for name, value in fields.items() if name != part}
    signed = fields.get(part)
    if digest is not None:
        signed = _with_digest(cast("Mapping[str, Json]", signed), rest, f"body.{part}", digest)
    content = _content(signed)
    parts: list[tuple[str, tuple[str | None, bytes, str | None]]]
    parts = [(part, (None, content, "application/json"))]
    for name, value in rest.items():
        items = cast("Sequence[object]", value) if is_list(value) else (value,)
        parts += [(name, _part(name, item)) for item in items]
    import httpx  # only forms with files need it

    encoded = httpx.Request("POST", "http://body", files=parts)
    return SignedForm(Body(encoded.headers["Content-Type"], encoded.read()), content)


def _part(name: str, value: object) -> tuple[str | None, bytes, str | None]:
    if isinstance(value, File):
        return value.file_name or name, value.payload, value.mime_type
    return None, _content(value), "application/json" if isinstance(value, Mapping) else None


def _content(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else json_body(cast("Json", value)).content


def _with_digest(
    signed: Mapping[str, Json], rest: Mapping[str, object], where: str, digest: str
) -> Mapping[str, Json]:
    file = next(value for value in rest.values() if isinstance(value, File))
    found = hashlib.sha256(file.payload).hexdigest()
    given = signed.get(digest, found)
    if not isinstance(given, str) or given.lower() != found:
        rule = f"must be the SHA-256 of the file in hex, {found}; leave it out to have it computed"
        raise InvalidInputError(f"{where}.{digest}", rule, given)
    return {**signed, digest: given}
