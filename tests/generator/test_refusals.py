"""What a spec may not say, and what is said about it: place, finding, way on."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from generator import build
from generator.problems import GenerationError
from tests.generator.support import (
    Generated,
    Node,
    answer,
    content,
    document,
    generate,
    operation,
    parameter,
    refused,
    to,
)

TEXT: Node = {"type": "string"}
NUMBER: Node = {"type": "integer"}
LIST: Node = {"type": "array", "items": NUMBER}
POINT: Node = {"type": "object", "properties": {"x": NUMBER}}
UNION: Node = {"anyOf": [TEXT, NUMBER]}
FIELD = "#/components/schemas/A/properties/b"
GET = "#/paths/~1a/get"


def closed(**properties: Node) -> Node:
    return {"type": "object", "properties": properties, "additionalProperties": False}


# --- schemas


@pytest.mark.parametrize(
    "keyword",
    [
        *("not", "if", "then", "else", "dependentSchemas", "dependentRequired", "contains"),
        *("minContains", "maxContains", "patternProperties", "propertyNames", "prefixItems"),
        *("unevaluatedProperties", "unevaluatedItems", "$defs", "$dynamicRef"),
    ],
)
def test_a_keyword_that_the_client_could_not_honour(keyword: str, tmp_path: Path) -> None:
    inner: Node = {"type": "object", keyword: [] if keyword == "prefixItems" else {}}
    schemas: Node = {"A": {"type": "array", "items": inner}}
    problem = refused(document(schemas, openapi="3.1.0"), tmp_path)
    assert problem.startswith(
        f"#/components/schemas/A/items: {keyword} is outside of our dialect; "
    )


SCHEMAS: list[tuple[Generated, str]] = [
    ({"anyOf": [TEXT, NUMBER]}, "anyOf with 2 kinds of values; choose one, or"),
    ({"oneOf": [to("B"), to("C"), {"type": "null"}]}, "oneOf with 2 kinds of values; choose one"),
    ({"type": ["string", "integer", "null"]}, "type of integer, string; choose one"),
    (
        {"oneOf": [to("B")], "discriminator": {"propertyName": "x"}},
        "discriminator is outside of our dialect",
    ),
    ({"allOf": [UNION, {"properties": {"c": TEXT}}]}, "allOf of a union; "),
    ({"$ref": "#/components/schemas/B", "maxLength": 1}, "maxLength beside $ref; put them beside"),
    ({"$ref": "#/components/schemas/B", "nullable": True}, "nullable beside $ref"),
    ({"$ref": "#/components/schemas/No"}, "#/components/schemas/No leads nowhere; refer to"),
    ({"$ref": "other.yaml#/B"}, "a reference to other.yaml#/B; refer to something in"),
    ({"$ref": "#/components/schemas/A/properties/c"}, "a reference to #/components/schemas/A/prop"),
    ({"$ref": "#/components/schemas/Round"}, "#/components/schemas/Round leads in a circle"),
    ({"anyOf": [TEXT], "properties": {"c": TEXT}}, "anyOf beside properties; put the rules into"),
    ({"anyOf": [TEXT], "oneOf": [TEXT]}, "anyOf beside oneOf"),
    ({"anyOf": []}, "an empty anyOf; leave it out"),
    ({"allOf": [TEXT, POINT]}, "allOf of object, string; describe one kind of value"),
    ({"allOf": [TEXT, NUMBER]}, "its parts disagree on type; keep one"),
    ({"allOf": [closed(c=TEXT), closed(c=NUMBER)]}, "c: its parts disagree on type"),
    (
        {"allOf": [{"additionalProperties": TEXT}, {"additionalProperties": NUMBER}]},
        "its parts disagree on additionalProperties",
    ),
    ({"type": "object", "required": ["x", "y"]}, "x, y is required, but not described; add it"),
    ({"allOf": [to("B"), {"required": ["z"]}]}, "z is required, but not described"),
    ({"enum": ["a", 1]}, "an enum must be all text or all whole numbers"),
    ({"enum": [1.5]}, "an enum must be all text or all whole numbers"),
    ({"type": "string", "pattern": "("}, "the pattern ( is not understood"),
    ({"type": "integer", "minimum": True}, "minimum must be a number, not True"),
    ({"type": "string", "enum": ["a"], "x-enum-descriptions": []}, "x-enum-descriptions must have"),
]


@pytest.mark.parametrize(("schema", "problem"), SCHEMAS)
def test_a_schema_that_would_be_read_as_less(
    schema: Generated, problem: str, tmp_path: Path
) -> None:
    schemas = {
        "A": {"type": "object", "properties": {"b": schema, "c": TEXT}},
        "B": {"type": "object", "properties": {"x": TEXT}},
        "C": {"type": "object", "properties": {"x": TEXT}},
        "Round": to("Round"),
    }
    if "Round" not in str(schema):
        del schemas["Round"]
    assert f"{FIELD}: {problem}" in refused(document(schemas, openapi="3.1.0"), tmp_path)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["%", "&"], "'%' and '&' would all be field_"),
        (["id", "@id"], "'id' and '@id' would all be id"),
        (["class", "class_"], "'class' and 'class_' would all be class_"),
        (["a-b", "a.b", "c"], "'a-b' and 'a.b' would all be a_b"),
    ],
)
def test_names_that_python_cannot_tell_apart_are_both_shown(
    names: list[str], shown: str, tmp_path: Path
) -> None:
    schema: Node = {"type": "object", "properties": dict.fromkeys(names, TEXT)}
    wrapped: Node = {"A": {"allOf": [schema, {"properties": {"z": TEXT}}]}}
    parameters = [parameter(name, "query") for name in names]
    paths: Node = {"/a": {"get": operation("get", *parameters)}}
    assert f"A: the fields {shown}; rename one" in refused(document(wrapped), tmp_path)
    assert f"{GET}: the parameters {shown}; rename one" in refused(document({}, paths), tmp_path)


FORMS: list[tuple[Generated, str]] = [
    ({"const": {"a": 1}}, "/const/str: Input should be a valid string"),
    ({"type": "string", "maxLength": "3"}, ": maxLength must be a whole number, not '3'"),
    ({"type": "strin"}, "/type"),
    ({"properties": []}, "/properties: must be an object, not a list"),
    ({"allOf": {}}, "/allOf: must be a list, not an object"),
    ({"items": None}, "/items: must be an object, not nothing"),
    ("string", ": must be an object, not text"),
    ({"type": "string", "minLenght": 1}, "/minLenght: no keyword of OpenAPI; did you mean minLeng"),
    ({"enum": ["a"], "x-openenum": True}, "/x-openenum: no extension of ours; did you mean x-open"),
    ({"x-idempotent": {"reason": "r"}}, "/x-idempotent: has no effect here; it belongs to a oper"),
    ({"enum": ["a"], "x-open-enum": "yes"}, "/x-open-enum: must be of type boolean, not 'yes'"),
]


@pytest.mark.parametrize(("schema", "problem"), FORMS)
def test_a_schema_that_is_none(schema: Generated, problem: str, tmp_path: Path) -> None:
    schemas = {"A": {"type": "object", "properties": {"b": schema}}}
    assert f"{FIELD}{problem}" in refused(document(schemas, openapi="3.1.0"), tmp_path)


@pytest.mark.parametrize("keyword", ["anyOf", "allOf"])
def test_a_schema_that_consists_of_itself(keyword: str, tmp_path: Path) -> None:
    schemas: Node = {"A": {keyword: [to("B")]}, "B": {keyword: [to("A")]}}
    user = parameter("q", "query", to("A"))
    problem = refused(document(schemas, {"/a": {"get": operation("a", user)}}), tmp_path)
    assert "#/components/schemas/A: a schema consists of itself" in problem


# --- operations


def with_parameter(*parameters: Node, path: str = "/a") -> Node:
    return document({}, {path: {"get": operation("get", *parameters)}})


def with_body(schema: Node, content_type: str = "application/json", **more: object) -> Node:
    body = content(schema, content_type)
    body["content"][content_type].update(more)
    return document({}, {"/a": {"get": operation("get", body=body)}})


def with_responses(responses: Node, **more: Generated) -> Node:
    return document({}, {"/a": {"get": operation("get", responses=responses)}}, **more)


def with_operation(**more: Generated) -> Node:
    return document({}, {"/a": {"get": operation("get") | more}})


ROW: Node = {"status": 400, "code": "BAD", "title": "坏", "meaning": "bad", "remedy": "better"}


def without(row: Node, key: str) -> Node:
    return {other: value for other, value in row.items() if other != key}


def with_rows(*rows: Node) -> Node:
    return with_operation(**{"x-error-codes": list(rows)})


def with_error(name: object, status: str = "400") -> Node:
    return with_responses({status: {"description": "", "x-error-name": name}})


def with_echoes(**echoes: object) -> Node:
    item = operation("get", parameter("id", "path"), parameter("q", "query"))
    item |= {"x-echoes": echoes, "responses": {"200": answer({"properties": {"refund_id": TEXT}})}}
    return document({}, {"/{id}": {"get": item}})


OPERATIONS: list[tuple[Node, str]] = [
    (
        with_parameter({"name": "q", "in": "query", "content": {"application/json": {}}}),
        f"{GET}/parameters/0: parameter q with content instead of a schema; give it a schema",
    ),
    (with_parameter(parameter("q", "body")), f"{GET}/parameters/0/in: Input should be 'query'"),
    (with_parameter({"in": "query", "schema": {}}), f"{GET}/parameters/0/name: Field required"),
    (
        with_parameter(parameter("q", "query", LIST, style="pipeDelimited")),
        f"{GET}/parameters/0: parameter q in style pipeDelimited; the dialect has form",
    ),
    (with_parameter(parameter("q", "query", POINT, style="deepObject")), "in style deepObject"),
    (with_parameter(parameter("q", "path", style="matrix"), path="/{q}"), "q in style matrix"),
    (with_parameter(parameter("q", "query", allowReserved=True)), "parameter q with allowReserved"),
    (with_parameter(parameter("q", "header", LIST)), "parameter q, an array in header"),
    (with_parameter(parameter("q", "cookie")), "parameter q in a cookie; send it through the auth"),
    (with_parameter(parameter("q", "query", POINT)), "parameter q, an object in query"),
    (with_parameter(parameter("q", "path", POINT), path="/{q}"), "parameter q, an object in path"),
    (
        with_parameter(parameter("q", "query", {"type": "array", "items": LIST})),
        "parameter q, a list or object inside another",
    ),
    (
        with_parameter(parameter("q", "query"), parameter("q", "query")),
        f"{GET}: parameter q in query occurs twice; keep one",
    ),
    (with_parameter(path="/{id}"), "#/paths/~1{id}/get: id of the path is not declared; add it"),
    (with_parameter(parameter("id", "path")), f"{GET}: the path has no place for id; add {{id}}"),
    (with_parameter(parameter("id", "path"), path="/{id}/{id}"), "id occurs twice in the path"),
    (with_parameter(parameter("名", "path"), path="/{名}"), "the parameter 名 of the path; write"),
    (
        with_parameter(parameter("id", "path", required=False), path="/{id}"),
        "parameter id of the path must be required",
    ),
    (with_parameter({"$ref": "#/components/parameters/No"}), "No leads nowhere"),
    (with_parameter(parameter("q", "query", {"type": "null"})), "can be nothing but null"),
    (
        with_body(TEXT, "application/xml"),
        f"{GET}/requestBody: the content type application/xml; offer JSON",
    ),
    (with_body(POINT, "application/octet-stream"), "application/octet-stream: bytes can't be an"),
    (with_body(LIST, "multipart/form-data"), "multipart/form-data: a form must be an object"),
    (with_body(closed(f={**TEXT, "format": "binary"})), "json: a file can't be part of JSON"),
    (
        with_body(POINT, "multipart/form-data", encoding={"x": {"style": "form"}}),
        "multipart/form-data: encoding is outside of our dialect",
    ),
    (with_operation(requestBody={"content": {}}), f"{GET}/requestBody: a request body needs"),
    (with_responses({"200": answer(POINT, "application/xml")}), "content type application/xml"),
    (with_responses({"200": answer({}, "*/*")}), "the content type */*; offer JSON"),
    (with_responses({"200": answer({"not": {}})}), "/schema: not is outside of our dialect"),
    (with_responses({"2": answer({})}), f"{GET}/responses/2: 2 is no status"),
    (document({}, {"/a": {"$ref": "#/components/pathItems/A"}}), "#/paths/~1a: $ref of a path"),
    (document({}, {"/a": {"servers": [{"url": "https://b"}]}}), "#/paths/~1a: servers of its own"),
    (with_operation(servers=[{"url": "https://b"}]), f"{GET}: servers of its own for this oper"),
    (
        document({}, {"/a": {"get": operation("same"), "put": operation("same")}}),
        "#/paths/~1a/put/operationId: same is the name of #/paths/~1a/get, too",
    ),
    (
        document({}, {"/a": {"get": operation("getUser"), "put": operation("get_user")}}),
        "two operations would be written to api/default/get_user.py; rename one",
    ),
    (
        document({"HTTPError": POINT, "HttpError": POINT}),
        "two schemas would be written to models/http_error.py; rename one",
    ),
    ({"swagger": "2.0", "paths": {}}, "#/openapi: must be 3.0 or 3.1 with a patch number"),
    (document(openapi="3.2.0"), "not 3.2.0"),
    ({**document(), "paths": [1]}, "#/paths: must be an object, not a list"),
    (document({}, {"/a": {"get": None}}), f"{GET}: must be an object, not nothing"),
    # Extensions.
    (with_operation(**{"x-idempotant": {"reason": "r"}}), "did you mean x-idempotent?"),
    (with_operation(**{"x-idempotent": True}), "x-idempotent: must be of type object, not True"),
    (with_operation(**{"x-idempotent": {}}), "x-idempotent: lacks reason; add it"),
    (with_rows(without(ROW, "remedy")), f"{GET}/x-error-codes/0: lacks remedy; add it"),
    (with_rows({**ROW, "status": "400"}), "/0/status: must be of type integer, not '400'"),
    (with_rows({**ROW, "extra": 1}), "/x-error-codes/0: knows no extra; it has status, code"),
    (with_rows({**ROW, "code": "%"}), "/0/code: % makes no class name; a code begins with a"),
    (with_error("APIError"), "x-error-name APIError is the name of a class of every package"),
    (with_error("SystemError"), "x-error-name SystemError hides Python's own; call it Platform"),
    (with_error("class"), "x-error-name class is no name for a class"),
    (with_error("no-name"), "/x-error-name: 'no-name' must match"),
    (with_error("Fine", "4XX"), "x-error-name Fine needs one status, not 4XX"),
    (with_echoes(refund="$request.path.id"), "the result has no field refund; did you mean refund"),
    (with_echoes(refund_id="$request.query.q"), "$request.query.q is no required parameter"),
    (with_echoes(refund_id="id"), "/x-echoes/refund_id: 'id' must match"),
]


@pytest.mark.parametrize(("broken", "problem"), OPERATIONS)
def test_an_operation_that_would_be_less_than_the_spec(
    broken: Node, problem: str, tmp_path: Path
) -> None:
    assert problem in refused(broken, tmp_path)


def test_a_tuple_of_a_framework(tmp_path: Path) -> None:
    app = FastAPI()

    @app.get("/pair")
    def pair() -> tuple[int, str]:  # pyright: ignore[reportUnusedFunction]
        return (1, "a")

    assert refused(app.openapi(), tmp_path) == (
        "#/paths/~1pair/get/responses/200/content/application~1json/schema: prefixItems is outside"
        " of our dialect; describe an object, or a list of any JSON"
    )


# --- all at once


MANY = """\
openapi: 3.0.3
info: {title: T, version: "1"}
paths:
  /a:
    get:
      operationId: getA
      parameters:
        - {name: c, in: cookie, schema: {type: string}}
      responses: {"200": {$ref: "#/components/responses/Made"}}
  /b:
    get: {operationId: getB, responses: {"204": {description: Done}}}
