# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""垫付退款回补请求 · Request to return an advance."""

from __future__ import annotations

from collections.abc import Mapping

from .. import types as _t


@_t.model
class CreateReturnAdvanceRequest(_t.Model):
    """垫付退款回补请求 · Request to return an advance.

    From whom the money is taken back. Fields that are not documented here are refused.
    向哪个二级商户收回；未列出的字段会被拒绝。
    """

    sub_mchid: str = _t.member(
        _t.String(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_-]+\Z"), "sub_mchid"
    )
    """二级商户号 · Sub-merchant number.

    Merchant number of the sub-merchant, assigned by WeChat Pay. 二级商户号，由微信支付分配。

    1 to 32 characters. Example: 1900000109.
    """

    additional_properties: Mapping[str, _t.Json] = _t.additional(
        _t.Anything(), factory=dict, closed=True
    )
    """Nothing: the contract lists every member."""
