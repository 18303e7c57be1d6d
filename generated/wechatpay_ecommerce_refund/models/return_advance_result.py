# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""垫付回补结果 · Result of a return."""

from __future__ import annotations

from typing import ClassVar

from ..enums import OpenText


class ReturnAdvanceResult(OpenText):
    """垫付回补结果 · Result of a return.

    How a return stands. SUCCESS and FAILED are final. 回补结果；SUCCESS 与 FAILED 为终态。

    An open list: other values are kept as they come, see `is_known`.
    """

    __slots__ = ()

    SUCCESS: ClassVar[ReturnAdvanceResult]
    """The money is back, final · 回补成功，终态."""
    FAILED: ClassVar[ReturnAdvanceResult]
    """Failed for lack of money on the payer account, final · 回补失败，出款方余额不足，终态."""
    PROCESSING: ClassVar[ReturnAdvanceResult]
    """WeChat Pay keeps trying for up to 90 days; query later · 处理中，90 天内定期重试，请稍后查询.
    """


ReturnAdvanceResult.SUCCESS = ReturnAdvanceResult("SUCCESS")
ReturnAdvanceResult.FAILED = ReturnAdvanceResult("FAILED")
ReturnAdvanceResult.PROCESSING = ReturnAdvanceResult("PROCESSING")
ReturnAdvanceResult.VALUES = (
    ReturnAdvanceResult.SUCCESS,
    ReturnAdvanceResult.FAILED,
    ReturnAdvanceResult.PROCESSING,
)
