"""What the contract, `spec/openapi.yaml`, says about requests.

The file is read as it is, and its schemas go to the `jsonschema` library: the sandbox refuses
what the contract refuses, without a second list of rules. (openapi-core would do it, too; it was
twenty times slower for each request, hides which parameter an error is about, and pins old
releases of the libraries that check the contract itself.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import quote

import yaml
from jsonschema import Draft4Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

from ._errors import Json

Node: TypeAlias = dict[str, Any]

_URI = "urn:contract"
_CERTIFICATES: Node = {
    "get": {
        "operationId": "downloadCertificates",
        # One page has it, the operation's own page has no parameters at all.
        "parameters": [
            {
                "name": "algorithm_type",
                "in": "query",
                "schema": {"type": "string", "enum": ["RSA", "SM2", "ALL"]},
            }
        ],
    }
}
"""`GET /v3/certificates`, which belongs to every APIv3 product and not to our contract."""

# The first that is broken is reported; an unknown parameter only if nothing else is wrong.
_ISSUES = {
    "type": "not of the right type",
    "required": "required",
    "minLength": "too short",
    "maxLength": "too long",
    "enum": "not a known value",
    "pattern": "character not allowed",
    "additionalProperties": "unknown parameter",
}
_TYPES = {"string": "not a string", "object": "not an object"}
UNKNOWN = "additionalProperties"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a value breaks."""

    rule: str
    """The keyword of the schema, e.g. `maxLength`."""
    pointer: str
    """JSON pointer of the broken member; empty for the value itself."""
    value: Json
    issue: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the path, the query or a header."""

    name: str
    place: str
    required: bool
    schema: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    id: str
    template: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: str | None
    """Where the schema of its JSON body is; None if it takes no body."""

    def path_values(self, segments: list[str]) -> dict[str, str]:
        """Give the path parameters by name."""
        pairs = zip(self.template, segments, strict=True)
        return {name[1:-1]: value for name, value in pairs if name.startswith("{")}


class Contract:
    """The operations of an OpenAPI document and the rules for their input."""

    def __init__(self, document: Node) -> None:
        self._document = document
        resource = cast("Any", DRAFT4).create_resource(document)
        self._registry = cast("Any", Registry)().with_resource(_URI, resource)
        self._validators: dict[str, Any] = {}
        self._paths = {
            tuple(path.removeprefix("/").split("/")): dict(self._operations(path, item))
            for path, item in document["paths"].items()
        }

    def find(self, segments: list[str]) -> Mapping[str, Operation] | None:
        """Give the operations at a path by method, or None if nothing lives there."""
        for template, operations in self._paths.items():
            if len(template) == len(segments) and all(
                bool(given) if wanted.startswith("{") else wanted == given
                for wanted, given in zip(template, segments, strict=True)
            ):
                return operations
        return None

    def check(self, schema: str, value: Json, *, ignore: frozenset[str]) -> Violation | None:
        """Tell what a value breaks first, leaving out the rules to ignore."""
        if schema not in self._validators:
            self._validators[schema] = _Validator({"$ref": schema}, registry=self._registry)
        errors = cast("Iterator[ValidationError]", self._validators[schema].iter_errors(value))
        found = [_violation(error) for error in errors if error.validator not in ignore]
        rank = {rule: number for number, rule in enumerate(_ISSUES)}
        return min(found, key=lambda v: (rank.get(v.rule, -1), v.pointer), default=None)

    def _operations(self, path: str, item: Node) -> Iterator[tuple[str, Operation]]:
        shared = f"/paths/{_escape(path)}"
        for method in item.keys() & {"get", "post", "put", "patch", "delete"}:
            node = item[method]
            here = f"{shared}/{method}"
            listed = [(f"{shared}/parameters/{i}", p) for i, p in _numbered(item)]
            listed += [(f"{here}/parameters/{i}", p) for i, p in _numbered(node)]
            body = f"{_URI}#{here}/requestBody/content/application~1json/schema"
            yield (
                method.upper(),
                Operation(
                    node["operationId"],
                    tuple(path.removeprefix("/").split("/")),
                    tuple(self._parameter(pointer, p) for pointer, p in listed),
                    body if "requestBody" in node else None,
                ),
            )

    def _parameter(self, pointer: str, node: Node) -> Parameter:
        if "$ref" in node:
            pointer = node["$ref"].removeprefix("#")
            node = self._document
            for part in pointer.split("/")[1:]:
                node = node[part]
        schema = f"{_URI}#{pointer}/schema"
        return Parameter(node["name"], node["in"], bool(node.get("required")), schema)


def contract_file() -> Path:
    """Find `openapi.yaml`: in the wheel it lies beside us, in a checkout where it is edited."""
    here = Path(__file__).parent
    packed = here.parent / "wechatpay_ecommerce_refund" / "openapi.yaml"
    return packed if packed.is_file() else here.parents[2] / "spec" / "openapi.yaml"


@cache
def contract() -> Contract:
    """Read the contract that came with this package."""
    document = cast("Node", yaml.safe_load(contract_file().read_text(encoding="utf-8")))
    document["paths"]["/v3/certificates"] = _CERTIFICATES
    return Contract(document)


def _numbered(node: Node) -> Iterator[tuple[int, Node]]:
    return enumerate(cast("list[Node]", node.get("parameters", [])))


def _escape(path: str) -> str:
    return quote(path.replace("~", "~0").replace("/", "~1"), safe="~")


def _violation(error: ValidationError) -> Violation:
    rule, value = str(error.validator), cast("Json", error.instance)
    path = [str(part) for part in error.absolute_path]
    if rule == "required" and isinstance(value, dict):
        path.append(
            min(name for name in cast("list[str]", error.validator_value) if name not in value)
        )
        value = ""
    elif rule == UNKNOWN and isinstance(value, dict):
        known = cast("Node", error.schema)["properties"]
        path.append(min(name for name in value if name not in known))
        value = ""
    issue = _TYPES.get(str(error.validator_value)) if rule == "type" else None
    pointer = "".join(f"/{part}" for part in path)
    return Violation(rule, pointer, value, issue or _ISSUES.get(rule, "not valid"))


def _pattern(
    _validator: object, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    # Python's `$` lets a line break at the end pass, the regular expressions of OpenAPI do not.
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = f"{pattern[:-1]}\\Z"
    if isinstance(instance, str) and not re.search(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


# OpenAPI 3.0 schemas are those of draft 5, whose rules draft 4 shares.
_Validator = cast("Any", validators).extend(Draft4Validator, {"pattern": _pattern})