components:
  responses:
    Made:
      description: Made
      content: {application/json: {schema: {$ref: "#/components/schemas/Made"}}}
  schemas:
    Made:
      properties:
        a: {not: {}}
        b:
          oneOf: [{type: string}, {type: integer}]
"""


def test_all_problems_are_named_with_pointer_line_and_way_on(tmp_path: Path) -> None:
    spec = tmp_path / "many.yaml"
    spec.write_text(MANY)
    with pytest.raises(GenerationError) as caught:
        build.generate(spec, build.CONFIG, tmp_path / "out")
    schema = "#/components/schemas/Made/properties"
    any_json = "leave the type out and read any JSON, or leave the rule out"
    assert str(caught.value).splitlines() == [
        f"{spec}:8: #/paths/~1a/get/parameters/0: parameter c in a cookie; "
        "send it through the auth object",
        f"{spec}:20: {schema}/a: not is outside of our dialect; {any_json}",
        f"{spec}:21: {schema}/b: oneOf with 2 kinds of values; choose one, or {any_json}",
    ]
    assert not (tmp_path / "out").exists()
    package = build.generate(spec, build.CONFIG, tmp_path / "out", skip=["getA"])
    assert (package / "api" / "default" / "get_b.py").exists()
    assert not (package / "api" / "default" / "get_a.py").exists()
    assert not list(package.glob("models/made*"))


def test_an_operation_to_skip_has_to_exist(tmp_path: Path) -> None:
    spec = tmp_path / "many.yaml"
    spec.write_text(MANY)
    with pytest.raises(GenerationError, match="no operation getAll to skip; did you mean getA"):
        build.generate(spec, build.CONFIG, tmp_path / "out", skip=["GET /a", "getAll"])


# --- what makes no code


BROKEN: Node = {"type": "nothing", "properties": [], "not": {}, "oneOf": [TEXT, NUMBER]}
SPEAKING: Node = {
    "/a": {
        "get": operation(
            "getA",
            parameter("q", "query", {**TEXT, "format": "unheard-of", "example": {"$ref": "#/no"}}),
            servers=[{"url": "https://x.test"}],
            callbacks={"done": {"{$request.body#/url}": {"post": {"parameters": 1}}}},
            body={
                "content": {
                    "application/xml": {"schema": BROKEN},
                    "application/json": {
                        "schema": to("Sent"),
                        "examples": {"$ref": "#/components/examples/All"},
                    },
                }
            },
            responses={
                "200": {
                    "description": "",
                    "headers": {"X-A": {"schema": BROKEN}},
                    "content": {
                        "application/xml": {"schema": BROKEN},
                        "application/json": {"schema": to("Sent")},
                    },
                },
                "400": answer(to("Problem")),
                "4XX": {"$ref": "#/components/responses/Other"},
            },
        ),
        "servers": [{"url": "https://x.test"}],
    }
}


def test_what_makes_no_code_never_refuses_a_spec(tmp_path: Path) -> None:
    spoken = document(
        {"Sent": POINT, "Problem": {"properties": {"inner": to("Inner")}}, "Inner": BROKEN},
        SPEAKING,
        servers=[{"url": "https://x.test"}],
        components={
            "responses": {"Other": answer(BROKEN)},
            "examples": {"All": {"$ref": "elsewhere.json"}},
            "headers": {"H": {"schema": BROKEN}},
        },
        webhooks={"notice": {"post": {"requestBody": content(to("Inner"))}}},
    )
    package = generate(spoken, "speaking", tmp_path)
    assert {file.stem for file in (package / "models").glob("*.py")} == {"__init__", "sent"}


def test_a_long_name_is_shortened(tmp_path: Path) -> None:
    long = "Refund" * 50
    schemas: Node = {
        long + end: {"type": "object", "properties": {"a" * 300: {"enum": ["x" * 300]}}}
        for end in ("One", "Two")
    }
    paths: Node = {
        f"/{end}": {
            "get": operation(
                long + end, responses={"200": answer(to(long + end))}, tags=["t" * 300]
            )
        }
        for end in ("One", "Two")
    }
    package = generate(document(schemas, paths), "long_names", tmp_path)
    files = list(package.rglob("refund*.py"))
    assert len(files) == 6  # two models, their enums, two operations
    assert max(len(file.name.encode()) for file in files) < 200


# --- drafts


def test_an_unfinished_text_makes_a_draft(tmp_path: Path) -> None:
    unfinished: Node = copy.deepcopy(with_operation(summary="待补充", description="TODO: say it"))
    assert refused(unfinished, tmp_path / "no").count("an unfinished text; write it, or") == 2
    package = generate(unfinished, "drafted", tmp_path / "yes", draft=True)
    assert '__version__ = "1.0+draft"' in (package / "__init__.py").read_text("utf-8")
    for module in ("__init__.py", "api/default/get.py"):
        assert "DRAFT: texts marked TODO" in (package / module).read_text("utf-8")


def test_a_value_called_todo_is_no_unfinished_text(tmp_path: Path) -> None:
    schemas: Node = {"A": {"type": "string", "enum": ["TODO", "DONE"], "example": "TODO"}}
    found: Any = generate(document(schemas), "todo_values", tmp_path)
    assert (found / "models" / "a.py").exists()
