"""Operations: parameters, bodies and replies, as they go over the wire."""

from __future__ import annotations

import datetime as dt
import inspect
import uuid

import httpx
import pytest

from tests.generator.support import (
    Generated,
    Node,
    answer,
    content,
    contract,
    operation,
    parameter,
    round_trip,
    to,
)

TEXT: Node = {"type": "string"}
NUMBER: Node = {"type": "integer"}
LIST: Node = {"type": "array", "items": NUMBER}

# --- parameters

PARAMETERS = contract(
    "parameters",
    {"Color": {"type": "string", "enum": ["red", "blue"]}},
    {
        "/items/{itemId}/{part-no}": {
            "parameters": [
                parameter("itemId", "path", {"type": "string", "maxLength": 9}),
                {"$ref": "#/components/parameters/Part"},
                parameter("shared", "query", {"type": "string", "maxLength": 1}),
                parameter("kept", "query", NUMBER),
            ],
            "get": operation(
                "getItem",
                parameter("shared", "query", {"type": "string", "maxLength": 3}),
                parameter("must", "query", {"type": "integer", "minimum": 1}, required=True),
                parameter("color", "query", to("Color")),
                parameter("flag", "query", {"type": "boolean"}),
                parameter("at", "query", {"type": "string", "format": "date-time"}),
                parameter("day", "query", {"type": "string", "format": "date"}),
                parameter("id", "query", {"type": "string", "format": "uuid"}),
                parameter("X-Trace", "header"),
                parameter("X-Count", "header", NUMBER),
                parameter("Authorization", "header"),
                parameter("any", "query", {}),
            ),
        },
        "/lists/{name}": {
            "get": operation(
                "lists",
                parameter("name", "path"),
                parameter("exploded", "query", LIST),
                parameter("joined", "query", LIST, explode=False),
                parameter("named", "query", {"type": "array", "items": to("Color")}),
                parameter("nullable", "query", {"type": "string", "nullable": True}),
                parameter("filled", "query", {"type": "string", "nullable": True}, required=True),
            )
        },
    },
    components={
        "parameters": {
            "Part": parameter("part-no", "path", {"type": "integer"}),
        }
    },
)


def bind(name: str, *arguments: object, **named: object) -> Generated:
    return PARAMETERS.operation(name).bind(*arguments, **named)


def test_parameters_stand_where_the_contract_says() -> None:
    call = bind("get_item", "a/b c", 7, must=1, shared="abc", kept=2, flag=True, x_trace="t")
    assert call.target == "/items/a%2Fb%20c/7?shared=abc&must=1&flag=true&kept=2"
    assert call.headers == {"Accept": "application/json", "X-Trace": "t"}
    assert (call.operation.name, call.operation.method) == ("getItem", "GET")


def test_values_are_written_as_json_schema_says() -> None:
    call = bind(
        "get_item",
        "i",
        1,
        must=1,
        color=PARAMETERS.models.Color.RED,
        at=dt.datetime.fromisoformat("2026-01-02T03:04:05+08:00"),
        day=dt.date(2026, 1, 2),
        id=uuid.UUID(int=1),
        any_={"b": [1]},
    )
    query = dict(httpx.URL("https://x" + call.target).params)
    assert query == {
        "must": "1",
        "color": "red",
        "at": "2026-01-02T03:04:05+08:00",
        "day": "2026-01-02",
        "id": "00000000-0000-0000-0000-000000000001",
        "any": '{"b":[1]}',
    }


