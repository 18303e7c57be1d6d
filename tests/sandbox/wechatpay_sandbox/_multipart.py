"""Reads `multipart/form-data`, byte for byte: a part's exact text is what an upload signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([\w*-]+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form."""

    name: str
    filename: str | None
    content: bytes


def parts(content_type: str, body: bytes) -> dict[str, Part]:
    """Give the parts by name.

    Raises:
        ValueError: The body is no form, or two parts have one name.
    """
    found = _BOUNDARY.search(content_type)
    if not found:
        raise ValueError("Content-Type has no boundary")
    made: dict[str, Part] = {}
    for part in _split(b"--" + (found[1] or found[2]).encode("latin-1"), body):
        if part.name in made:
            raise ValueError(f"two parts are named {part.name}")
        made[part.name] = part
    return made


def _split(mark: bytes, body: bytes) -> Iterator[Part]:
    first, *pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if first or not pieces or pieces[-1].strip() != b"--":
        raise ValueError("the body does not keep to its boundary")
    for piece in pieces[:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        if not blank or lines[0].strip():
            raise ValueError("a part has no header lines")
        stated = next((one for one in lines if one.lower().startswith("content-disposition:")), "")
        values = dict(_PARAMETER.findall(stated))
        if "name" not in values:
            raise ValueError("a part has no name")
        yield Part(values["name"], values.get("filename"), content)
