"""The rules of a spec's schemas, applied by the library `jsonschema`.

The sandbox refuses what the spec refuses, without a second list of rules. (openapi-core would do
it, too; it was twenty times slower for each request, hides which parameter an error is about, and
pins old releases of the libraries that check the spec itself.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from jsonschema import Draft4Validator, Draft202012Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4, DRAFT202012

from ._errors import Json
from ._spec import URI, Document, Node

Decrypt: TypeAlias = Callable[[str], str]
"""Gives the plain text of a field, or raises `ValueError`."""

# The first that is broken is reported; an unknown parameter only if nothing else is wrong.
_ISSUES = {
    "type": "not of the right type",
    "required": "required",
    "minLength": "too short",
    "maxLength": "too long",
    "enum": "not a known value",
    "pattern": "character not allowed",
    "format": "out of range",
    "x-encrypted": "not encrypted with the key that Wechatpay-Serial names",
    "additionalProperties": "unknown parameter",
}
_TYPES = {"string": "not a string", "object": "not an object"}
_BITS = {"int32": 31, "int64": 63}
UNKNOWN = "additionalProperties"
ENCRYPTED = "x-encrypted"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a value breaks."""

    rule: str
    """The keyword of the schema, e.g. `maxLength`."""
    pointer: str
    """JSON pointer of the broken field; empty for the value itself."""
    value: Json
    issue: str


class Rules:
    """Checks values against the schemas of one spec."""

    def __init__(self, document: Document) -> None:
        base = DRAFT202012 if document.is_31 else DRAFT4
        resource = cast("Any", base).create_resource(document.root)
        self._registry = cast("Any", Registry)().with_resource(URI, resource)
        self._class = _Validator31 if document.is_31 else _Validator30
        self._validators: dict[int, tuple[Node, Any]] = {}

    def check(
        self,
        schema: Node,
        value: Json,
        *,
        ignore: frozenset[str] = frozenset(),
        decrypt: Decrypt | None = None,
    ) -> Violation | None:
        """Tell what a value breaks first, leaving out the rules to ignore.

        Without `decrypt`, encrypted fields hold their plain text.
        """
        if id(schema) not in self._validators:
            self._validators[id(schema)] = schema, self._class(schema, registry=self._registry)
        validator = self._validators[id(schema)][1]
        token = _DECRYPT.set(decrypt)
        try:
            errors = cast("Iterator[ValidationError]", validator.iter_errors(value))
            found = [_violation(error) for error in errors if error.validator not in ignore]
        finally:
            _DECRYPT.reset(token)
        rank = {rule: number for number, rule in enumerate(_ISSUES)}
        return min(found, key=lambda v: (rank.get(v.rule, -1), v.pointer), default=None)


_DECRYPT: ContextVar[Decrypt | None] = ContextVar("decrypt", default=None)


def _violation(error: ValidationError) -> Violation:
    rule, value = str(error.validator), cast("Json", error.instance)
    path = [str(part) for part in error.absolute_path]
    if rule == "required" and isinstance(value, dict):
        path.append(
            min(name for name in cast("list[str]", error.validator_value) if name not in value)
        )
        value = ""
    elif rule == UNKNOWN and isinstance(value, dict):
        known = cast("Node", error.schema).get("properties", {})
        path.append(min(name for name in value if name not in known))
        value = ""
    issue = _TYPES.get(str(error.validator_value)) if rule == "type" else None
    pointer = "".join(f"/{part}" for part in path)
    return Violation(rule, pointer, value, issue or _ISSUES.get(rule, "not valid"))


Found: TypeAlias = Iterator[ValidationError]


def _pattern(_validator: Any, pattern: str, instance: object, schema: Node) -> Found:  # noqa: ANN401
    # Python's `$` lets a line break at the end pass, the regular expressions of OpenAPI do not.
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = f"{pattern[:-1]}\\Z"
    if isinstance(instance, str) and not re.search(pattern, instance) and not _sealed(schema):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _format(_validator: Any, name: str, instance: object, _schema: Node) -> Found:  # noqa: ANN401
    limit = 1 << _BITS.get(name, 0)
    if name in _BITS and type(instance) is int and not -limit <= instance < limit:
        yield ValidationError(f"{instance} is not within {name}")


def _encrypted(_validator: Any, wanted: object, instance: object, _schema: Node) -> Found:  # noqa: ANN401
    decrypt = _DECRYPT.get()
    # Both official SDKs leave an empty text as it is.
    if decrypt is None or wanted is not True or not isinstance(instance, str) or not instance:
        return
    try:
        decrypt(instance)
    except ValueError as error:
        yield ValidationError(str(error))


def _encoded(validator: Any, inner: Node, instance: object, _schema: Node) -> Found:  # noqa: ANN401
    if not isinstance(instance, str):
        return
    try:
        value = json.loads(instance)
    except (ValueError, RecursionError):
        yield ValidationError("the text is not JSON")
        return
    yield from validator.descend(value, inner)


def _sealed(schema: Node) -> bool:
    # Pages state limits for the plain text here and for the ciphertext there.
    return schema.get("x-encrypted") is True


def _extended(base: Any) -> Any:  # noqa: ANN401
    """Add to a validator of `jsonschema` what OpenAPI and our extensions add to JSON Schema."""

    def nullable(keyword: str) -> Callable[[Any, object, object, Node], Found]:
        def check(validator: Any, given: object, instance: object, schema: Node) -> Found:  # noqa: ANN401
            if not (instance is None and schema.get("nullable") is True):
                yield from base.VALIDATORS[keyword](validator, given, instance, schema)

        return check

    def plain(keyword: str) -> Callable[[Any, object, object, Node], Found]:
        def check(validator: Any, given: object, instance: object, schema: Node) -> Found:  # noqa: ANN401
            if not _sealed(schema):
                yield from base.VALIDATORS[keyword](validator, given, instance, schema)

        return check

    return cast("Any", validators).extend(
        base,
        {
            "type": nullable("type"),
            "enum": nullable("enum"),
            "minLength": plain("minLength"),
            "maxLength": plain("maxLength"),
            "pattern": _pattern,
            "format": _format,
            "x-encrypted": _encrypted,
            "x-encoded-schema": _encoded,
        },
    )


# The schemas of OpenAPI 3.0 are those of draft 5, whose rules draft 4 shares.
_Validator30 = _extended(Draft4Validator)
_Validator31 = _extended(Draft202012Validator)
