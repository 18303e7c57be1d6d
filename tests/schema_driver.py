"""schemathesis drives a platform from a spec: half of the input fits it, the rest breaks it."""

from __future__ import annotations

import base64
from collections import Counter
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, cast

import requests
import schemathesis
import urllib3
import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.auth import AuthBase
from schemathesis import GenerationMode, checks
from wechatpay_sandbox import Headers, Platform, Request

from tests.merchant_by_hand import NOW, shared_keys

URL = "http://sandbox"

# It sends other credentials of its own, which `Signing` would replace with good ones; and it takes
# any 400 for a refusal of the input, where the spec documents 400 MCH_NOT_EXISTS. Both are
# asserted below instead, more strictly.
NAMES = ["ignored_auth", "positive_data_acceptance"]


def operations(spec: Path) -> list[Any]:
    """Return the operations of a spec."""
    schema = schemathesis.openapi.from_dict(yaml.safe_load(spec.read_text(encoding="utf-8")))
    return [result.ok() for result in cast("Any", schema).get_all_operations()]


class Signing(AuthBase):
    """Signs as a merchant does, over the bytes that are sent."""

    def __init__(self) -> None:
        self._nonces = count(1)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        keys, nonce = shared_keys(), f"{next(self._nonces):032d}"
        head = f"{request.method}\n{request.path_url}\n{NOW}\n{nonce}\n"
        message = head.encode("latin-1") + body_of(request) + b"\n"
        raw = keys.merchant.private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        fields = {
            "mchid": keys.mchid,
            "nonce_str": nonce,
            "signature": base64.b64encode(raw).decode(),
            "timestamp": str(NOW),
            "serial_no": keys.merchant.serial_no,
        }
        pairs = ",".join(f'{name}="{value}"' for name, value in fields.items())
        request.headers["Authorization"] = f"WECHATPAY2-SHA256-RSA2048 {pairs}"
        return request


class InMemory(BaseAdapter):
    """Leads requests to a platform without sockets."""

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self._platform = platform

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        lines = tuple((str(name), str(value)) for name, value in request.headers.items())
        asked = Request(str(request.method), request.path_url, Headers(lines), body_of(request))
        reply = self._platform.handle(asked)
        raw = urllib3.HTTPResponse(
            BytesIO(reply.body),
            headers=urllib3.HTTPHeaderDict(reply.headers.lines),
            status=reply.status,
            preload_content=False,
        )
        return HTTPAdapter().build_response(request, cast("Any", raw))

    def close(self) -> None:
        """Have nothing to close."""


def body_of(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else cast("bytes", body)


def lacks_authorization(case: Any) -> bool:  # noqa: ANN401
    return any(m.parameter == "Authorization" for m in case.meta.phase.data.mutations)


def disagreements(
    operation: Any,  # noqa: ANN401
    mode: GenerationMode,
    platform: Platform,
    *,
    examples: int,
) -> Counter[tuple[int, str | None]]:
    """Drive one operation, fail where platform and spec disagree, and count the responses."""
    # Known only once a schema was loaded.
    replaced = cast("Any", checks).CHECKS.get_by_names(NAMES)
    session = requests.Session()
    session.mount(URL, InMemory(platform))
    signing = Signing()
    seen: Counter[tuple[int, str | None]] = Counter()

    @seed(20261123)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        phases=[Phase.explicit, Phase.generate],  # to shrink a case takes it minutes
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def agree(case: Any) -> None:  # noqa: ANN401
        # A list without items leaves no trace in a URL: there is nothing to disagree about.
        assume([] not in (case.query or {}).values())
        unsigned = lacks_authorization(case)
        response = case.call(base_url=URL, auth=None if unsigned else signing, session=session)
        case.validate_response(response, excluded_checks=replaced)
        code = response.json().get("code") if response.content.startswith(b"{") else None
        seen[response.status_code, code] += 1
        # Without its parameter a path may be another one, where nothing lives.
        is_elsewhere = (response.status_code, response.content) == (404, b"")
        refused = is_elsewhere or code in {"PARAM_ERROR", "INVALID_REQUEST"}
        if unsigned:
            assert (response.status_code, code) == (401, "SIGN_ERROR")
        else:
            assert refused is (mode is GenerationMode.NEGATIVE), response.text

    agree()
    assert sum(seen.values()) >= examples // 2
    return seen
