"""Certificates, alone or with their key: X.509 in any form, and ``apiclient_cert.p12`` (PKCS#12).

A `Problem` is returned instead of raised, for the reason given in `_key_forms`.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from ._key_forms import KeySource, Problem, blocks_of, load_private_key, strong_enough, unquoted

if TYPE_CHECKING:
    from cryptography import x509

_CERTIFICATE = "a certificate"


def load_certificates(source: KeySource | x509.Certificate) -> list[x509.Certificate] | Problem:
    """Every certificate in the source, at least one, each over an RSA key of 2048 bits or more."""
    certificates = _read(source)
    if isinstance(certificates, Problem):
        return certificates
    keys = map(certificate_key, certificates)
    return next((key for key in keys if isinstance(key, Problem)), certificates)


def load_own_certificate(
    source: KeySource | x509.Certificate, key: rsa.RSAPrivateKey | None
) -> x509.Certificate | Problem:
    """The certificate of that key; the first one if none is.

    A chain may begin with the authority instead.
    """
    certificates = _read(source)
    if isinstance(certificates, Problem):
        return certificates
    if key is not None:
        for certificate in certificates:
            if certificate_key(certificate) == key.public_key():
                return certificate
    problem = certificate_key(certificates[0])
    return problem if isinstance(problem, Problem) else certificates[0]


def _read(source: KeySource | x509.Certificate) -> list[x509.Certificate] | Problem:
    from cryptography import x509  # a fifteenth of a start, and public keys need none of it

    if isinstance(source, x509.Certificate):
        return [source]
    blocks = blocks_of(source, _CERTIFICATE, {_CERTIFICATE})
    if isinstance(blocks, Problem):
        return blocks
    try:
        return [x509.load_der_x509_certificate(block.der) for block in blocks]
    except (ValueError, x509.InvalidVersion, Warning):  # some programs make errors of warnings
        return Problem("the certificate is damaged", "copy it again")


def certificate_key(certificate: x509.Certificate) -> rsa.RSAPublicKey | Problem:
    """The RSA key of a certificate."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return Problem("the certificate's key is damaged or of an unknown kind")
    if not isinstance(key, rsa.RSAPublicKey):
        return Problem("expected a certificate of an RSA key, found one of another kind")
    return strong_enough(key)


def serial_text(certificate: x509.Certificate) -> str:
    """A certificate's serial number as the platform prints it: 40 upper-case hex digits."""
    return f"{certificate.serial_number:040X}"


def merchant_of(certificate: x509.Certificate) -> str | None:
    """The mchid in a merchant certificate's common name, if there is one."""
    from cryptography.x509.oid import NameOID  # see `_read`

    try:
        subject = certificate.subject
    except (KeyError, ValueError):  # cryptography parses it only now; KeyError before version 50
        return None
    for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        name = str(attribute.value)
        if name.isascii() and name.isdigit():
            return name
    return None


def load_pkcs12(
    source: object, password: object
) -> tuple[rsa.RSAPrivateKey, x509.Certificate] | Problem:
    """The key and the certificate of a PKCS#12 file, given as its path or its bytes."""
    from cryptography.hazmat.primitives.serialization import pkcs12  # see `_read`

    secret = password.encode() if isinstance(password, str) else password
    if not isinstance(secret, bytes | None):
        return Problem(f"its password has to be text or bytes, found {type(secret).__name__}")
    if isinstance(source, str | PathLike):
        try:
            source = Path(_path(cast("str | PathLike[str]", source))).read_bytes()
        except (OSError, ValueError):
            return Problem("the file cannot be read")
    if not isinstance(source, bytes):
        return Problem(f"expected a path or bytes, found {type(source).__name__}")
    try:
        store = pkcs12.load_pkcs12(source, secret)
    except ValueError:
        return Problem("not a PKCS#12 file, or the password is wrong")
    if store.key is None or store.cert is None:
        return Problem("the file lacks the private key or its certificate")
    if not isinstance(store.key, rsa.RSAPrivateKey):
        return Problem("expected an RSA private key, found one of another kind")
    key = load_private_key(store.key)
    return key if isinstance(key, Problem) else (key, store.cert.certificate)


def _path(source: str | PathLike[str]) -> str | PathLike[str]:
    return unquoted(source) if isinstance(source, str) else source
