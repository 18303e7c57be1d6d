# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The errors of this client.

ClientError
├── InvalidInputError                the call was wrong and never sent
├── OutcomeUnknown                   the call may or may not have happened
└── ResponseError                    a response came:
    ├── InvalidResponseError         it breaks the spec
    ├── UnverifiedResponseError      it is a success without a verified signature
    └── APIError                     the platform refused or failed
        ├── NotProcessedError        Accepted but not processed
        ├── RateLimitError           Too many requests
        ├── PlatformSystemError      The platform failed and the outcome is unknown
        ├── BadGatewayError          A gateway failed
        ├── ServiceUnavailableError  Overloaded or under maintenance
        ├── ParamError               A parameter is wrong
        ├── InvalidRequestError      The HTTP request breaks the APIv3 rules
        ├── MchNotExistsError        No such merchant number
        ├── SignError                The signature was not accepted
        ├── NoAuthError              This platform may not return this refund
        ├── NotEnoughError           The payer account is short of money
        ├── RequestBlockedError      The request was blocked
        └── ResourceNotExistsError   No such refund

If the network fails, the HTTP library's own error is raised. If verification fails, the auth
plugin's own error is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .base_errors import (
    APIError,
    ClientError,
    InvalidInputError,
    InvalidResponseError,
    OutcomeUnknown,
    ResponseError,
    UnverifiedResponseError,
    error_of,
)

__all__ = [
    "APIError",
    "BadGatewayError",
    "ClientError",
    "InvalidInputError",
    "InvalidRequestError",
    "InvalidResponseError",
    "MchNotExistsError",
    "NoAuthError",
    "NotEnoughError",
    "NotProcessedError",
    "OutcomeUnknown",
    "ParamError",
    "PlatformSystemError",
    "RateLimitError",
    "RequestBlockedError",
    "ResourceNotExistsError",
    "ResponseError",
    "ServiceUnavailableError",
    "SignError",
    "UnverifiedResponseError",
]


class NotProcessedError(APIError):
    """Accepted but not processed; send it again unchanged.

    已受理但未处理，请用相同参数重试。
    """


class RateLimitError(APIError):
    """Too many requests.

    For refunds this does not mean that the request was refused: query
    before a retry. 请求过于频繁；退款场景下不代表请求已被拒绝，先查询再重试。
    """


class PlatformSystemError(APIError):
    """The platform failed and the outcome is unknown; retry with the same parameters.

    系统异常，结果未知，请用相同参数重试。

    - createReturnAdvance, 500: the platform failed (系统异常，请稍后重试); retry later · 稍后重试.
    - createReturnAdvance, 500: the platform failed (接口返回错误); retry with the same parameters ·
    用相同参数重试.
    - queryReturnAdvance, 500: the platform failed (系统异常，请稍后重试); retry later · 稍后重试.
    - queryReturnAdvance, 500: the platform failed (接口返回错误); retry with the same parameters ·
    用相同参数重试.
    """


class BadGatewayError(APIError):
    """A gateway failed; the body need not be JSON.

    网关异常，应答体不一定是 JSON。
    """


class ServiceUnavailableError(APIError):
    """Overloaded or under maintenance; try again later.

    服务不可用，请稍后重试。
    """


class ParamError(APIError):
    """A parameter is wrong.

    参数错误.

    - createReturnAdvance, 400: a parameter is wrong (参数错误); correct the parameter that detail
    names · 修正 detail 指出的参数.
    - queryReturnAdvance, 400: a parameter is wrong (参数错误); correct the parameter that detail
    names · 修正 detail 指出的参数.
    """


class InvalidRequestError(APIError):
    """The HTTP request breaks the APIv3 rules.

    HTTP 请求不符合微信支付 APIv3 接口规则.

    - createReturnAdvance, 400: the HTTP request breaks the APIv3 rules (HTTP 请求不符合微信支付
    APIv3 接口规则); correct headers or JSON · 修正请求头或 JSON.
    - createReturnAdvance, 400: well-formed but against a business rule; the page calls this a
    failed application (请求参数符合参数格式，但不符合业务规则); act on message · 按错误描述处理.
    - queryReturnAdvance, 400: the HTTP request breaks the APIv3 rules (HTTP 请求不符合微信支付
    APIv3 接口规则); correct headers or JSON · 修正请求头或 JSON.
    """


