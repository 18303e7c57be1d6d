"""Checks the settings in the environment: what can be known without a call.

The commonest troubles come down to a key, a certificate and a number that do not belong
together, so that is what is compared: https://pay.weixin.qq.com/doc/v3/partner/4012082324
"""

import re
import ssl
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ._certificate_forms import load_own_certificate, merchant_of, serial_text
from ._core import is_safe_wire
from ._environment import (
    API_V3_KEY,
    BACKUP_URL,
    BASE_URL,
    CERTIFICATE,
    CERTIFICATE_CACHE,
    CONSOLE,
    MCHID,
    OWN_PUBLIC_KEY,
    OWN_SERIAL_NO,
    PRIVATE_KEY,
    PRIVATE_KEY_PASSWORD,
    PUBLIC_KEY,
    PUBLIC_KEY_ID,
    SERIAL_NO,
    Settings,
    api_v3_key_of,
)
from ._key_forms import Problem, load_private_key, load_public_key
from ._signer import PRINT_SERIAL, checked_mchid, checked_serial
from ._trusted_keys import KEY_ID_PREFIX, checked_key_id

Level = Literal["ok", "note", "FAIL", "unclear"]
"""What is right; what is worth knowing; what has to be mended; what cannot be told."""

BAD: frozenset[Level] = frozenset({"FAIL", "unclear"})

_PACKAGES = ("wechatpay-ecommerce-refund", "httpx", "httpx2", "cryptography")
_SOON_DAYS = 60
_RELEASED = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
_TOO_LATE = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_USUAL_KEY_ID = re.compile(rf"{KEY_ID_PREFIX}[0-9]+")
PLATFORM = "https://api.mch.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class Finding:
    """One point of the report. Never holds a secret."""

    level: Level
    subject: str
    text: str
    do: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        line = f"{self.level:<8}{self.subject}: {self.text}"
        return f"{line}\n        Do: {self.do}" if self.do else line

    @classmethod
    def of(cls, subject: str, problem: Problem) -> "Finding":
        """What has to be mended, as the loader says it."""
        return cls("FAIL", subject, problem.text, problem.way_on)


def examine(settings: Settings, now: float) -> Iterator[Finding]:
    """Everything that can be known without a call."""
    for name, problem in settings.problems():
        yield Finding.of(name, problem)
    for name, other in settings.misspelt().items():
        if name not in settings.missing():
            yield Finding("note", other, "nothing reads it", f"rename it, if {name} is meant")
    if MCHID in settings:
        yield _as_finding(MCHID, checked_mchid(settings[MCHID]))
    key: rsa.RSAPrivateKey | None = None
    if PRIVATE_KEY in settings:
        loaded = load_private_key(settings[PRIVATE_KEY], settings.get(PRIVATE_KEY_PASSWORD))
        if isinstance(loaded, Problem):
            yield Finding.of(PRIVATE_KEY, loaded)
        else:
            key = loaded
            yield Finding("ok", PRIVATE_KEY, f"an RSA private key of {key.key_size} bits")
        yield from _permissions(PRIVATE_KEY, settings[PRIVATE_KEY])
    yield from _identity(settings, key, now)
    if PUBLIC_KEY in settings:
        yield _public_key(settings, key)
    if PUBLIC_KEY_ID in settings:
        yield _public_key_id(settings)
    if API_V3_KEY in settings:
        loaded_key = api_v3_key_of(settings)
        yield _as_finding(API_V3_KEY, loaded_key if isinstance(loaded_key, Problem) else "32 bytes")
        yield from _permissions(API_V3_KEY, settings[API_V3_KEY])
    if CERTIFICATE_CACHE in settings:
        yield _cache(Path(settings[CERTIFICATE_CACHE]))
    for name in (BASE_URL, BACKUP_URL):
        if name in settings:
            yield url(name, settings[name])
    yield _clock(now)
    yield Finding(
        "ok", "versions", ", ".join(f"{name} {text}" for name, text in versions().items())
    )


def versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """The versions of what takes part in a call, for a report to somebody else."""
    found = {"Python": sys.version.split()[0], "OpenSSL": ssl.OPENSSL_VERSION.split()[1]}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _as_finding(subject: str, checked: str | Problem) -> Finding:
    if isinstance(checked, Problem):
        return Finding.of(subject, checked)
    return Finding("ok", subject, checked)


def _permissions(name: str, value: str) -> Iterator[Finding]:
    try:
        status = Path(value).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return  # the key itself, not a file
    if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(
            "note", name, "others may read the file", f"`chmod 600 {value}` makes it yours alone"
        )


