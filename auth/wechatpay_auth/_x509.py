"""Certificates, in every form they are handed around in.

Apart from `_pem`, because `cryptography.x509` is slow to import and a plain call with a public
key needs none of it. Returns a `Problem` instead of raising, for the reason given there.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ._pem import KeySource, Problem, mistaken, read_blocks, strong_enough


def load_certificates(source: KeySource | x509.Certificate) -> list[x509.Certificate] | Problem:
    """Every certificate in the source, at least one, each over an RSA key of 2048 bits or more."""
    if isinstance(source, x509.Certificate):
        return _all_usable([source])
    wanted = "a certificate"
    blocks = read_blocks(source)
    if isinstance(blocks, Problem):
        return Problem(f"expected {wanted}, {blocks.text}")
    found = [block.der for block in blocks if block.kind == wanted]
    if not found:
        return mistaken(blocks, wanted)
    try:
        return _all_usable([x509.load_der_x509_certificate(der) for der in found])
    except (ValueError, x509.InvalidVersion, Warning):  # some programs make errors of warnings
        return Problem("the certificate is damaged")


def certificate_key(certificate: x509.Certificate) -> rsa.RSAPublicKey | Problem:
    """The RSA key a certificate is about."""
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
    try:
        subject = certificate.subject
    except (KeyError, ValueError):  # only now is it read; a KeyError before cryptography 50
        return None
    for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        name = str(attribute.value)
        if name.isascii() and name.isdigit():
            return name
    return None


def _all_usable(certificates: list[x509.Certificate]) -> list[x509.Certificate] | Problem:
    for certificate in certificates:
        key = certificate_key(certificate)
        if isinstance(key, Problem):
            return key
    return certificates
