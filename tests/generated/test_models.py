"""Models and enums feel hand-made: immutable, comparable, printable, and they lose nothing."""

from __future__ import annotations

import datetime as dt
import pickle

import attrs
import pytest
from wechatpay_ecommerce_refund import InvalidResponseError
from wechatpay_ecommerce_refund.models import (
    Account,
    CreateReturnAdvanceRequest,
    ReturnAdvance,
    ReturnAdvanceResult,
)

SETTLED = ReturnAdvance(
    refund_id="50000000382019052709732678859",
    advance_return_id="1215562501201407033233368018",
    return_amount=888,
    payer_mchid="1900000109",
    payer_account=Account.BASIC,
    payee_mchid="1900000108",
    payee_account=Account.OPERATION,
    result=ReturnAdvanceResult.SUCCESS,
    success_time=dt.datetime(2018, 6, 8, 10, 34, 56, tzinfo=dt.timezone(dt.timedelta(hours=8))),
)


def test_a_model_writes_what_it_read() -> None:
    written = SETTLED.to_dict()
    assert written["success_time"] == "2018-06-08T10:34:56+08:00"
    assert written["payer_account"] == "BASIC"
    assert ReturnAdvance.from_dict(written) == SETTLED


def test_an_absent_optional_member_is_none_and_not_written() -> None:
    written = SETTLED.to_dict()
    del written["success_time"]
    pending = ReturnAdvance.from_dict(written)
    assert pending.success_time is None
    assert "success_time" not in pending.to_dict()


def test_equal_models_are_equal_and_hash_alike() -> None:
    copy = ReturnAdvance.from_dict({**SETTLED.to_dict(), "fee": 3})
    assert copy != SETTLED, "an unknown field is part of the model"
    assert len({SETTLED, ReturnAdvance.from_dict(SETTLED.to_dict()), copy}) == 2


def test_a_model_is_immutable() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        SETTLED.return_amount = 1  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_models_and_enums_can_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(SETTLED))  # noqa: S301 - our own bytes
    assert copy == SETTLED
    assert type(copy.result) is ReturnAdvanceResult


def test_a_model_prints_its_values() -> None:
    assert "return_amount=888" in repr(SETTLED)
    assert "payer_account=Account.BASIC" in repr(SETTLED)


def test_a_known_value_is_its_text() -> None:
    assert Account.BASIC == "BASIC"
    assert f"{Account.BASIC}" == str(Account.BASIC) == "BASIC"
    assert Account("BASIC") == Account.BASIC
    assert Account("BASIC").is_known
    assert Account.VALUES[:2] == (Account.BASIC, Account.OPERATION)


def test_an_unknown_value_is_kept_and_visible_as_unknown() -> None:
    fees = Account("FEES")
    assert fees == "FEES"
    assert not fees.is_known
    assert f"{fees}" == "FEES"
    assert repr(fees) == "Account(FEES, unknown)"
    assert hash(fees) == hash("FEES")


def test_an_enum_can_be_matched() -> None:
    match ReturnAdvance.from_dict({**SETTLED.to_dict(), "result": "PROCESSING"}).result:
        case ReturnAdvanceResult.PROCESSING:
            matched = True
        case _:
            matched = False
    assert matched


def test_from_dict_names_what_is_missing() -> None:
    with pytest.raises(InvalidResponseError, match=r"^advance_return_id is missing$"):
        ReturnAdvance.from_dict({"refund_id": "1"})


def test_the_documentation_says_what_callers_must_know() -> None:
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance

    text = create_return_advance.sync.__doc__ or ""
    for words in (
        "refund_id: 微信退款单号",
        "1 to 32 characters",
        "90 天",
        "OutcomeUnknown: ",
        "NotEnoughError: ",
        "See https://pay.weixin.qq.com/doc/v3/partner/4012476927",
    ):
        assert words in text, text
    assert "垫付退款回补" in (CreateReturnAdvanceRequest.__doc__ or "")
