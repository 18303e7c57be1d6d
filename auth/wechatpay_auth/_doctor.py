"""Checks the settings in the environment: what can be known without a call, and with one.

The commonest troubles come down to a key, a certificate and a number that do not belong
together, so that is what is compared: https://pay.weixin.qq.com/doc/v3/partner/4012082324
"""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ._certificate_download import APIv3Key
from ._certificate_forms import load_certificates, merchant_of, serial_text
from ._environment import (
    API_V3_KEY,
    CERTIFICATE,
    MCHID,
    PRIVATE_KEY,
    PUBLIC_KEY,
    PUBLIC_KEY_ID,
    SERIAL_NO,
    Settings,
    named_by_variable,
    signer_of,
)
from ._errors import ConfigurationError
from ._key_forms import Problem, load_private_key, load_public_key
from ._signer import checked_mchid

Level = Literal["ok", "warn", "fail"]

_SOON_DAYS = 60
_RELEASED = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
_TOO_LATE = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_KEY_ID = re.compile(r"PUB_KEY_ID_[0-9]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. Never holds a secret."""

    level: Level
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<4}  {self.subject}: {self.text}"


def examine(settings: Settings, now: float) -> Iterator[Finding]:
    """Everything that can be known without a call."""
    missing = settings.missing()
    for name in missing:
        yield Finding("fail", name, "is not set")
    if MCHID in settings:
        yield _mchid(settings[MCHID].strip())
    key = certificate = None
    if PRIVATE_KEY in settings:
        loaded = load_private_key(settings[PRIVATE_KEY])
        if isinstance(loaded, Problem):
            yield Finding("fail", PRIVATE_KEY, loaded.text)
        else:
            key = loaded
            yield Finding("ok", PRIVATE_KEY, f"an RSA private key of {key.key_size} bits")
        yield from _permissions(PRIVATE_KEY, settings[PRIVATE_KEY])
    if CERTIFICATE in settings:
        chain = load_certificates(settings[CERTIFICATE])
        if isinstance(chain, Problem):
            yield Finding("fail", CERTIFICATE, chain.text)
        else:
            certificate = chain[0]
            yield from _certificate(certificate, settings, now)
    if key is not None and not {MCHID, SERIAL_NO} & set(missing):
        yield from _signer(settings, certificate)
    if PUBLIC_KEY in settings:
        yield _public_key(settings, key)
    if PUBLIC_KEY_ID in settings:
        yield _public_key_id(settings)
    if API_V3_KEY in settings:
        yield _api_v3_key(APIv3Key.load(settings[API_V3_KEY].strip()))
    yield _clock(now)


def _mchid(mchid: str) -> Finding:
    checked = checked_mchid(mchid)
    if isinstance(checked, Problem):
        return Finding("fail", MCHID, checked.text)
    return Finding("ok", MCHID, checked)


def _permissions(name: str, value: str) -> Iterator[Finding]:
    try:
        mode = Path(value.strip()).stat().st_mode
    except (OSError, ValueError):
        return  # the key itself, not a file
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("warn", name, "others may read the file; chmod 600 makes it yours alone")


def _certificate(
    certificate: x509.Certificate, settings: Settings, now: float
) -> Iterator[Finding]:
    days = int((certificate.not_valid_after_utc.timestamp() - now) // 86400)
    serial = serial_text(certificate)
    if days < 0:
        yield Finding("fail", CERTIFICATE, f"{serial} has expired")
    elif days < _SOON_DAYS:
        yield Finding("warn", CERTIFICATE, f"{serial} expires in {days} days")
    else:
        yield Finding("ok", CERTIFICATE, f"{serial}, valid for {days} days")
    named = merchant_of(certificate)
    if named is not None and MCHID in settings and named != settings[MCHID].strip():
        yield Finding(
            "fail",
            CERTIFICATE,
            f"is of merchant {named}, not of {MCHID}; a sub-merchant's certificate does not sign",
        )


def _signer(settings: Settings, certificate: x509.Certificate | None) -> Iterator[Finding]:
    try:
        with named_by_variable():
            signer = signer_of(settings)
    except ConfigurationError as error:
        name, _, text = str(error).partition(": ")
        # A damaged certificate has been reported already.
        if certificate is not None or name != CERTIFICATE:
            yield Finding("fail", name, text)
        return
    if certificate is not None:
        yield Finding("ok", SERIAL_NO, f"{signer.serial_no}, belongs to the private key")
    else:
        yield Finding(
            "warn",
            SERIAL_NO,
            f"{signer.serial_no}, not checked against the private key; {CERTIFICATE} "
            "(apiclient_cert.pem) would do that",
        )


def _public_key(settings: Settings, own: rsa.RSAPrivateKey | None) -> Finding:
    loaded = load_public_key(settings[PUBLIC_KEY])
    if isinstance(loaded, Problem):
        return Finding("fail", PUBLIC_KEY, loaded.text)
    if own is not None and loaded == own.public_key():
        return Finding(
            "fail",
            PUBLIC_KEY,
            "is the merchant's own public key; needed is WeChat Pay's (pub_key.pem), from the "
            "merchant console",
        )
    return Finding("ok", PUBLIC_KEY, f"an RSA public key of {loaded.key_size} bits")


def _public_key_id(settings: Settings) -> Finding:
    key_id = settings[PUBLIC_KEY_ID].strip()
    if _KEY_ID.fullmatch(key_id):
        return Finding("ok", PUBLIC_KEY_ID, key_id)
    if key_id.upper() == settings.get(SERIAL_NO, "").strip().replace(":", "").upper():
        return Finding(
            "fail",
            PUBLIC_KEY_ID,
            "is the merchant's own serial number; needed is the id shown beside WeChat Pay's "
            "public key",
        )
    return Finding("warn", PUBLIC_KEY_ID, "usually is PUB_KEY_ID_ and digits, which this is not")


def _api_v3_key(loaded: APIv3Key | Problem) -> Finding:
    if isinstance(loaded, Problem):
        return Finding("fail", API_V3_KEY, loaded.text)
    return Finding("ok", API_V3_KEY, "has 32 bytes")


def _clock(now: float) -> Finding:
    date = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if _RELEASED <= now < _TOO_LATE:
        return Finding("ok", "clock", f"{date}; --online compares it with the platform's")
    return Finding("fail", "clock", f"{date} cannot be right")
