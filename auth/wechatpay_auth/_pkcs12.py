"""``apiclient_cert.p12``: the merchant's key and certificate in one file.

Returns a `Problem` instead of raising, for the reason given in `_pem`.
"""

from os import PathLike
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ._pem import KeySource, Problem, load_private_key


def load_pkcs12(
    source: KeySource, password: bytes | str
) -> tuple[rsa.RSAPrivateKey, x509.Certificate] | Problem:
    """The key and the certificate of a PKCS#12 file, given as its path or its bytes."""
    secret = password.encode() if isinstance(password, str) else password
    if isinstance(source, (str, PathLike)):
        try:
            source = Path(source).read_bytes()
        except (OSError, ValueError):
            return Problem("the file cannot be read")
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