@pytest.mark.parametrize(
    ("changes", "where", "rule"),
    [
        ({"item_id": "0123456789"}, "itemId", "at most 9"),
        ({"item_id": ".."}, "itemId", "must not be empty or a dot segment"),
        ({"item_id": ""}, "itemId", "must not be empty or a dot segment"),
        ({"part_no": "1"}, "part-no", "a whole number, not str"),
        ({"must": 0}, "must", "at least 1"),
        ({"must": None}, "must", "a whole number, not NoneType"),
        ({"shared": "four"}, "shared", "at most 3"),
        ({"color": "green"}, "color", "must be one of red, blue"),
        ({"x_trace": "a\nb"}, "X-Trace", "printable ASCII"),
        ({"x_trace": "中"}, "X-Trace", "printable ASCII"),
        ({"flag": "yes"}, "flag", "true or false"),
    ],
)
def test_a_broken_rule_names_the_parameter(changes: Node, where: str, rule: str) -> None:
    with pytest.raises(PARAMETERS.errors.InvalidInputError, match=rule) as caught:
        bind("get_item", **{"item_id": "i", "part_no": 1, "must": 1, **changes})
    assert caught.value.where == where


def test_headers_that_are_no_parameters_are_left_to_client_and_auth() -> None:
    parameters = inspect.signature(PARAMETERS.operation("get_item").bind).parameters
    assert "x_trace" in parameters
    assert "authorization" not in parameters


LISTS: list[tuple[Node, str]] = [
    ({"exploded": [1, 2]}, "exploded=1&exploded=2"),
    ({"exploded": []}, ""),
    ({"joined": [1, 2]}, "joined=1,2"),
    ({"named": ["red", "blue"]}, "named=red&named=blue"),
    ({"nullable": "a"}, "nullable=a"),
]


@pytest.mark.parametrize(("named", "query"), LISTS)
def test_lists_are_written_as_the_contract_says(named: Node, query: str) -> None:
    call = bind("lists", "n", filled="f", **named)
    assert call.target == "/lists/n?" + "&".join(filter(None, [query, "filled=f"]))


def test_null_is_no_value_in_a_url() -> None:
    with pytest.raises(PARAMETERS.errors.InvalidInputError, match="filled must be text"):
        bind("lists", "n", filled=None)


def test_the_limits_of_a_component_called_like_a_keyword_count() -> None:
    with pytest.raises(COMPONENT.errors.InvalidInputError, match=r"x-default must have at most 1"):
        COMPONENT.operation("get").bind(x_default="ab")


COMPONENT = contract(
    "component_names",
    {},
    {"/a": {"get": operation("get", {"$ref": "#/components/parameters/x-default"})}},
    components={
        "parameters": {"x-default": parameter("x-default", "header", {**TEXT, "maxLength": 1})}
    },
)


# --- request bodies

BODIES = contract(
    "bodies",
    {
        "Item": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "maxLength": 5}, "count": NUMBER},
        },
        "Upload": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "format": "binary"},
                "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
                "note": TEXT,
                "tags": {"type": "array", "items": TEXT},
                "item": to("Item"),
                "count": NUMBER,
            },
        },
        "Form": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": TEXT,
                "tags": {"type": "array", "items": NUMBER},
                "yes": {"type": "boolean"},
            },
            "additionalProperties": TEXT,
        },
    },
    {
        "/json": {"post": operation("postJson", body=content(to("Item")))},
        "/maybe": {"post": operation("postMaybe", body={**content(to("Item")), "required": False})},
        "/list": {"post": operation("postList", body=content({"type": "array", "items": LIST}))},
        "/text": {"post": operation("postText", body=content(TEXT))},
        "/vendor": {
            "put": operation("putVendor", body=content(to("Item"), "application/vnd.x+json"))
        },
        "/charset": {
            "put": operation(
                "putCharset", body=content(to("Item"), "application/json; charset=utf-8")
            )
        },
        "/upload": {"post": operation("upload", body=content(to("Upload"), "multipart/form-data"))},
        "/form": {
            "post": operation("form", body=content(to("Form"), "application/x-www-form-urlencoded"))
        },
        "/bytes": {"put": operation("putBytes", body=content(TEXT, "application/octet-stream"))},
        "/several": {
            "post": operation(
                "several",
                body={
                    "required": True,
                    "content": {
                        "application/json": {"schema": to("Item")},
                        "application/x-www-form-urlencoded": {"schema": to("Form")},
                        "application/octet-stream": {},
                    },
                },
            )
        },
        "/shared": {"post": operation("shared", body={"$ref": "#/components/requestBodies/Item"})},
    },
    components={"requestBodies": {"Item": {**content(to("Item")), "description": "One item."}}},
)


