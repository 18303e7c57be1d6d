"""The lenient form opens all that only responses use, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from spec.lenient import FORM, lenient, load, written

Json = dict[str, Any]


def contract(request: Json, reply: Json) -> Json:
    """Return a small contract with two statuses."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/a": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": request}}},
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {"application/json": {"schema": reply}},
                        },
                        "400": {
                            "description": "bad",
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "object",
                                        "required": ["code"],
                                        "properties": {"code": {"type": "string", "maxLength": 9}},
                                    }
                                }
                            },
                        },
                    },
                }
            }
        },
    }


def answer(form: Json, status: str = "200") -> Json:
    """Return the schema of a reply."""
    responses = form["paths"]["/a"]["post"]["responses"]
    schema: Json = responses[status]["content"]["application/json"]["schema"]
    return schema


def test_an_enumeration_becomes_text_with_known_values() -> None:
    reply = {"type": "string", "enum": ["A"], "x-enum-varnames": ["V_A"], "x-open-enum": True}
    assert answer(lenient(contract({}, reply))) == {"type": "string", "x-known-values": ["A"]}


def test_limits_and_patterns_are_dropped() -> None:
    reply = {
        "type": "array",
        "maxItems": 1,
        "items": {"type": "string", "minLength": 1, "maxLength": 2, "pattern": "^a"},
    }
    expected = {"type": "array", "items": {"type": "string"}}
    assert answer(lenient(contract({}, reply))) == expected


def test_the_format_of_a_text_becomes_a_hint() -> None:
    reply = {"type": "string", "format": "date-time"}
    assert answer(lenient(contract({}, reply))) == {"type": "string", "x-format": "date-time"}
    number = {"type": "integer", "format": "int64"}
    assert answer(lenient(contract({}, number))) == number


def test_no_generator_can_name_a_class_by_a_title() -> None:
    request = {"type": "object", "title": "请求", "properties": {"title": {"type": "string"}}}
    form = lenient(contract(request, {"title": "应答"}))
    body = form["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    renamed = {"type": "object", "properties": {"title": {"type": "string"}}, "x-title": "请求"}
    assert body == renamed
    assert answer(form) == {"x-title": "应答"}


def test_objects_are_open_and_optional_members_nullable() -> None:
    reply = {
        "type": "object",
        "additionalProperties": False,
        "required": ["a"],
        "properties": {"a": {"type": "integer", "minimum": 0}, "b": {"type": "string"}},
    }
    assert answer(lenient(contract({}, reply))) == {
        "type": "object",
        "additionalProperties": True,
        "required": ["a"],
        "properties": {"a": {"type": "integer"}, "b": {"type": "string", "nullable": True}},
    }


def test_an_error_needs_no_member() -> None:
    form = lenient(contract({}, {"type": "object", "required": ["a"], "properties": {}}))
    assert "required" not in answer(form, "400")
    assert answer(form)["required"] == ["a"]


def test_requests_keep_their_rules() -> None:
    request = {
        "type": "object",
        "properties": {"a": {"type": "string", "maxLength": 2, "enum": ["x"]}},
    }
    form = lenient(contract(request, {}))
    body = form["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == request


def test_a_schema_of_both_sides_is_refused() -> None:
    shared = contract({"$ref": "#/components/schemas/S"}, {"$ref": "#/components/schemas/S"})
    shared["components"] = {"schemas": {"S": {"type": "string", "title": "Shared"}}}
    with pytest.raises(ValueError, match=r"requests and in responses: Shared"):
        lenient(shared)


def test_the_input_is_left_alone() -> None:
    before = contract({}, {"type": "string", "enum": ["A"]})
    lenient(before)
    assert answer(before) == {"type": "string", "enum": ["A"]}


def test_the_committed_form_is_the_one_derived() -> None:
    assert FORM.read_text(encoding="utf-8") == written()


def test_our_contract_has_a_lenient_form() -> None:
    strict, form = load(), lenient(load())
    validate(form)
    assert titled(form["components"]["parameters"]) == strict["components"]["parameters"]
    assert "security" not in form
    scheme = strict["components"]["securitySchemes"]["wechatpay"]
    assert form["x-wechatpay-signature"] == scheme["x-wechatpay-signature"]
    schemas = form["components"]["schemas"]
    for name in ("SubMchid", "CreateReturnAdvanceRequest"):
        assert titled(schemas[name]) == strict["components"]["schemas"][name]
    assert schemas["ReturnAdvanceResult"]["x-known-values"] == ["SUCCESS", "FAILED", "PROCESSING"]
    assert schemas["ReturnAdvance"]["additionalProperties"] is True
    assert schemas["ReturnAdvance"]["properties"]["success_time"]["x-format"] == "date-time"
    closed = ("enum", "maxLength", "minLength", "minimum", "pattern", "date-time")
    for part in ("headers", "responses", "schemas"):
        open_part = {key: form["components"][part][key] for key in form["components"][part]}
        for name in ("SubMchid", "CreateReturnAdvanceRequest"):
            open_part.pop(name, None)
        assert [word for word in closed if f"'{word}':" in str(open_part)] == []


def titled(schema: Json) -> object:
    """Give a part of the lenient form its titles back."""
    return json.loads(json.dumps(schema).replace('"x-title"', '"title"'))
