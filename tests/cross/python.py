"""What our own Python makes of the vectors, as the programs of the other languages tell it."""

from __future__ import annotations

import base64
import functools
import importlib
import json
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import httpx
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tests.cross.judge import COMPARISONS, VECTORS

Json = dict[str, Any]
CERTIFICATE_SERIAL = "7A3C91D2E45B60F81729C4AB53DE06881B9F2E75"
"""Of every certificate in the vectors, so no case fails for the lack of it."""


class Python:
    """Both packages as they are importable now; a test may have broken one of them."""

    def __init__(self) -> None:
        self.auth = importlib.import_module("wechatpay_auth")
        self.download = importlib.import_module("wechatpay_auth._certificate_download")
        self.keys = importlib.import_module("wechatpay_auth._trusted_keys")
        self.client = importlib.import_module("wechatpay_ecommerce_refund")
        module = "wechatpay_ecommerce_refund.api.ecommerce_refund.query_return_advance"
        self.operation = importlib.import_module(module).OPERATION
        self.signer = functools.cache(self._signer)
        self.verifier = functools.cache(self._verifier)

    def complaints(self, first: str = "") -> Iterator[str]:
        """Judge every vector, one after the other, beginning with a kind."""
        for kind in sorted(COMPARISONS, key=lambda kind: kind != first):
            for group in groups(kind):
                for case in group["cases"]:
                    try:
                        answer = getattr(self, kind)(group, case, case["given"])
                    except Exception as error:  # noqa: BLE001 - a broken verifier may raise anything
                        yield f"{case['id']}: crashed, {error!r}"
                        continue
                    found = COMPARISONS[kind](group, case, {"id": case["id"], **answer})
                    yield from (f"{case['id']}: {one}" for one in found)

    def request_signing(self, group: Json, case: Json, given: Json) -> Json:
        """Sign, or verify a published signature."""
        parts = {name: given[name] for name in ("method", "url", "timestamp", "nonce")}
        body = base64.b64decode(given["body"])
        message = self.auth.build_request_message(**parts, body=body)
        answer = {"message": base64.b64encode(message).decode()}
        if group["private_key"]:
            signer = self.signer(group["private_key"], group["serial_no"])
            answer["authorization"] = self.auth.authorization_header(
                mchid=group["mchid"],
                serial_no=signer.serial_no,
                nonce=given["nonce"],
                timestamp=given["timestamp"],
                signature=signer.sign(message),
            )
        elif case["signature"]:
            key = load_pem_public_key((VECTORS / group["public_key"]).read_bytes())
            verifier = self.auth.RSAVerifier([self.keys.TrustedKey("1", key)])
            raw = base64.b64decode(case["signature"])
            try:
                verifier.verify(message, serial_no="1", signature=raw, now=0)
            except self.auth.VerificationError:
                return {**answer, "verified": False}
            return {**answer, "verified": True}
        return answer

    def response_verification(self, group: Json, _case: Json, given: Json) -> Json:
        """Verify, with headers and body as an HTTP library hands them over."""
        lines = [
            (name, value)
            for name, values in given["headers"].items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        body = base64.b64decode(given["encoded_body" if "encoded_body" in given else "body"])
        received = httpx.Response(given["status"], headers=lines, content=body)
        joined = {name: received.headers[name] for name in given["headers"]}
        response = self.auth.RawResponse.of(given["status"], joined, received.content)
        trusted = json.dumps(group["trusted"])
        try:
            proven = self.auth.verify_response(response, self.verifier(trusted), now=given["now"])
        except self.auth.VerificationError as error:
            words = re.findall("[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
            return {"reason": "_".join(words).lower()}
        return {"proven": proven}

    def certificate_decryption(self, group: Json, case: Json, given: Json) -> Json:
        """Decrypt. Only a wrong key has a reason of its own; else the right one is told."""
        key = self.download.APIv3Key.load(base64.b64decode(given["api_v3_key"]))
        if not isinstance(key, self.download.APIv3Key):
            return {"reason": "invalid_key_length"}
        sealed = given["encrypt_certificate"]
        texts = {name: sealed.get(name, "") for name in ("ciphertext", "nonce", "associated_data")}
        entry = {"serial_no": CERTIFICATE_SERIAL, "encrypt_certificate": sealed}
        content = json.dumps({"data": [entry]}).encode()
        told = case.get("reason")
        failed = {"reason": "decryption_failed" if told == "invalid_key_length" else told}
        answer: Json = {}
        if group["reads"] != "text":
            try:
                (trusted,) = self.download.read_certificates(content, key, now=1767225600)
            except self.auth.CertificateDownloadError:
                return failed
            answer = {"serial_no": f"{int(trusted.serial_no, 16):040X}"}
        plaintext: bytes | None = key.decrypt(**texts)
        if plaintext is None:
            return failed
        return {**answer, "plaintext": base64.b64encode(plaintext).decode()}

    def error_bodies(self, _group: Json, _case: Json, given: Json) -> Json:
        """Read an error."""
        try:
            self.operation.read(_received(given["status"], given["body"]))
        except self.client.APIError as error:
            names = ("code", "message", "detail", "field", "issue", "location")
            return {"status": error.status_code} | {name: getattr(error, name) for name in names}
        return {}

    def models(self, _group: Json, _case: Json, given: Json) -> Json:
        """Read a ReturnAdvance."""
        try:
            model = self.operation.read(_received(200, given["body"])).parsed
        except self.client.InvalidResponseError as error:
            return {"error": f"{error.where} {error.problem}"}
        fields = model.to_dict()
        extra = dict(model.additional_properties)
        time = model.success_time
        if time is None and extra.get("success_time") != "":
            extra.pop("success_time", None)
        known = {name: value for name, value in fields.items() if name not in extra}
        known.pop("success_time", None)
        amount = known.pop("return_amount")
        return {
            "model": {**known, "return_amount": str(amount), "extra": extra},
            "success_time_utc": time and time.astimezone(UTC).isoformat(),
        }

    def _signer(self, key: str, serial_no: str) -> Any:  # noqa: ANN401 - of a module read now
        return self.auth.RSASigner.from_pem(_private_key(key), serial_no=serial_no)

    def _verifier(self, trusted: str) -> Any:  # noqa: ANN401
        verifier = self.auth.RSAVerifier([])
        for entry in json.loads(trusted):
            if entry["certificate"]:
                verifier |= self.auth.RSAVerifier.from_certificates(VECTORS / entry["certificate"])
            else:
                path = VECTORS / entry["public_key"]
                verifier |= self.auth.RSAVerifier.from_public_key(entry["serial"], path)
        return verifier


@functools.cache
def _private_key(file: str) -> object:
    return load_pem_private_key((VECTORS / file).read_bytes(), None)


@functools.cache
def groups(kind: str) -> list[Json]:
    """Read the groups of a vector file."""
    content = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))
    return list(content["groups"])


def _received(status: int, body: str) -> httpx.Response:
    return httpx.Response(
        status,
        content=base64.b64decode(body),
        request=httpx.Request("GET", "https://api.mch.weixin.qq.com/"),
        extensions={"wechatpay_verified": True},
    )
