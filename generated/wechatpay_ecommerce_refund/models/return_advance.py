# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""垫付退款回补单 · Return of an advanced refund."""

from __future__ import annotations

import datetime as _dt
from collections.abc import Mapping

from .. import models as _m
from .. import types as _t


@_t.model
class ReturnAdvance(_t.Model):
    """垫付退款回补单 · Return of an advanced refund.

    How the return of one advanced refund stands. New fields may appear at any time.
    一笔垫付退款的回补状态；随时可能增加新字段。
    """

    refund_id: str = _t.member(_t.String(min_length=1, max_length=32), "refund_id")
    """微信退款单号 · WeChat refund number.

    The advanced refund, as in the path. 垫付退款的微信退款单号，与路径一致。

    1 to 32 characters. Example: 50000000382019052709732678859.
    """

    advance_return_id: str = _t.member(_t.String(min_length=1, max_length=32), "advance_return_id")
    """微信回补单号 · WeChat return number.

    Number of this return, made by WeChat Pay. 微信支付生成的回补单号。

    1 to 32 characters. Example: 1215562501201407033233368018.
    """

    return_amount: int = _t.member(_t.Integer(minimum=0), "return_amount")
    """垫付回补金额 · Amount returned.

    In fen, equal to the amount advanced for the refund. 单位分，等于该退款单的垫付金额。

    Unit: fen. At least 0. Example: 888.
    """

    payer_mchid: str = _t.member(_t.String(min_length=1, max_length=32), "payer_mchid")
    """出款方商户号 · Payer's merchant number.

    The sub-merchant that pays. 出款的二级商户。

    1 to 32 characters. Example: 1900000109.
    """

    payer_account: _m.Account = _t.member(
        _t.TextOf(lambda: _m.Account, is_open=True), "payer_account"
    )
    """账户类型 · Kind of account.

    Account of a merchant that pays or receives. 出款方或入账方的账户类型。

    At most 32 characters. Example: BASIC.
    """

    payee_mchid: str = _t.member(_t.String(min_length=1, max_length=32), "payee_mchid")
    """入账方商户号 · Payee's merchant number.

    The platform that receives. 入账的平台商户。

    1 to 32 characters. Example: 1900000108.
    """

    payee_account: _m.Account = _t.member(
        _t.TextOf(lambda: _m.Account, is_open=True), "payee_account"
    )
    """账户类型 · Kind of account.

    Account of a merchant that pays or receives. 出款方或入账方的账户类型。

    At most 32 characters. Example: BASIC.
    """

    result: _m.ReturnAdvanceResult = _t.member(
        _t.TextOf(lambda: _m.ReturnAdvanceResult, is_open=True), "result"
    )
    """垫付回补结果 · Result of a return.

    How a return stands. SUCCESS and FAILED are final. 回补结果；SUCCESS 与 FAILED 为终态。

    At most 32 characters. Example: PROCESSING.
    """

    success_time: _dt.datetime | None = _t.member(_t.DateTime, "success_time", default=None)
    """垫付回补完成时间 · Time of success.

    When the money was back, RFC 3339 with offset. Expect it with SUCCESS only and allow
    for its absence always. 回补完成时间，RFC 3339 格式带时区；仅在成功时返回，且可能缺失。

    At most 64 characters. Example: 2018-06-08T10:34:56+08:00.
    """

    additional_properties: Mapping[str, _t.Json] = _t.additional(_t.Anything(), factory=dict)
    """Members that the contract does not list, as they came."""
