"""Derive the form of the contract from which clients in other languages are generated.

The contract says what is documented today. A client generated from it in Go, Java, PHP, Rust or
C# loses a whole reply to one new value, one new field or one longer number, all of which the
platform may send without notice. So in everything that only replies use

* an enumeration becomes plain text; its values move to ``x-known-values``;
* limits of length and range, and patterns, are dropped;
* objects take members that are not listed;
* members that may be absent may also be null;
* an error need not have any member: an odd one must not hide the status;
* the security scheme makes way, since no generator can derive it and some refuse the document:
  sign in the transport. What it says for machines stays, as ``x-wechatpay-signature`` at the root.

What a caller sends keeps every rule.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

import yaml

CONTRACT = Path(__file__).with_name("openapi.yaml")
LIMITS = (
    *("minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "x-no-limit", "x-open-enum", "x-enum-varnames"),
)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

NOTE = (
    "This form is for generating clients: what only replies use is open, and signing is left to "
    "the transport, as x-wechatpay-signature says. 本文件用于生成客户端：应答内容不设限制，"
    "签名由传输层按 x-wechatpay-signature 完成。"
)

Json = dict[str, Any]


def load(path: Path = CONTRACT) -> Json:
    """Read the contract; aliases of YAML become copies, so that each can change alone."""
    return _copy(yaml.safe_load(path.read_text(encoding="utf-8")))


def lenient(contract: Json) -> Json:
    """Return the contract with everything opened that only replies use.

    Raises:
        ValueError: A schema serves requests and replies, which ask for opposite things.
    """
    form = _copy(contract)
    sent: list[Json] = []
    success: list[Json] = []
    failure: list[Json] = []
    for item in form["paths"].values():
        sent += item.get("parameters", [])
        for operation in (item[method] for method in METHODS if method in item):
            sent += [*operation.get("parameters", []), operation.get("requestBody", {})]
            for status, response in operation["responses"].items():
                (success if status.startswith("2") else failure).append(response)
    of_success, of_failure = _schemas(form, success), _schemas(form, failure)
    of_replies = of_success | of_failure
    if both := of_replies.keys() & _schemas(form, sent).keys():
        schema = of_replies[both.pop()]
        raise ValueError(f"used in requests and in replies: {schema.get('title', schema)}")
    for schema in of_replies.values():
        _open(schema)
    for identity in of_failure.keys() - of_success.keys():
        of_failure[identity].pop("required", None)
    form.pop("security", None)
    for scheme in form.get("components", {}).pop("securitySchemes", {}).values():
        form |= {key: value for key, value in scheme.items() if key.startswith("x-")}
    form["info"]["title"] += ", lenient form"
    form["info"]["description"] = f"{form['info'].get('description', '')}\n{NOTE}\n"
    return form


def _open(schema: Json) -> None:
    if "enum" in schema:
        schema["x-known-values"] = schema.pop("enum")
    for name in LIMITS:
        schema.pop(name, None)
    if "properties" in schema:
        schema["additionalProperties"] = True
        for name, member in schema["properties"].items():
            if name not in schema.get("required", []) and "type" in member:
                member["nullable"] = True


def _schemas(form: Json, roots: list[Json]) -> dict[int, Json]:
    """Give every schema that the roots reach, by its identity."""
    found: dict[int, Json] = {}
    seen: set[int] = set()
    waiting: list[object] = [*roots]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += cast("list[object]", node)
        if not isinstance(node, dict) or id(cast("Json", node)) in seen:
            continue
        member = cast("Json", node)
        seen.add(id(member))
        if "$ref" in member:
            waiting.append(_target(form, member["$ref"]))
            continue
        if isinstance(member.get("type"), str) or "enum" in member:
            found[id(member)] = member
        waiting += [value for key, value in member.items() if key not in ("example", "examples")]
    return found


def _target(form: Json, pointer: str) -> Json:
    node = form
    for part in pointer.removeprefix("#/").split("/"):
        node = node[part]
    return node


def _copy(contract: Json) -> Json:
    copy: Json = json.loads(json.dumps(contract))
    return copy


def main() -> None:
    """Write the lenient form as JSON to a file, or to the terminal without one."""
    text = json.dumps(lenient(load()), ensure_ascii=False, indent=2) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
