"""Any spec is played: each request is checked against it, each documented response is signed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pytest_wechatpay_sandbox._fixture import MerchantSandbox
from wechatpay_sandbox import REFUND_ID, Headers, Platform, Reply, SpecError, faults
from wechatpay_sandbox.__main__ import main
from wechatpay_sandbox._actions import Actions

from tests.merchant_by_hand import Merchant, header, is_signed, path, shared_keys, verify

SPEC = Path(__file__).parent / "group.yaml"
APPLY = "/v3/ecommerce/refunds/apply"
APPLIED = {"sub_mchid": "1900000109", "out_refund_no": "R1", "amount": {"refund": 888}}
OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303
ABNORMAL = "/v3/ecommerce/refunds/5000/apply-abnormal-refund"
MISSING = {"location": "body", "field": "/out_refund_no", "value": "", "issue": "required"}


@pytest.fixture
def merchant() -> Merchant:
    made = Merchant()
    numbers = iter(range(1, 1000))
    made.platform = Platform(
        shared_keys(), spec=SPEC, clock=made.clock, nonce=lambda: f"{next(numbers):032X}"
    )
    return made


def ask(
    merchant: Merchant,
    method: str,
    target: str,
    body: object = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    raw = b"" if body is None else json.dumps(body).encode()
    return merchant.platform.handle(merchant.request(method, target, raw, headers))


def read(reply: Reply) -> Any:  # noqa: ANN401
    return json.loads(reply.body)


def seal(key: rsa.RSAPublicKey, text: str) -> str:
    return base64.b64encode(key.encrypt(text.encode(), OAEP)).decode()


def test_the_documented_example_comes_signed(merchant: Merchant) -> None:
    reply = ask(merchant, "POST", APPLY, APPLIED)
    assert (reply.status, read(reply)["refund_id"]) == (200, "5000")
    verify(reply, shared_keys().public_key_pair.public_key())


def test_without_an_example_a_value_is_made_and_repeats_the_parameters(merchant: Merchant) -> None:
    reply = ask(merchant, "GET", "/v3/ecommerce/refunds/id/777?sub_mchid=1&limit=2&states=CLOSED")
    made = read(reply)
    assert made["refund_id"] == "777"
    assert made["create_time"].startswith("2018-")
    assert made["amount"] == {"refund": 0}


def test_a_response_without_content_is_signed_over_nothing(merchant: Merchant) -> None:
    reply = ask(merchant, "POST", "/v3/orders/1/close", headers={"Content-Type": ""})
    assert (reply.status, reply.body) == (204, b"")
    verify(reply, shared_keys().public_key_pair.public_key())


@pytest.mark.parametrize(
    ("method", "target", "body", "field"),
    [
        ("POST", APPLY, {**APPLIED, "extra": 1}, "/extra"),
        ("POST", APPLY, {**APPLIED, "amount": {"refund": "8"}}, "/amount/refund"),
        ("POST", APPLY, {"sub_mchid": "1", "amount": {"refund": 8}}, "/out_refund_no"),
        ("GET", "/v3/ecommerce/refunds/id/1", None, "sub_mchid"),
        ("GET", "/v3/ecommerce/refunds/id/1?sub_mchid=1&limit=0", None, "limit"),
        ("GET", "/v3/ecommerce/refunds/id/1?sub_mchid=1&limit=x", None, "limit"),
        ("GET", f"/v3/ecommerce/refunds/id/1?sub_mchid=1&limit={1 << 63}", None, "limit"),
        ("GET", "/v3/ecommerce/refunds/id/1?sub_mchid=1&states=LOST", None, "states"),
        ("GET", "/v3/ecommerce/refunds/id/1?sub_mchid=1&other=1", None, "other"),
        ("GET", f"/v3/ecommerce/refunds/id/{'1' * 33}?sub_mchid=1", None, "refund_id"),
    ],
)
def test_what_the_spec_forbids_is_refused(
    merchant: Merchant, method: str, target: str, body: object, field: str
) -> None:
    reply = ask(merchant, method, target, body)
    assert reply.status == 400, reply.body
    assert read(reply)["detail"]["field"] == field


def test_null_is_allowed_where_the_spec_says_so(merchant: Merchant) -> None:
    assert ask(merchant, "POST", APPLY, {**APPLIED, "reason": None}).status == 200


def test_a_wrong_signature_is_refused(merchant: Merchant) -> None:
    request = merchant.request("POST", APPLY, json.dumps(APPLIED).encode())
    reply = merchant.platform.handle(replace(request, body=request.body + b" "))
    assert (reply.status, read(reply)["code"]) == (401, "SIGN_ERROR")


@pytest.mark.parametrize("spec", [None, SPEC])
def test_an_unknown_path_is_no_operation(merchant: Merchant, spec: Path | None) -> None:
    """A certificate download in its place would be a signed success for anything."""
    merchant.platform = Platform(shared_keys(), spec=spec, clock=merchant.clock)
    for method, target in (("POST", "/v3/refunds/apply"), ("GET", "/v3/ecommerce/refunds")):
        reply = ask(merchant, method, target)
        assert (reply.status, reply.body, is_signed(reply)) == (404, b"", False)
    reply = ask(merchant, "DELETE", "/v3/certificates")
    assert (reply.status, is_signed(reply)) == (405, False)


def test_the_return_advance_keeps_its_books_inside_of_another_spec(
    merchant: Merchant, tmp_path: Path
) -> None:
    ours = yaml.safe_load((SPEC.parents[2] / "spec" / "openapi.yaml").read_text(encoding="utf-8"))
    ours["paths"] |= {"/v3/extra": {"post": {"responses": {"204": {"description": "Done"}}}}}
    both = tmp_path / "both.yaml"
    both.write_text(yaml.safe_dump(ours), encoding="utf-8")
    merchant.platform = Platform(shared_keys(), spec=both, clock=merchant.clock)
    assert merchant.create()[1]["result"] == "PROCESSING"
    assert [merchant.query()[1]["result"] for _ in range(3)][-1] == "SUCCESS"
    assert ask(merchant, "POST", "/v3/extra", headers={"Content-Type": ""}).status == 204
    assert path(REFUND_ID) in merchant.platform.log[0].request.target


def test_encrypted_fields_are_opened_with_the_named_key(merchant: Merchant) -> None:
    keys = shared_keys()
    sealed = seal(keys.public_key_pair.public_key(), "6222…")
    named = {"Wechatpay-Serial": keys.public_key_id}
    body = {"bank_account": sealed, "names": [sealed, ""]}
    reply = ask(merchant, "POST", ABNORMAL, body, named)
    assert reply.status == 200, reply.body
    opened = keys.merchant.private_key.decrypt(base64.b64decode(read(reply)["real_name"]), OAEP)
    assert opened.decode() == "张三"


@pytest.mark.parametrize("wrong", ["plain", "other key", "no serial", "other serial", "in a list"])
def test_a_field_that_does_not_open_is_refused(merchant: Merchant, wrong: str) -> None:
    keys = shared_keys()
    key = keys.certificate if wrong == "other key" else None
    public = key.private_key.public_key() if key else keys.public_key_pair.public_key()
    sealed = "6222" if wrong == "plain" else seal(public, "6222")
    serial = {"no serial": "", "other serial": keys.certificate.serial_no}
    body: dict[str, object] = {"bank_account": sealed}
    if wrong == "in a list":
        body["names"] = ["张三"]
    named = {"Wechatpay-Serial": serial.get(wrong, keys.public_key_id)}
    reply = ask(merchant, "POST", ABNORMAL, body, named)
    assert (reply.status, read(reply)["code"]) == (400, "PARAM_ERROR")
    assert read(reply)["message"] == "平台私钥解密失败"


def test_a_certificate_encrypts_where_certificates_are_used(merchant: Merchant) -> None:
    keys = shared_keys()
    merchant.platform.settings = replace(merchant.platform.settings, key_mode="certificate")
    sealed = seal(keys.certificate.private_key.public_key(), "6222")
    named = {"Wechatpay-Serial": keys.certificate.serial_no}
    assert ask(merchant, "POST", ABNORMAL, {"bank_account": sealed}, named).status == 200


def upload(merchant: Merchant, meta: bytes, file: bytes, *, signed: bytes | None = None) -> Reply:
    """Send the parts of an image; what is signed is the meta, or other bytes."""
    disposition = b"Content-Disposition: form-data; name="
    body = b"\r\n".join(
        [
            *(b"--cut", disposition + b'"meta"', b"Content-Type: application/json", b"", meta),
            *(b"--cut", disposition + b'"file"; filename="a.png"', b"Content-Type: image/png"),
            *(b"", file, b"--cut--", b""),
        ]
    )
    target = "/v3/merchant/media/upload"
    media = {"Content-Type": "multipart/form-data; boundary=cut"}
    request = merchant.request("POST", target, meta if signed is None else signed, media)
    return merchant.platform.handle(replace(request, body=body))


FILE = b"\x89PNG\r\n--cu\r\n"
META = json.dumps({"filename": "a.png", "sha256": hashlib.sha256(FILE).hexdigest()}).encode()


def test_an_upload_is_signed_over_its_meta(merchant: Merchant) -> None:
    assert upload(merchant, META, FILE).status == 200
    spaced = META.replace(b",", b" ,")
    assert upload(merchant, spaced, FILE).status == 200, "the exact bytes count"
    reply = upload(merchant, spaced, FILE, signed=META)
    assert (reply.status, read(reply)["code"]) == (401, "SIGN_ERROR")


def test_an_upload_has_the_hash_of_its_file(merchant: Merchant) -> None:
    reply = upload(merchant, META, FILE + b"x")
    assert read(reply)["detail"]["field"] == "/meta/sha256"
    reply = upload(merchant, b'{"filename":"a.png"}', FILE)
    assert read(reply)["detail"]["field"] == "/meta/sha256"


def test_a_file_comes_unsigned(merchant: Merchant) -> None:
    reply = ask(merchant, "GET", "/v3/merchant-service/images/1", headers={"Accept": "*/*"})
    assert (reply.body, is_signed(reply)) == (b"pixels", False)
    assert header(reply, "Content-Type") == "image/png"


@pytest.mark.parametrize("packed", [False, True])
def test_an_announced_file_has_the_announced_hash(merchant: Merchant, packed: bool) -> None:
    more = "&tar_type=GZIP" if packed else ""
    said = read(ask(merchant, "GET", f"/v3/bill/tradebill?bill_date=2026-01-01{more}"))
    address = urlsplit(str(said["download_url"]))
    target = f"{address.path}?{address.query}"
    reply = ask(merchant, "GET", target)
    plain = gzip.decompress(reply.body) if packed else reply.body
    assert hashlib.sha1(plain).hexdigest() == said["hash_value"]  # noqa: S324
    assert not is_signed(reply)
    merchant.clock.now += 301
    assert read(ask(merchant, "GET", target))["code"] == "INVALID_REQUEST"
    assert read(ask(merchant, "GET", f"{address.path}?token=1"))["code"] == "INVALID_REQUEST"


def test_dials_work_for_every_operation(merchant: Merchant) -> None:
    merchant.platform.next(faults.error("USER_ACCOUNT_ABNORMAL", status=403))
    reply = ask(merchant, "POST", APPLY, APPLIED)
    assert (reply.status, read(reply)["code"]) == (403, "USER_ACCOUNT_ABNORMAL")
    merchant.platform.next(faults.set_fields(refund_id=1), faults.unsigned())
    reply = ask(merchant, "POST", APPLY, APPLIED)
    assert (read(reply)["refund_id"], is_signed(reply)) == (1, False)


def test_the_control_api_knows_the_codes_of_the_spec(merchant: Merchant) -> None:
    fault = {"dial": "error", "code": "USER_ACCOUNT_ABNORMAL"}
    Actions(merchant.platform).run("next", {"faults": [fault]})
    assert ask(merchant, "POST", APPLY, APPLIED).status == 403


def opened(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Decrypt a notice: its envelope and its resource."""
    envelope = json.loads(body)
    stated = envelope["resource"]
    key = AESGCM(shared_keys().api_v3_key.encode())
    raw = base64.b64decode(stated["ciphertext"])
    plain = key.decrypt(stated["nonce"].encode(), raw, stated["associated_data"].encode())
    return envelope, json.loads(plain)


