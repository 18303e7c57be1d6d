"""A throw-away authority and a server certificate, for the sandbox behind TLS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ._keys import Certificate, make_certificate

OFFICIAL_HOSTS = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com")
"""Also in the certificate, for clients whose host can't be changed: they come by the proxy."""


@dataclass(frozen=True, slots=True)
class TLS:
    """The server's certificate and the authority that clients are told to trust."""

    authority: Certificate
    server: Certificate

    @property
    def authority_pem(self) -> str:
        """What a client has to trust, and nothing else has to."""
        return self.authority.pem

    def context(self) -> ssl.SSLContext:
        """Make the server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with TemporaryDirectory(prefix="wechatpay-sandbox-") as directory:
            file = Path(directory) / "server.pem"  # OpenSSL takes keys from files only
            file.touch(mode=0o600)
            file.write_text(self.server.private_key_pem + self.server.pem, encoding="ascii")
            context.load_cert_chain(file)
        return context


def make_tls() -> TLS:
    """Make authority and certificate for loopback and the official hosts."""
    start = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=1)
    lifetime = dt.timedelta(days=365)
    authority = make_certificate("WeChat Pay sandbox", start=start, lifetime=lifetime)
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in ("localhost", *OFFICIAL_HOSTS)]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    server = make_certificate(
        "WeChat Pay sandbox server",
        issuer=authority,
        start=start,
        lifetime=lifetime,
        extensions=(
            x509.SubjectAlternativeName(names),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        ),
    )
    return TLS(authority, server)
