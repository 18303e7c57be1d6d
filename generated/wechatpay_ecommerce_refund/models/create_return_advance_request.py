# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""垫付退款回补请求 · Request to return an advance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import attrs

from .. import checks
from ..reading import Reader
from ..types import Json, with_others


@attrs.frozen(kw_only=True)
class CreateReturnAdvanceRequest:
    """垫付退款回补请求 · Request to return an advance.

    From whom the money is taken back. Send no other field: WeChat Pay lists an illegal extra
    parameter as a common error. 向哪个二级商户收回；勿传其他字段，
    官方排障说明将多传参数列为常见错误。
    """

    sub_mchid: str
    """二级商户号 · Sub-merchant number.

    Merchant number of the sub-merchant, assigned by WeChat Pay. 二级商户号，由微信支付分配。

    1 to 32 characters. Example: 1900000109.
    """

    additional_properties: Mapping[str, Json] = attrs.field(factory=dict[str, Json], hash=False)
    """Nothing: the spec lists every field."""

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Read a JSON object; InvalidResponseError names the wrong field."""
        fields = Reader(data)
        return cls(
            sub_mchid=fields.text("sub_mchid"),
            additional_properties=fields.rest(),
        )

    def to_dict(self) -> dict[str, Json]:
        """Return the JSON object."""
        fields: dict[str, Json] = {
            "sub_mchid": self.sub_mchid,
        }
        return with_others(fields, self.additional_properties)

    def check(self, where: str) -> None:
        """Check every rule of the spec; InvalidInputError names the wrong field."""
        checks.text(
            self.sub_mchid,
            f"{where}.sub_mchid",
            min_length=1,
            max_length=32,
            pattern=r"^[0-9A-Za-z_-]+\Z",
        )
        checks.no_others(self.additional_properties, where)