def test_a_notice_is_signed_and_encrypted(merchant: Merchant) -> None:
    notice = merchant.platform.notice("REFUND.CLOSED", fields={"refund_id": "6000"})
    verify(Reply(200, notice.body, notice.headers), shared_keys().public_key_pair.public_key())
    envelope, resource = opened(notice.body)
    assert envelope["event_type"] == "REFUND.CLOSED"
    assert envelope["resource"]["original_type"] == "refund"
    assert resource == {"refund_id": "6000", "refund_status": "CLOSED"}


def test_a_notice_may_say_what_no_spec_describes(merchant: Merchant) -> None:
    with pytest.raises(ValueError, match="give a resource for ODD"):
        merchant.platform.notice("ODD")
    notice = merchant.platform.notice("ODD", resource={"a": 1}, original_type="odd")
    assert opened(notice.body)[1] == {"a": 1}


@pytest.fixture
def service() -> Iterator[tuple[str, list[tuple[Headers, bytes]]]]:
    """Give the address of a merchant's service, and what it receives."""
    received: list[tuple[Headers, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((Headers(tuple(self.headers.items())), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/notices", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_notice_is_sent_on_request(
    merchant: Merchant, service: tuple[str, list[tuple[Headers, bytes]]]
) -> None:
    url, received = service
    flip = {"dial": "flip_signature"}
    actions = Actions(merchant.platform)
    for changed in ([], [flip]):
        given = {"event": "REFUND.SUCCESS", "url": url, "faults": changed}
        assert actions.run("notify", given) == {"status": 204, "body": ""}
    (headers, body), (changed_headers, _) = received
    verify(Reply(200, body, headers), shared_keys().public_key_pair.public_key())
    with pytest.raises(InvalidSignature):
        verify(Reply(200, body, changed_headers), shared_keys().public_key_pair.public_key())
    for wrong in ("nowhere", "http://127.0.0.1:9/"):
        with pytest.raises(ValueError, match="url: "):
            actions.run("notify", {"event": "REFUND.SUCCESS", "url": wrong})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("openapi: 3.0.3", "openapi: [", "neither YAML nor JSON"),
        ("openapi: 3.0.3", "swagger: 2.0", "the sandbox plays 3.0 and 3.1"),
        ("paths:", "path:", "no operation"),
        ('schemas/ApplyRequest"', 'schemas/None"', "#/components/schemas/None leads nowhere"),
        ('"#/components/schemas/ApplyRequest"', "other.yaml", "other.yaml is outside of the file"),
        ("x-signed-part: meta", "x-signed-part: data", "no part is named data"),
        ("enum: [SHA1]", "enum: [ODD]", "ODD is no hash that can be computed"),
        ("url: download_url", "url: address", "url names no field of the result"),
        ('"204": {description', '"404": {description', "no response with 2xx"),
        (
            "schema: {type: integer, format: int64, minimum: 1}",
            "schema: {type: object}",
            "limit: a parameter",
        ),
        (
            "media_id: {type: string}",
            'media_id: {type: string, pattern: "^B{3}$"}',
            "add an example",
        ),
        ("media_id: {type: string}", "media_id: {type: integer, multipleOf: 2, minimum: 3}", "add"),
        ("paths:", "paths: &all\n  x: *all\n", "not"),
    ],
)
def test_a_spec_that_can_not_be_played_is_refused_at_the_start(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = SPEC.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecError, match="changed") as caught:
        Platform(shared_keys(), spec=changed)
    assert told in str(caught.value), str(caught.value)


def test_a_spec_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="can't be read: No such file"):
        Platform(shared_keys(), spec=tmp_path / "none.yaml")


@pytest.mark.wechatpay_sandbox(spec="tests/sandbox/group.yaml")
def test_the_fixture_takes_a_spec(wechatpay_sandbox: MerchantSandbox) -> None:
    url = f"https://api.mch.weixin.qq.com{APPLY}"
    with httpx.Client(transport=wechatpay_sandbox.transport, auth=wechatpay_sandbox.auth) as client:
        assert client.post(url, json=APPLIED).json()["refund_id"] == "5000"


def test_the_command_takes_a_spec(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = (
        "import os, urllib.request as r;"
        "url = os.environ['WECHATPAY_BASE_URL'] + '/_sandbox/notify';"
        'body = b\'{"event": "REFUND.SUCCESS", "url": "http://127.0.0.1:9/"}\';'
        "r.install_opener(r.build_opener(r.ProxyHandler({})));"
        "print(r.urlopen(url, body).read())"
    )
    main(["--spec", str(SPEC), "--", sys.executable, "-c", asked])
    assert "400" in capfd.readouterr().err, "the event is known, nobody listens"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("openapi: 3.0.3\npaths: {}\n")
    assert main(["--spec", str(wrong)]) == 2
    assert capfd.readouterr().err == f"wechatpay_sandbox: {wrong}: /paths: no operation\n"
