"""The client reads the shared vectors as every language should."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from wechatpay_ecommerce_refund import APIError, InvalidResponseError
from wechatpay_ecommerce_refund.api.ecommerce_refund import query_return_advance
from wechatpay_ecommerce_refund.models import ReturnAdvance

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
REFUSED_BY_US = {
    *("model-amount-point-zero", "model-amount-exponent"),
    *("model-bom", "model-extra-bad-utf-8"),
}
"""Acceptable cases in which we are strict: amounts are whole numbers, and JSON is plain UTF-8."""
OPERATION = query_return_advance.OPERATION


def cases(kind: str) -> list[Any]:
    document = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))
    found = [
        pytest.param(case, id=case["id"]) for group in document["groups"] for case in group["cases"]
    ]
    assert len(found) == document["case_count"]
    return found


def response(status: int, body: str) -> httpx.Response:
    """Return a response as the auth plugin lets it through."""
    return httpx.Response(
        status,
        content=base64.b64decode(body),
        request=httpx.Request("GET", "https://api.mch.weixin.qq.com/"),
        extensions={"wechatpay_verified": True},
    )


@pytest.mark.parametrize("case", cases("models"))
def test_model(case: dict[str, Any]) -> None:
    received = response(200, case["given"]["body"])
    if case["result"] == "invalid" or case["id"] in REFUSED_BY_US:
        with pytest.raises(InvalidResponseError) as caught:
            OPERATION.read(received)
        assert case["field"] in {None, caught.value.where}
        return
    model = OPERATION.read(received).parsed
    expected = dict(case["expected"])
    utc, extra = expected.pop("success_time_utc"), expected.pop("extra")
    written = model.to_dict()
    assert {name: written.get(name) for name in expected if name != "success_time"} == {
        name: value for name, value in expected.items() if name != "success_time"
    }
    unlisted = dict(model.additional_properties)
    if utc is None:
        assert model.success_time is None
        unreadable = expected["success_time"]
        assert unlisted.pop("success_time", None) == (None if unreadable == "" else unreadable)
    else:
        assert model.success_time == dt.datetime.fromisoformat(utc)
    assert unlisted == extra
    assert ReturnAdvance.from_dict(written) == model


@pytest.mark.parametrize("case", cases("error_bodies"))
def test_error_body(case: dict[str, Any]) -> None:
    with pytest.raises(APIError) as caught:
        OPERATION.read(response(case["given"]["status"], case["given"]["body"]))
    found = {name: getattr(caught.value, name) for name in case["expected"] if name != "status"}
    found["status"] = caught.value.status_code
    assert found in [case["expected"], case.get("also_right")]
    assert str(found["status"]) in str(caught.value)
