"""Wrong environments, each with what the doctor is shown; their reports stand in golden/doctor.txt.

    python -m tests.auth.doctor_cases

writes that file anew, to be read, as somebody who meets the trouble for the first time reads it.
"""

import json
import re
import ssl
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from wechatpay_auth.__main__ import report, summary
from wechatpay_auth._doctor import BAD
from wechatpay_auth._environment import Settings

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    Answer,
    CertificatePlatform,
    Handler,
    Received,
    make_certificate,
    serving,
    signature_headers,
)
