"""The platform's side of WeChat Pay return-advance (垫付退款回补), for tests and trials.

with serve(Platform(make_keys())) as server:
    ...  # point a client at server.base_url
"""

from . import faults
from ._app import SandboxApp
from ._environment import environment
from ._http import Delivery, Headers, Reply, Request
from ._keys import Certificate, Keys, make_certificate, make_keys, make_private_key
from ._ledger import Refund, Settlement
from ._platform import Exchange, Platform
from ._scenarios import POOR_SUB_MCHID, REFUND_ID, REFUNDS, SUB_MCHID, SUB_MERCHANTS
from ._server import RunningServer, serve
from ._settings import Settings
from .faults import Fault, Stage

__all__ = [
    "POOR_SUB_MCHID",
    "REFUNDS",
    "REFUND_ID",
    "SUB_MCHID",
    "SUB_MERCHANTS",
    "Certificate",
    "Delivery",
    "Exchange",
    "Fault",
    "Headers",
    "Keys",
    "Platform",
    "Refund",
    "Reply",
    "Request",
    "RunningServer",
    "SandboxApp",
    "Settings",
    "Settlement",
    "Stage",
    "environment",
    "faults",
    "make_certificate",
    "make_keys",
    "make_private_key",
    "serve",
]
