# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""WeChat Pay return-advance.

An e-commerce platform that advanced a refund for one of its sub-merchants takes the money
back from that sub-merchant. Two operations of WeChat Pay APIv3: create and query.

电商平台（平台收付通）先为二级商户垫付了退款，之后再把垫付的钱从二级商户收回。本文件描述
APIv3 的两个接口：发起垫付退款回补、查询回补结果。

Every request is signed with the platform's own merchant key, and every response is verified
before it is used: see the security scheme. 每个请求用平台商户自己的私钥签名，每个应答
先验签再使用，见安全方案。

See https://pay.weixin.qq.com/doc/v3/partner/4012081726
"""

from . import errors
from .attempts import Attempt
from .client import Client
from .errors import (
    APIError,
    ClientError,
    InvalidInputError,
    InvalidResponseError,
    OutcomeUnknown,
    UnverifiedResponseError,
)
from .operation import Call, Response
from .resilience import Retry

__version__ = "0.1.0"

__all__ = [
    "APIError",
    "Attempt",
    "Call",
    "Client",
    "ClientError",
    "InvalidInputError",
    "InvalidResponseError",
    "OutcomeUnknown",
    "Response",
    "Retry",
    "UnverifiedResponseError",
    "errors",
]


def __dir__() -> list[str]:
    return sorted(__all__)
