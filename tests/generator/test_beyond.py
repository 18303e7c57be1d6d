"""Uploads, encrypted fields and unsigned responses, over real sockets and both libraries."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from tests.generator.beyond import BEYOND, PATHS, SCHEMAS, SECRET, SIGNED_FORM, TEXT
from tests.generator.served import Answer, Caller, Double, Request, Server, double
from tests.generator.support import (
    Generated,
    Node,
    answer,
    content,
    document,
    operation,
    parameter,
    refused,
    to,
)

pytestmark = pytest.mark.usefixtures("quick_clients")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(params=["sync", "asyncio"])
def caller(request: pytest.FixtureRequest, server: Server, library: ModuleType) -> Caller:
    return Caller(BEYOND, library, request.param == "asyncio", server.url)


def answers(server: Server, value: object, status: int = 200) -> None:
    server.answer = lambda _: (status, JSON, json.dumps(value).encode())


# --- uploads


def upload(meta: Node | None = None, **file: Generated) -> Generated:
    models, types = BEYOND.models, BEYOND.types
    return models.Upload(
        file=types.File(**{"payload": b"\x89PNG\r\n--x\r\n", "file_name": "a.png", **file}),
        meta=models.Meta(filename="a.png", **(meta or {})),
    )


def parts(request: Request) -> list[tuple[str, str, str | None, bytes]]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            part.get_content_type(),
            part.get_filename(),
            cast("bytes", part.get_payload(decode=True)),
        )
        for part in list(message.walk())[1:]
    ]


def test_the_signed_bytes_of_an_upload_are_its_first_part(caller: Caller, server: Server) -> None:
    answers(server, {"media_id": "m"})
    body = upload()
    assert caller.call(BEYOND.operation("upload").bind(body=body)).parsed.media_id == "m"
    [(name, kind, file_name, meta), file] = parts(server.log[0])
    digest = hashlib.sha256(body.file.payload).hexdigest()
    assert (name, kind, file_name) == ("meta", "application/json", None)
    assert meta == f'{{"filename":"a.png","sha256":"{digest}"}}'.encode()
    assert caller.auth.asked[0]["wechatpay_signed_body"] == meta
    assert file == ("file", "image/png", "a.png", body.file.payload)


def test_each_attempt_of_an_upload_sends_the_same_bytes(caller: Caller, server: Server) -> None:
    answers(server, {}, 503)
    call = BEYOND.operation("upload").bind(body=upload())
    for _ in range(2):
        call = BEYOND.operation("upload").bind(body=upload())
        with pytest.raises(BEYOND.errors.OutcomeUnknown) as caught:
            caller.call(call)
        assert pickle.loads(pickle.dumps(caught.value)).call == caught.value.call  # noqa: S301
    with pytest.raises(BEYOND.errors.OutcomeUnknown):
        caller.call(call)
    assert server.log[1].body == server.log[2].body != server.log[0].body
    assert caller.auth.asked[2]["wechatpay_signed_body"] in server.log[2].body


def test_a_digest_of_the_caller_must_be_the_one_of_the_file() -> None:
    bind = BEYOND.operation("upload").bind
    digest = hashlib.sha256(b"x").hexdigest().upper()
    call = bind(body=upload({"sha256": digest}, payload=b"x"))
    assert digest.encode() in call.extensions["wechatpay_signed_body"]
    with pytest.raises(
        BEYOND.errors.InvalidInputError, match=r"body\.meta\.sha256 must be the SHA"
    ):
        bind(body=upload({"sha256": digest}, payload=b"y"))


# --- encrypted fields


def application() -> Generated:
    models = BEYOND.models
    return models.Application(
        number="7",
        bank_account="6222",
        contact=models.Contact(name="王", emails=["a@b", ""]),
        owners=[models.Contact(name="A"), models.Contact()],
    )


def opened(text: str) -> str:
    return base64.b64decode(text).decode()


def test_fields_of_a_request_are_encrypted_and_the_key_is_named(
    caller: Caller, server: Server
) -> None:
    answers(server, {"number": "7"})
    caller.call(BEYOND.operation("apply").bind(body=application()))
    sent = json.loads(server.log[0].body)
    assert server.log[0].headers["wechatpay-serial"] == "KEY_1"
    assert opened(sent["bank_account"]) == "KEY_1:6222"
    assert [sent["number"], opened(sent["contact"]["name"])] == ["7", "KEY_1:王"]
    assert [opened(sent["contact"]["emails"][0]), sent["contact"]["emails"][1]] == ["KEY_1:a@b", ""]
    assert [opened(sent["owners"][0]["name"]), sent["owners"][1]] == ["KEY_1:A", {}]


def test_fields_of_a_response_are_decrypted(caller: Caller, server: Server) -> None:
    answers(
        server,
        {
            "number": "7",
            "bank_account": "sealed 62",
            "contact": {"name": "", "emails": ["sealed a", "sealed b"]},
            "owners": [{"name": "sealed O"}],
        },
    )
    response = caller.call(BEYOND.operation("read").bind("7"))
    read = response.parsed
    assert (read.bank_account, read.contact.name, read.owners[0].name) == ("62", "", "O")
    assert read.contact.emails == ("a", "b")
    assert b"sealed 62" in response.content


def test_all_attempts_send_the_same_bytes_and_a_later_call_takes_the_key_of_then(
    caller: Caller, server: Server
) -> None:
    answers(server, {}, 500)
    caller.retries = 2
    with pytest.raises(BEYOND.errors.OutcomeUnknown) as caught:
        caller.call(BEYOND.operation("apply").bind(body=application()))
    assert len({request.body for request in server.log}) == 1
    assert len(server.log) == 3
    caller.retries, caller.auth.key = 0, "KEY_2"
    answers(server, {"number": "7"})
    caller.call(pickle.loads(pickle.dumps(caught.value)).call)  # noqa: S301
    assert server.log[3].headers["wechatpay-serial"] == "KEY_2"
    assert opened(json.loads(server.log[3].body)["bank_account"]) == "KEY_2:6222"


def test_without_a_field_to_encrypt_no_key_is_named(caller: Caller, server: Server) -> None:
    answers(server, {"number": "7"})
    caller.call(BEYOND.operation("apply").bind(body=BEYOND.models.Application(number="7")))
    assert "wechatpay-serial" not in server.log[0].headers


def test_a_field_that_cannot_be_decrypted_loses_no_response(caller: Caller, server: Server) -> None:
    answers(server, {"number": "7", "owners": [{"name": "of another key"}]})
    with pytest.raises(
        BEYOND.errors.InvalidResponseError, match=r"^owners\[0\]\.name cannot"
    ) as it:
        caller.call(BEYOND.operation("read").bind("7"))
    assert b"of another key" in it.value.body
    assert isinstance(it.value.__cause__, ValueError)
    with pytest.raises(BEYOND.errors.OutcomeUnknown) as unknown:
        caller.call(BEYOND.operation("apply").bind(body=application()))
    assert isinstance(unknown.value.__cause__, BEYOND.errors.InvalidResponseError)


class CannotEncrypt(Double):
    encryptor = None  # type: ignore[assignment]


class CannotDecrypt(Double):
    decrypt = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (CannotEncrypt, r"auth must have encryptor\(\), because body\.bank_account has"),
        (CannotDecrypt, r"auth must have decrypt\(\), because apply has"),
    ],
)
def test_an_auth_object_without_keys_is_told_before_anything_is_sent(
    caller: Caller, server: Server, kind: type[Double], told: str
) -> None:
    caller.auth = double(caller.library, kind)
    with pytest.raises(BEYOND.errors.InvalidInputError, match=told):
        caller.call(BEYOND.operation("apply").bind(body=application()))
    assert server.log == []


def test_plain_text_is_not_sent_without_a_client(library: ModuleType) -> None:
    call = BEYOND.operation("apply").bind(body=application())
    with pytest.raises(BEYOND.errors.InvalidInputError, match="must be sent by a client"):
        call.request(library, "https://a.example", {}, {})


@pytest.mark.parametrize("text", ["王" * 72, "", 7])
def test_a_field_that_cannot_be_encrypted_is_told_and_not_shown(text: object) -> None:
    body = BEYOND.models.Application(number="7", owners=[BEYOND.models.Contact(name=text)])
    with pytest.raises(BEYOND.errors.InvalidInputError) as caught:
        BEYOND.operation("apply").bind(body=body)
    assert caught.value.where == "body.owners[0].name"
    assert (caught.value.value, "王" in str(caught.value)) == ("(not shown)", False)


def test_sensitive_texts_are_not_shown() -> None:
    shown = repr(application()) + repr(BEYOND.operation("apply").bind(body=application()))
    assert "bank_account" not in shown
    assert not {"6222", "王", "a@b"} & set(shown.replace("'", " ").split())


# --- unsigned responses


def test_a_response_that_is_unsigned_by_design_is_taken(caller: Caller, server: Server) -> None:
    server.answer = lambda _: (200, {}, b"\x89PNG")
    caller.auth = double(caller.library, verified=False)
    response = caller.call(BEYOND.operation("image").bind("m"))
    assert (response.parsed.payload, response.verified) == (b"\x89PNG", False)
    assert caller.auth.asked[0]["wechatpay_unsigned_response"] is True
    with pytest.raises(BEYOND.errors.UnverifiedResponseError):
        caller.call(BEYOND.operation("bill").bind())


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ((200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"), "content coding 'gzip'"),
        ((200, {"Content-Encoding": "br"}, b"x"), "content coding 'br'"),
    ],
)
def test_a_coded_file_is_refused(
    caller: Caller, server: Server, reply: Answer, problem: str
) -> None:
    server.answer = lambda _: reply
    with pytest.raises(BEYOND.errors.InvalidResponseError, match=problem):
        caller.call(BEYOND.operation("image").bind("m"))
    assert server.log[0].headers["accept-encoding"] == "identity"


def test_an_endless_file_is_refused(caller: Caller, server: Server) -> None:
    def endless(write: object) -> None:
        piece = bytes(1 << 20)
        while True:
            write(piece)  # type: ignore[operator]

    server.answer = lambda _: (200, {"Connection": "close"}, endless)
    with pytest.raises(BEYOND.errors.InvalidResponseError, match="more than 134217728 bytes"):
        caller.call(BEYOND.operation("image").bind("m"))


# --- what is refused


def changed(paths: Node | None = None, schemas: Node | None = None, **more: Generated) -> Node:
    return document({**SCHEMAS, **(schemas or {})}, {**PATHS, **(paths or {})}, **more)


def media(**more: object) -> Node:
    body: Node = SIGNED_FORM["content"]["multipart/form-data"]
    return {"required": True, "content": {"multipart/form-data": {**body, **more}}}


def posted(body: Node, **more: Generated) -> Node:
    return changed({"/x": {"post": operation("x", body=body, **more)}})


def got(**response: object) -> Node:
    return changed({"/x": {"get": operation("x", responses={"200": response})}})


BILL = answer(to("Bill"))
RULE: Node = PATHS["/v3/bill"]["get"]["responses"]["200"]["x-download"]
TREE: Node = {
    "type": "object",
    "properties": {"name": SECRET, "below": {"type": "array", "items": to("Tree")}},
}


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (posted(media(**{"x-signed-part": "metta"})), "no part metta; did you mean meta?"),
        (
            posted({"content": {"application/json": {"schema": TEXT, "x-signed-part": "a"}}}),
            "it belongs to multipart/form-data of a request",
        ),
        (posted({**media(), "required": False}), "x-signed-part needs a body with required: true"),
        (
            posted(content({"type": "object", "properties": {"a": {**SECRET, "type": "integer"}}})),
            "belongs to a schema of type string, not integer",
        ),
        (
            posted(content({"type": "object", "properties": {"a": {**SECRET, "format": "date"}}})),
            "belongs to plain text; leave out format",
        ),
        (
            posted(content({"type": "object", "additionalProperties": SECRET})),
            "x-encrypted has no effect below additionalProperties",
        ),
        (
            posted(content(to("Contact"), "application/x-www-form-urlencoded")),
            "x-encrypted has no effect here; it belongs to bodies in JSON",
        ),
        (
            changed({"/x": {"get": operation("x", parameter("a", "query", SECRET))}}),
            "x-encrypted has no effect here; it belongs to bodies in JSON",
        ),
        (
            changed({"/x": {"post": operation("x", body=content(to("Tree")))}}, {"Tree": TREE}),
            "x-encrypted stands in an object which holds objects of its own kind",
        ),
        (
            posted(content({"type": "object", "properties": {"a.b": SECRET}})),
            "x-encrypted: the name a.b must have no dot or bracket",
        ),
        (got(**BILL, **{"x-unsigned": ""}), "x-unsigned"),
        (
            changed(
                {
                    "/x": {
                        "get": operation(
                            "x",
                            responses={
                                "200": {**BILL, "x-unsigned": "a"},
                                "202": BILL,
                                "404": {"description": "No", "x-unsigned": "b"},
                            },
                        )
                    }
                }
            ),
            "x-unsigned has no effect at 404; only a result can be unsigned by design\n"
            "#/paths/~1x/get/responses: x-unsigned stands at 200 only; mark all results",
        ),
        (
            got(**BILL, **{"x-download": {**RULE, "url": "download_uri"}}),
            "url: the result has no field download_uri; did you mean download_url?",
        ),
        (
            got(**BILL, **{"x-download": {**RULE, "over": "all"}}),
            "'all' is not one of ['decompressed', 'file', 'either']",
        ),
        (got(**BILL, **{"x-download": {"over": "file"}}), "lacks url, hash-type, hash-value"),
        (
            got(**answer(TEXT, "text/plain"), **{"x-download": RULE}),
            "belongs to a response 200 with JSON",
        ),
        (
            got(**BILL, **{"x-download": {**RULE, "over": "file"}}),
            "another operation has the same schema with another x-download; copy the schema",
        ),
    ],
)
def test_a_wrong_use_is_refused(broken: Node, problem: str, tmp_path: Path) -> None:
    assert problem in refused(broken, tmp_path)
