# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""垫付退款回补单 · Return of an advanced refund."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Self

import attrs

from .. import checks, reading
from ..reading import Reader
from ..types import Json, with_others
from .account import Account
from .return_advance_result import ReturnAdvanceResult


@attrs.frozen(kw_only=True)
class ReturnAdvance:
    """垫付退款回补单 · Return of an advanced refund.

    How the return of one advanced refund stands. New fields may appear at any time.
    一笔垫付退款的回补状态；随时可能增加新字段。
    """

    refund_id: str
    """微信退款单号 · WeChat refund number.

    The advanced refund, as in the path. 垫付退款的微信退款单号，与路径一致。

    1 to 32 characters. Example: 50000000382019052709732678859.
    """

    advance_return_id: str
    """微信回补单号 · WeChat return number.

    Number of this return, made by WeChat Pay. 微信支付生成的回补单号。

    1 to 32 characters. Example: 1215562501201407033233368018.
    """

    return_amount: int
    """垫付回补金额 · Amount returned.

    In fen, equal to the amount advanced for the refund. 单位分，等于该退款单的垫付金额。

    Unit: fen. At least 0. Example: 888.
    """

    payer_mchid: str
    """出款方商户号 · Payer's merchant number.

    The sub-merchant that pays. 出款的二级商户。

    1 to 32 characters. Example: 1900000109.
    """

    payer_account: Account
    """账户类型 · Kind of account.

    Account of a merchant that pays or receives. 出款方或入账方的账户类型。

    At most 32 characters. Example: BASIC.
    """

    payee_mchid: str
    """入账方商户号 · Payee's merchant number.

    The platform that receives. 入账的平台商户。

    1 to 32 characters. Example: 1900000108.
    """

    payee_account: Account
    """账户类型 · Kind of account.

    Account of a merchant that pays or receives. 出款方或入账方的账户类型。

    At most 32 characters. Example: BASIC.
    """

    result: ReturnAdvanceResult
    """垫付回补结果 · Result of a return.

    How a return stands. SUCCESS and FAILED are final. 回补结果；SUCCESS 与 FAILED 为终态。

    At most 32 characters. Example: PROCESSING.
    """

    success_time: datetime.datetime | None = None
    """垫付回补完成时间 · Time of success.

    When the money was back, RFC 3339 with offset. It is optional, and no page says when
    it is absent: with SUCCESS it may be missing, with FAILED or PROCESSING it may come.
    回补完成时间，RFC 3339 格式带时区。该字段选填，官方文档未说明何时缺失：SUCCESS 时
    可能没有，FAILED 或 PROCESSING 时也可能出现。

    At most 64 characters. Example: 2018-06-08T10:34:56+08:00.
    """

    additional_properties: Mapping[str, Json] = attrs.field(factory=dict[str, Json], hash=False)
    """Fields that the spec does not list, as they came."""

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Read a JSON object; InvalidResponseError names the wrong field."""
        fields = Reader(data)
        return cls(
            refund_id=fields.text("refund_id"),
            advance_return_id=fields.text("advance_return_id"),
            return_amount=fields.required("return_amount", reading.whole_number),
            payer_mchid=fields.text("payer_mchid"),
            payer_account=fields.required("payer_account", Account.read),
            payee_mchid=fields.text("payee_mchid"),
            payee_account=fields.required("payee_account", Account.read),
            result=fields.required("result", ReturnAdvanceResult.read),
            success_time=fields.if_readable("success_time", reading.time),
            additional_properties=fields.rest(),
        )

    def to_dict(self) -> dict[str, Json]:
        """Return the JSON object."""
        fields: dict[str, Json] = {
            "refund_id": self.refund_id,
            "advance_return_id": self.advance_return_id,
            "return_amount": self.return_amount,
            "payer_mchid": self.payer_mchid,
            "payer_account": str(self.payer_account),
            "payee_mchid": self.payee_mchid,
            "payee_account": str(self.payee_account),
            "result": str(self.result),
        }
        if self.success_time is not None:
            fields["success_time"] = self.success_time.isoformat()
        return with_others(fields, self.additional_properties)

    def check(self, where: str) -> None:
        """Check every rule of the spec; InvalidInputError names the wrong field."""
        checks.text(self.refund_id, f"{where}.refund_id", min_length=1, max_length=32)
        checks.text(
            self.advance_return_id, f"{where}.advance_return_id", min_length=1, max_length=32
        )
        checks.whole_number(self.return_amount, f"{where}.return_amount", minimum=0)
        checks.text(self.payer_mchid, f"{where}.payer_mchid", min_length=1, max_length=32)
        checks.text(self.payer_account, f"{where}.payer_account")
        checks.text(self.payee_mchid, f"{where}.payee_mchid", min_length=1, max_length=32)
        checks.text(self.payee_account, f"{where}.payee_account")
        checks.text(self.result, f"{where}.result")
        if self.success_time is not None:
            checks.time(self.success_time, f"{where}.success_time")
        for value, place in checks.others(
            self.additional_properties, where, fields=("success_time",)
        ):
            checks.anything(value, place)