def sent(name: str, body: object) -> tuple[str, bytes]:
    call = BODIES.operation(name).bind(body=body)
    return call.headers["Content-Type"], call.content


@pytest.mark.parametrize("name", ["post_json", "post_maybe", "put_vendor", "put_charset", "shared"])
def test_a_model_is_sent_as_compact_json(name: str) -> None:
    content_type, body = sent(name, BODIES.models.Item(name="名", count=1))
    assert body == '{"name":"名","count":1}'.encode()
    expected = {
        "put_vendor": "application/vnd.x+json",
        "put_charset": "application/json; charset=utf-8",
    }
    assert content_type == expected.get(name, "application/json")


def test_other_json_bodies_are_sent() -> None:
    assert sent("post_list", [[1], []]) == ("application/json", b"[[1],[]]")
    assert sent("post_text", "a") == ("application/json", b'"a"')


def test_a_body_is_checked() -> None:
    with pytest.raises(BODIES.errors.InvalidInputError, match=r"body\.name must have at most 5"):
        sent("post_json", BODIES.models.Item(name="longer"))
    with pytest.raises(
        BODIES.errors.InvalidInputError, match=r"body\[0\]\[1\] must be a whole number"
    ):
        sent("post_list", [[1, "2"]])
    with pytest.raises(BODIES.errors.InvalidInputError, match=r"body must be a Item, not NoneType"):
        sent("post_json", None)


def test_an_optional_body_may_be_left_out() -> None:
    call = BODIES.operation("post_maybe").bind()
    assert call.content == b""
    assert "Content-Type" not in call.headers


def test_a_form_repeats_the_name_of_a_list() -> None:
    form = BODIES.models.Form(
        name="a b", tags=[1, 2], yes=True, additional_properties={"extra": "&"}
    )
    assert sent("form", form) == (
        "application/x-www-form-urlencoded",
        b"name=a+b&tags=1&tags=2&yes=true&extra=%26",
    )


def test_files_are_uploaded() -> None:
    types = BODIES.types
    upload = BODIES.models.Upload(
        file=types.File(b"\x00\xff", "a.bin", "image/png"),
        more=[types.File(b"1"), types.File(b"2", "two.txt")],
        note="héllo",
        tags=["x", "y"],
        item=BODIES.models.Item(name="n"),
        count=3,
    )
    content_type, body = sent("upload", upload)
    kind, _, boundary = content_type.partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = [part.split(b"\r\n\r\n") for part in body.split(b"--" + boundary.encode())[1:-1]]
    assert [(head.strip().decode(), data.removesuffix(b"\r\n")) for head, data in parts] == [
        (disposition("file", "a.bin", "image/png"), b"\x00\xff"),
        (disposition("more", "more", "application/octet-stream"), b"1"),
        (disposition("more", "two.txt", "text/plain"), b"2"),
        (disposition("note"), "héllo".encode()),
        (disposition("tags"), b"x"),
        (disposition("tags"), b"y"),
        (disposition("item", None, "application/json"), b'{"name":"n"}'),
        (disposition("count"), b"3"),
    ]


def disposition(name: str, file_name: str | None = None, mime_type: str | None = None) -> str:
    head = f'Content-Disposition: form-data; name="{name}"'
    head += f'; filename="{file_name}"' if file_name else ""
    return f"{head}\r\nContent-Type: {mime_type}" if mime_type else head


def test_a_form_without_a_file_is_still_multipart() -> None:
    upload = BODIES.models.Upload(file=BODIES.types.File(b""))
    assert sent("upload", upload)[0].startswith("multipart/form-data; boundary=")
    with pytest.raises(
        BODIES.errors.InvalidInputError, match=r"body\.file must be a File, not bytes"
    ):
        sent("upload", BODIES.models.Upload(file=b"raw"))


def test_bytes_are_sent_as_they_are() -> None:
    assert sent("put_bytes", BODIES.types.File(b"\x00\xff")) == (
        "application/octet-stream",
        b"\x00\xff",
    )


