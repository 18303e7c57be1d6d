"""Throw-away keys and certificates of both sides."""

from __future__ import annotations

import datetime as dt
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

MCHID = "1900000108"
"""The e-commerce platform's number: `payee_mchid` of the official example."""

# 3.1 of our facts: the issuer a client is advised to look for in platform certificates.
_ISSUER = "Tenpay.com Root CA"
_LIFETIME = dt.timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate with the private key behind it."""

    x509: x509.Certificate
    private_key: rsa.RSAPrivateKey

    @property
    def serial_no(self) -> str:
        """The serial as the API prints it: upper-case hex, leading zeros kept."""
        return f"{self.x509.serial_number:040X}"

    @property
    def pem(self) -> str:
        return self.x509.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def private_key_pem(self) -> str:
        return private_pem(self.private_key)


@dataclass(frozen=True, slots=True)
class Keys:
    """Everything secret or agreed between one merchant and the platform."""

    mchid: str
    api_v3_key: str
    merchant: Certificate
    """The merchant API certificate (商户API证书) and its key."""
    public_key_id: str
    public_key_pair: rsa.RSAPrivateKey
    """The private half of the WeChat Pay public key (微信支付公钥)."""
    certificate: Certificate
    """The first platform certificate (平台证书) and its key."""
    root: Certificate
    """Issuer of all certificates here, for clients that check the chain."""

    @property
    def public_key_pem(self) -> str:
        """The WeChat Pay public key, as the merchant console hands it out."""
        return public_pem(self.public_key_pair.public_key())


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """Write a private key as `apiclient_key.pem` has it: PKCS#8."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")


def public_pem(key: rsa.RSAPublicKey) -> str:
    """Write a public key as `pub_key.pem` has it: SPKI."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")


def load_certificate(pem: str, private_key_pem: str) -> Certificate:
    """Read a certificate and the RSA key behind it."""
    key = load_private_key(private_key_pem)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    if certificate.public_key() != key.public_key():
        raise ValueError("certificate and private key do not belong together")
    return Certificate(certificate, key)


def load_private_key(pem: str) -> rsa.RSAPrivateKey:
    """Read an RSA key without passphrase."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the private key is not an RSA key")
    return key


def make_keys(
    mchid: str = MCHID, *, now: float | None = None, root: Certificate | None = None
) -> Keys:
    """Make a complete throw-away set; slow enough (four RSA keys) to share between tests."""
    start = _moment(now)
    root = root or make_certificate(_ISSUER, start=start)
    alphabet = string.ascii_letters + string.digits
    return Keys(
        mchid=mchid,
        api_v3_key="".join(secrets.choice(alphabet) for _ in range(32)),
        merchant=make_certificate(mchid, issuer=root, start=start),
        # Prefix and digits as in the samples; the digits mean nothing.
        public_key_id="PUB_KEY_ID_" + "".join(secrets.choice(string.digits) for _ in range(34)),
        public_key_pair=make_private_key(),
        certificate=make_certificate("Tenpay.com sign", issuer=root, start=start),
        root=root,
    )


def make_private_key() -> rsa.RSAPrivateKey:
    """Make a key of the size the platform uses."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_certificate(
    common_name: str,
    *,
    issuer: Certificate | None = None,
    serial_number: int | None = None,
    start: dt.datetime | None = None,
    lifetime: dt.timedelta = _LIFETIME,
    extensions: Sequence[x509.ExtensionType] = (),
) -> Certificate:
    """Make a certificate with a fresh key, signed by `issuer` or by itself."""
    key = make_private_key()
    begin = start or _moment(None)
    name = _name(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.x509.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + lifetime)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        # Strict checkers of chains, such as Python 3.13's, ask for the key identifiers.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_authority_key_identifier(issuer, key), critical=False)
    )
    if issuer is None:
        builder = builder.add_extension(_SIGNS_CERTIFICATES, critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    certificate = builder.sign(issuer.private_key if issuer else key, hashes.SHA256())
    return Certificate(certificate, key)


_SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def _authority_key_identifier(
    issuer: Certificate | None, key: rsa.RSAPrivateKey
) -> x509.AuthorityKeyIdentifier:
    above = issuer.private_key if issuer else key
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _moment(now: float | None) -> dt.datetime:
    # A day early, so that a client whose clock is a little behind finds the certificate valid.
    moment = dt.datetime.now(dt.UTC) if now is None else dt.datetime.fromtimestamp(now, dt.UTC)
    return moment.replace(microsecond=0) - dt.timedelta(days=1)
