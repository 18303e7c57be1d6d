"""Forms with a file, of which one part is signed in place of the body: `x-signed-part`."""

from __future__ import annotations

from .spec import Document, mapping
from .tree import Node

DIGEST = "sha256"
"""The field of the signed part with the SHA-256 of the file in hex."""


def signed_part(document: Document, media: Node) -> Node:
    """Return the schema of the signed part; an empty object if there is none."""
    form = document.resolve(mapping(media, "schema"))
    return document.resolve(mapping(form, "properties").get(str(media.get("x-signed-part"))))


def digest_field(document: Document, media: Node) -> str | None:
    """Return the field which holds the digest of the form's only file."""
    form = document.resolve(mapping(media, "schema"))
    parts = [document.resolve(part) for part in mapping(form, "properties").values()]
    files = [part for part in parts if part.get("format") == "binary"]
    described = mapping(signed_part(document, media), "properties")
    return DIGEST if len(files) == 1 and DIGEST in described else None
