"""Write `lenient.json`, from which clients in other languages are generated.

    python spec/lenient.py [--check]

The spec says what is documented today. A client generated from it in Go, Java, PHP, Rust or C#
loses a whole response to one new value, one new field or one longer number, all of which the
platform may send without notice. So the lenient form opens everything that only responses use:

* an enumeration becomes plain text; its values move to ``x-known-values``;
* the format of a text, such as ``date-time``, moves to ``x-format``;
* limits of length and range, and patterns, are dropped;
* objects take fields that are not listed;
* fields that may be absent may also be null;
* an error need not have any field: an odd one must not hide the status.

What a caller sends keeps every rule. Two things change for both sides:

* titles move to ``x-title``, because openapi-python-client names classes and files by them, and
  ours begin with Chinese;
* the security scheme is removed, because no generator can derive it and some refuse the file: sign
  in the transport. What it says for machines stays, as ``x-wechatpay-signature`` at the root.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

import yaml

CONTRACT = Path(__file__).with_name("openapi.yaml")
FORM = Path(__file__).with_name("lenient.json")
LIMITS = (
    *("minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "x-no-limit", "x-open-enum", "x-enum-varnames"),
)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

NOTE = (
    "This form is for generating clients: what only responses use is open, and signing is left to "
    "the transport, as x-wechatpay-signature says. 本文件用于生成客户端：应答内容不设限制，"
    "签名由传输层按 x-wechatpay-signature 完成。"
)

Json = dict[str, Any]


def load(path: Path = CONTRACT) -> Json:
    """Read the spec; aliases of YAML become copies, so that each can change alone."""
    return _copy(yaml.safe_load(path.read_text(encoding="utf-8")))


def lenient(contract: Json) -> Json:
    """Return the spec with everything opened that only responses use.

    Raises:
        ValueError: A schema serves requests and responses, which ask for opposite things.
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
    of_replies, of_requests = of_success | of_failure, _schemas(form, sent)
    if both := of_replies.keys() & of_requests.keys():
        schema = of_replies[both.pop()]
        raise ValueError(f"used in requests and in responses: {schema.get('title', schema)}")
    for schema in of_replies.values():
        _open(schema)
    for identity in of_failure.keys() - of_success.keys():
        of_failure[identity].pop("required", None)
    for schema in (of_replies | of_requests).values():
        if "title" in schema:
            schema["x-title"] = schema.pop("title")
    form.pop("security", None)
    for scheme in form.get("components", {}).pop("securitySchemes", {}).values():
        form |= {key: value for key, value in scheme.items() if key.startswith("x-")}
    form["info"]["title"] += ", lenient form"
    form["info"]["description"] = f"{form['info'].get('description', '')}\n{NOTE}\n"
    return form


def _open(schema: Json) -> None:
    if "enum" in schema:
        schema["x-known-values"] = schema.pop("enum")
    if schema.get("type") == "string" and "format" in schema:
        schema["x-format"] = schema.pop("format")
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
        if "enum" in member or any(isinstance(member.get(key), str) for key in ("type", "title")):
            found[id(member)] = member
        waiting += [
            value
            for key, value in member.items()
            if key not in ("example", "examples") and not key.startswith("x-")
        ]
    return found


def _target(form: Json, pointer: str) -> Json:
    node = form
    for part in pointer.removeprefix("#/").split("/"):
        node = node[part]
    return node


def _copy(contract: Json) -> Json:
    copy: Json = json.loads(json.dumps(contract))
    return copy


def written() -> str:
    """Return the text of `lenient.json`."""
    return json.dumps(lenient(load()), ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Write the lenient form; with --check write nothing, and return 1 if it is out of date."""
    if arguments != ["--check"]:
        FORM.write_text(written(), encoding="utf-8", newline="\n")
    elif not FORM.is_file() or FORM.read_bytes() != written().encode():
        sys.stderr.write("spec/lenient.json is not as spec/lenient.py writes it: make generate\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