class MchNotExistsError(APIError):
    """No such merchant number.

    商户号不存在.

    - createReturnAdvance, 400: no such merchant number (商户号不存在); check the merchant number ·
    检查商户号.
    - queryReturnAdvance, 400: no such merchant number (商户号不存在); check the merchant number ·
    检查商户号.
    """


class SignError(APIError):
    """The signature was not accepted.

    验证不通过.

    - createReturnAdvance, 401: the signature was not accepted (验证不通过); check key, serial
    number, clock and signing · 检查私钥、证书序列号、本机时钟与签名过程.
    - queryReturnAdvance, 401: the signature was not accepted (验证不通过); check key, serial
    number, clock and signing · 检查私钥、证书序列号、本机时钟与签名过程.
    - queryReturnAdvance, 401: the signature is wrong (参数签名结果不正确); check the signing method
    and its input · 检查签名方法与参与签名的参数.
    """


class NoAuthError(APIError):
    """This platform may not return this refund; the page says that the return failed.

    没有垫付回补权限.

    - createReturnAdvance, 403: this platform may not return this refund; the page says that the
    return failed (没有垫付回补权限); check the right to return this refund ·
    检查该退款单的回补权限.
    """


class NotEnoughError(APIError):
    """The payer account is short of money; the page calls this a failed application.

    余额不足.

    - createReturnAdvance, 403: the payer account is short of money; the page calls this a failed
    application (余额不足); top the payer account up and retry · 为出款账户充值后重试.
    """


class RequestBlockedError(APIError):
    """The request was blocked; the page calls this a failed application.

    请求受阻.

    - createReturnAdvance, 403: the request was blocked; the page calls this a failed application
    (请求受阻); act on message · 按错误描述处理.
    """


class ResourceNotExistsError(APIError):
    """No such refund.

    退款单不存在.

    - createReturnAdvance, 404: no such refund (退款单不存在); check refund_id and the state of the
    order, for example unpaid, or paid and not refunded · 检查退款单号与订单状态，例如未支付、
    已支付未退款.
    - queryReturnAdvance, 404: no result could be found (垫付回补结果查询失败); check refund_id ·
    检查退款单号.
    """


BY_STATUS: Final[Mapping[int, type[APIError]]] = {
    202: NotProcessedError,
    429: RateLimitError,
    500: PlatformSystemError,
    502: BadGatewayError,
    503: ServiceUnavailableError,
}
"""Statuses which decide the class whatever the code is."""

BY_CODE: Final[Mapping[str, type[APIError]]] = {
    "FREQUENCY_LIMITED": RateLimitError,
    "RATELIMIT_EXCEEDED": RateLimitError,
    "FREQUENCY_LIMIT_EXCEED": RateLimitError,
    "FREQUENCY_LIMIT": RateLimitError,
    "SYSTEM_ERROR": PlatformSystemError,
    "SYSTEMERROR": PlatformSystemError,
    "SYSTEM": PlatformSystemError,
    "SERVICE_UNAVAILABLE": ServiceUnavailableError,
    "PARAM_ERROR": ParamError,
    "INVALID_REQUEST": InvalidRequestError,
    "MCH_NOT_EXISTS": MchNotExistsError,
    "SIGN_ERROR": SignError,
    "NO_AUTH": NoAuthError,
    "NOT_ENOUGH": NotEnoughError,
    "REQUEST_BLOCKED": RequestBlockedError,
    "RESOURCE_NOT_EXISTS": ResourceNotExistsError,
}
"""The spec's error codes."""


def api_error(status: int, document: object) -> APIError:
    """Return the error for a status and an error body of any shape."""
    return error_of(status, document, BY_STATUS, BY_CODE)