def test_json_is_sent_where_the_contract_has_a_choice() -> None:
    assert sent("several", BODIES.models.Item(name="n"))[0] == "application/json"
    with pytest.raises(BODIES.errors.InvalidInputError, match="body must be a Item, not File"):
        sent("several", BODIES.types.File(b"x"))


# --- replies

REPLIES = contract(
    "replies",
    {
        "Item": {"type": "object", "required": ["name"], "properties": {"name": TEXT}},
        "Other": {"type": "object", "required": ["id"], "properties": {"id": NUMBER}},
        "Problem": {"type": "object", "properties": {"detail": TEXT}},
    },
    {
        "/range": {
            "get": operation("getRange", responses={"2XX": answer(to("Item"))}),
            "put": operation(
                "putRange", responses={"200": answer(to("Other")), "2XX": answer(to("Item"))}
            ),
        },
        "/default": {"get": operation("getDefault", responses={"default": answer(to("Item"))})},
        "/inline": {
            "get": operation(
                "getInline",
                responses={"default": answer({"type": "object", "properties": {"a": LIST}})},
            )
        },
        "/several": {
            "get": operation(
                "getSeveral",
                responses={
                    "200": answer(to("Item")),
                    "201": answer(to("Other")),
                    "204": {"description": "None"},
                    "404": answer(to("Problem")),
                },
            )
        },
        "/numbers": {"get": operation("numbers", responses={200: answer(to("Item"))})},
        "/text": {"get": operation("getText", responses={"200": answer(TEXT, "text/csv")})},
        "/bytes": {
            "get": operation("getBytes", responses={"200": answer({}, "application/pdf")}),
        },
        "/list": {
            "get": operation(
                "getList", responses={"200": answer({"type": "array", "items": to("Item")})}
            )
        },
        "/scalar": {"get": operation("getScalar", responses={"200": answer(NUMBER)})},
        "/nullable": {
            "get": operation(
                "getNullable",
                responses={"200": answer({"nullable": True, "allOf": [to("Item")]})},
            )
        },
        "/untyped": {
            "get": operation(
                "getUntyped",
                responses={"200": {"description": "OK", "content": {"application/json": {}}}},
            )
        },
        "/choice": {
            "get": operation(
                "getChoice",
                responses={
                    "200": {
                        "description": "OK",
                        "content": {
                            "application/xml": {"schema": to("Item")},
                            "text/html": {"schema": TEXT},
                            "application/hal+json": {"schema": to("Item")},
                        },
                    }
                },
            )
        },
        "/shared": {
            "get": operation("getShared", responses={"200": {"$ref": "#/components/responses/A"}}),
            "head": operation("headShared"),
        },
    },
    components={"responses": {"A": answer(to("Item"))}},
)
ITEM: Node = {"name": "n"}


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("get_range", 200, "Item"),
        ("get_range", 299, "Item"),
        ("put_range", 201, "Item"),
        ("get_default", 200, "Item"),
        ("get_several", 200, "Item"),
        ("numbers", 200, "Item"),
        ("get_nullable", 200, "Item"),
        ("get_choice", 200, "Item"),
        ("get_shared", 200, "Item"),
    ],
)
def test_a_success_becomes_the_model_of_its_status(name: str, status: int, kind: str) -> None:
    result = REPLIES.result(name, httpx.Response(status, json=ITEM))
    assert type(result).__name__ == kind
    assert result.to_dict() == ITEM


def test_other_kinds_of_success_are_read() -> None:
    def read(name: str, status: int = 200, **reply: Generated) -> Generated:
        return REPLIES.result(name, httpx.Response(status, **reply))

    assert read("put_range", json={"id": 1}).id == 1
    assert read("get_several", 201, json={"id": 1}).id == 1
    assert read("get_several", 204) is None
    assert read("head_shared", 204) is None
    assert read("get_text", text="a,ä") == "a,ä"
    assert read("get_bytes", content=b"\xff").payload == b"\xff"
    assert [item.name for item in read("get_list", json=[ITEM])] == ["n"]
    assert read("get_scalar", json=7) == 7
    assert read("get_nullable", content=b"null") is None
    assert read("get_untyped", json={"a": [1]}) == {"a": [1]}
    round_trip(REPLIES.models.GetInlineResponseDefault, {"a": [1]})


