"""The platform's side of WeChat Pay return-advance (垫付退款回补), for tests and trials.

with serve(Platform(make_keys())) as server:
    ...  # point a client at server.base_url
"""

from importlib.util import find_spec

_EXTRA = ("anyio", "jsonschema", "starlette", "uvicorn", "yaml")
if _missing := [name for name in _EXTRA if find_spec(name) is None]:
    raise ImportError(
        f"wechatpay_sandbox needs {', '.join(_missing)}: "
        "install wechatpay-ecommerce-refund with its extra 'sandbox'"
    )

# ruff: noqa: E402 - whoever lacks the extra should see one clear error
from . import faults
from ._app import SandboxApp
from ._environment import environment
from ._http import Delivery, Headers, Reply, Request
from ._keydir import load_or_make_keys
from ._keys import Certificate, Keys, make_certificate, make_keys, make_private_key
from ._ledger import Refund, Settlement
from ._notices import SentNotice
from ._platform import Exchange, Platform
from ._proxy import RunningProxy, serve_proxy
from ._sandbox import Sandbox
from ._scenarios import POOR_SUB_MCHID, REFUND_ID, REFUNDS, SUB_MCHID, SUB_MERCHANTS
from ._server import RunningServer, serve
from ._settings import Settings
from ._spec import SpecError
from ._store import MemoryStore, SQLiteStore, Store
from ._tls import TLS, make_tls
from ._transport import SandboxTransport
from .faults import Fault, Stage

__all__ = [
    "POOR_SUB_MCHID",
    "REFUNDS",
    "REFUND_ID",
    "SUB_MCHID",
    "SUB_MERCHANTS",
    "TLS",
    "Certificate",
    "Delivery",
    "Exchange",
    "Fault",
    "Headers",
    "Keys",
    "MemoryStore",
    "Platform",
    "Refund",
    "Reply",
    "Request",
    "RunningProxy",
    "RunningServer",
    "SQLiteStore",
    "Sandbox",
    "SandboxApp",
    "SandboxTransport",
    "SentNotice",
    "Settings",
    "Settlement",
    "SpecError",
    "Stage",
    "Store",
    "environment",
    "faults",
    "load_or_make_keys",
    "make_certificate",
    "make_keys",
    "make_private_key",
    "make_tls",
    "serve",
    "serve_proxy",
]