def _identity(settings: Settings, key: rsa.RSAPrivateKey | None, now: float) -> Iterator[Finding]:
    """Serial number and certificate: are they each other's, and the key's?"""
    serial = checked_serial(settings[SERIAL_NO]) if SERIAL_NO in settings else None
    if isinstance(serial, Problem):
        yield Finding.of(SERIAL_NO, serial)
    elif serial is not None and serial == settings.get(MCHID):
        yield Finding(
            "FAIL",
            SERIAL_NO,
            "is the mchid, not the serial number of the merchant's API certificate",
            PRINT_SERIAL,
        )
        serial = None
    elif serial is not None and CERTIFICATE not in settings:
        yield Finding(
            "note",
            SERIAL_NO,
            f"{serial}, not checked against the private key",
            f"set {CERTIFICATE} to the path of apiclient_cert.pem to have that checked",
        )
    if CERTIFICATE not in settings:
        return
    certificate = load_own_certificate(settings[CERTIFICATE], key)
    if isinstance(certificate, Problem):
        yield Finding.of(CERTIFICATE, certificate)
        return
    yield _validity(certificate, now)
    yield from _merchant(certificate, settings)
    if isinstance(serial, str) and int(serial, 16) != certificate.serial_number:
        yield Finding(
            "FAIL",
            SERIAL_NO,
            f"is {serial}, but the certificate's is {serial_text(certificate)}",
            f"leave {SERIAL_NO} out if that certificate is in use: its own is read then; if not, "
            f"set {CERTIFICATE} and {PRIVATE_KEY} to the files of the one in use",
        )
    if key is None:
        return
    if certificate.public_key() != key.public_key():
        yield Finding(
            "FAIL",
            PRIVATE_KEY,
            f"does not belong to the certificate {serial_text(certificate)}",
            f"take apiclient_key.pem and apiclient_cert.pem from one and the same download; the "
            f"certificate in use stands in {CONSOLE}",
        )
    else:
        yield Finding("ok", CERTIFICATE, "belongs to the private key")


def _validity(certificate: x509.Certificate, now: float) -> Finding:
    serial = serial_text(certificate)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    days = int((ends.timestamp() - now) // 86400)
    renew = f"apply for a new one in {CONSOLE}, and set key, certificate and serial number to it"
    if days < 0:
        return Finding("FAIL", CERTIFICATE, f"{serial} has expired, on {ends:%Y-%m-%d}", renew)
    if now < begins.timestamp():
        return Finding(
            "FAIL",
            CERTIFICATE,
            f"{serial} is not valid before {begins:%Y-%m-%d %H:%M} UTC",
            "set the clock of this machine, or wait",
        )
    if days < _SOON_DAYS:
        return Finding("note", CERTIFICATE, f"{serial} expires in {days} days", renew)
    return Finding("ok", CERTIFICATE, f"{serial}, valid for {days} days")


def _merchant(certificate: x509.Certificate, settings: Settings) -> Iterator[Finding]:
    named = merchant_of(certificate)
    mchid = checked_mchid(settings.get(MCHID))
    if named is not None and isinstance(mchid, str) and named != mchid:
        yield Finding(
            "FAIL",
            CERTIFICATE,
            f"is of merchant {named}, and {MCHID} is another",
            f"set {MCHID} to the merchant that sends the requests, and key and certificate to that "
            "merchant's; a sub-merchant's certificate does not sign",
        )


def _public_key(settings: Settings, own: rsa.RSAPrivateKey | None) -> Finding:
    loaded = load_public_key(settings[PUBLIC_KEY])
    if isinstance(loaded, Problem):
        return Finding.of(PUBLIC_KEY, loaded)
    if own is not None and loaded == own.public_key():
        return Finding.of(PUBLIC_KEY, OWN_PUBLIC_KEY)
    return Finding("ok", PUBLIC_KEY, f"an RSA public key of {loaded.key_size} bits")


def _public_key_id(settings: Settings) -> Finding:
    key_id = checked_key_id(settings[PUBLIC_KEY_ID])
    if isinstance(key_id, Problem):
        return Finding.of(PUBLIC_KEY_ID, key_id)
    if _USUAL_KEY_ID.fullmatch(key_id):
        return Finding("ok", PUBLIC_KEY_ID, key_id)
    serial = checked_serial(settings.get(SERIAL_NO, ""))
    if checked_serial(key_id) == serial:
        return Finding.of(PUBLIC_KEY_ID, OWN_SERIAL_NO)
    return Finding(
        "note",
        PUBLIC_KEY_ID,
        f"usually is {KEY_ID_PREFIX} and digits, which this is not",
        f"compare it with the id that {CONSOLE} shows beside pub_key.pem",
    )


def _cache(folder: Path) -> Finding:
    try:
        # Nothing is left behind: a folder that is not there yet is made by the first download.
        with tempfile.TemporaryFile(dir=folder if folder.exists() else folder.parent):
            return Finding("ok", CERTIFICATE_CACHE, str(folder))
    except OSError as error:
        return Finding(
            "note",
            CERTIFICATE_CACHE,
            f"cannot be written ({error.strerror}), so each start downloads the certificates",
            "set it to a folder that this program may write to",
        )


def url(name: str, text: str) -> Finding:
    """Whether requests may go to this URL. A password in it is not shown."""
    wrong = None
    try:
        parts = urlsplit(text)
        if not text.isprintable() or " " in text:
            wrong = "has spaces or control characters in it"
        elif "?" in text or "#" in text:
            wrong = "goes on after ? or #"
        elif "://" not in text:
            wrong = "has no https:// in front"
        elif not parts.hostname or parts.port == 0:
            wrong = "has no host"
        elif parts.username or parts.password:
            wrong = "holds a user name or a password"
        elif not is_safe_wire(parts.scheme, parts.hostname):
            wrong = "is neither https nor on this machine"
    except ValueError:
        wrong = "is no URL"
    if wrong is not None:
        return Finding("FAIL", name, wrong, f"set it to {PLATFORM}, or leave it out")
    return Finding("ok", name, text)


def _clock(now: float) -> Finding:
    date = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if _RELEASED <= now < _TOO_LATE:
        return Finding("ok", "clock", f"{date}; --online compares it with the platform's")
    return Finding(
        "FAIL", "clock", f"{date} cannot be right", "set the clock of this machine (NTP)"
    )