@pytest.mark.parametrize(
    ("name", "accept"),
    [
        ("get_several", "application/json"),
        ("get_choice", "application/hal+json"),
        ("get_text", "*/*"),
        ("head_shared", "application/json"),
    ],
)
def test_accept_asks_for_what_can_be_read(name: str, accept: str) -> None:
    assert REPLIES.operation(name).bind().headers["Accept"] == accept


@pytest.mark.parametrize("status", [400, 404, 430, 500, 502, 999, 302, 202])
def test_what_is_no_success_raises(status: int) -> None:
    reply = httpx.Response(status, json={"code": "X", "message": "m"})
    with pytest.raises(REPLIES.errors.APIError) as caught:
        REPLIES.result("get_several", reply)
    assert (caught.value.status_code, caught.value.code) == (status, "X")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"name"', b"[]", b"\xff", b'{"name": NaN}'])
def test_a_success_that_is_not_what_it_should_be_raises(body: bytes) -> None:
    with pytest.raises(REPLIES.errors.InvalidResponseError) as caught:
        REPLIES.result("get_range", httpx.Response(200, content=body))
    assert caught.value.body == body


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "asyncio"])
@pytest.mark.anyio
async def test_all_four_functions_send(is_async: bool) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://example.test/v1/range"
        return httpx.Response(200, json=ITEM, headers={"X-Request-ID": "7"})

    transport = httpx.MockTransport(handler)
    module = REPLIES.operation("get_range")
    client = REPLIES.module("client").Client(
        httpx.Auth(),
        base_url="https://example.test/v1",
        http=httpx.Client(transport=transport),
        async_http=httpx.AsyncClient(transport=transport),
    )
    if is_async:
        result = await module.asyncio(client=client)
        detailed = await module.asyncio_detailed(client=client)
    else:
        result, detailed = module.sync(client=client), module.sync_detailed(client=client)
    assert result == detailed.parsed == REPLIES.models.Item(name="n")
    assert (detailed.status_code, detailed.request_id) == (200, "7")


# --- tags and names of operations

TAGS = contract(
    "tags",
    {},
    {
        "/users/{id}": {
            "get": {**operation(None, parameter("id", "path")), "tags": ["User Admin", "other"]},
            "delete": {**operation("users.delete-one", parameter("id", "path")), "tags": ["other"]},
        },
        "/": {"get": operation(None)},
        "/plain": {"get": {**operation("class"), "tags": ["class"], "deprecated": True}},
        "x-nothing": [1],
    },
    tags=[{"name": "User Admin", "description": "People who run it."}],
)


def test_each_tag_is_a_package() -> None:
    assert TAGS.operation("get_users_id", "user_admin").bind("1").target == "/users/1"
    assert TAGS.operation("users_delete_one", "other").bind("1").operation.method == "DELETE"
    assert TAGS.operation("get").bind().target == "/"
    assert "Deprecated." in TAGS.operation("class_", "class_").sync.__doc__
    assert TAGS.module("api.user_admin").__doc__ == "People who run it."
    names = {path.name for path in (TAGS.folder / "api").iterdir() if path.is_dir()}
    assert names - {"__pycache__"} == {"user_admin", "other", "default", "class_"}


ERRORS_ONLY = contract(
    "errors_only",
    paths={
        "/a": {
            "put": operation("putA", responses={"404": {"description": "No"}}),
            "get": operation("getA", responses={}),
        }
    },
)


@pytest.mark.parametrize("name", ["put_a", "get_a"])
def test_a_success_that_the_contract_leaves_out_has_no_result(name: str) -> None:
    assert ERRORS_ONLY.result(name, httpx.Response(200, text="whatever")) is None
    with pytest.raises(ERRORS_ONLY.errors.APIError):
        ERRORS_ONLY.result(name, httpx.Response(404))
