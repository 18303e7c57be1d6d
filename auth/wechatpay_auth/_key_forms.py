r"""Keys and certificates, in every form they are handed around in.

Understood: PEM and DER; PKCS#8 and PKCS#1; text, bytes, or the path of a file; the base64 alone
without its BEGIN and END lines; and what copying does to them: CRLF, a byte order mark, spaces
for line ends, a typed ``\n``.

Nothing here raises over a bad key: the loaders return a `Problem`. An exception would carry the
frames of this module, and the local variables of those frames are the private key; error
reporters send them on. `need` raises, in a frame that has seen no key.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TypeVar, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509 import InvalidVersion, load_der_x509_certificate

from ._errors import ConfigurationError

KeySource = str | bytes | PathLike[str]
"""PEM or DER, or the path of a file that holds it."""

MIN_RSA_BITS = 2048

_T = TypeVar("_T")

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_BARE_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+[=\s]*")
# Of what was given, only something that looks like a file's name is ever shown in an error;
# it might be a key pasted into the wrong place. Base64 has no full stop.
_PATH_LIKE = re.compile(r"(?=.*\.|[/~])[^\s]{1,255}")
_MAX_FILE_BYTES = 1_000_000

_LABELS = {
    "PRIVATE KEY": "a private key",
    "RSA PRIVATE KEY": "a private key",
    "ENCRYPTED PRIVATE KEY": "an encrypted private key",
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
    "CERTIFICATE": "a certificate",
    "CERTIFICATE REQUEST": "a certificate request",
    "NEW CERTIFICATE REQUEST": "a certificate request",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a key could not be loaded: what was expected and what was found, never the key."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """One DER value, and what it is said to be or was found to be."""

    kind: str
    der: bytes = field(repr=False)


def need(loaded: _T | Problem, setting: str) -> _T:
    """The loaded value.

    Raises:
        ConfigurationError: It is a problem; the text names the setting.
    """
    if isinstance(loaded, Problem):
        raise ConfigurationError(f"{setting}: {loaded.text}")
    return loaded


def load_private_key(
    source: KeySource | rsa.RSAPrivateKey, password: bytes | None = None
) -> rsa.RSAPrivateKey | Problem:
    """An RSA private key of at least 2048 bits."""
    if isinstance(source, rsa.RSAPrivateKey):
        return strong_enough(source)
    wanted = "an RSA private key"
    blocks = read_blocks(source)
    if isinstance(blocks, Problem):
        return Problem(f"expected {wanted}, {blocks.text}")
    der = _pick(blocks, wanted, {"a private key", "an encrypted private key"})
    if isinstance(der, Problem):
        return der
    try:
        key = load_der_private_key(der, password)
    except TypeError:
        # cryptography says this both of a missing and of a superfluous password.
        hint = "is encrypted: give its password" if password is None else "is not encrypted"
        return Problem(f"the private key {hint}")
    except (ValueError, UnsupportedAlgorithm):
        return Problem("the private key is damaged, of an unknown kind, or its password is wrong")
    if not isinstance(key, rsa.RSAPrivateKey):
        return Problem(f"expected {wanted}, found a private key of another kind")
    return strong_enough(key)


def load_public_key(source: KeySource | rsa.RSAPublicKey) -> rsa.RSAPublicKey | Problem:
    """An RSA public key of at least 2048 bits."""
    if isinstance(source, rsa.RSAPublicKey):
        return strong_enough(source)
    wanted = "an RSA public key"
    blocks = read_blocks(source)
    if isinstance(blocks, Problem):
        return Problem(f"expected {wanted}, {blocks.text}")
    der = _pick(blocks, wanted, {"a public key"})
    if isinstance(der, Problem):
        return der
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return Problem("the public key is damaged or of an unknown kind")
    if not isinstance(key, rsa.RSAPublicKey):
        return Problem(f"expected {wanted}, found a public key of another kind")
    return strong_enough(key)


_Key = TypeVar("_Key", rsa.RSAPrivateKey, rsa.RSAPublicKey)


def strong_enough(key: _Key) -> _Key | Problem:
    """The key, if it has 2048 bits or more."""
    if key.key_size < MIN_RSA_BITS:
        return Problem(f"the RSA key has {key.key_size} bits, at least {MIN_RSA_BITS} are needed")
    return key


def _pick(blocks: list[Block], wanted: str, kinds: set[str]) -> bytes | Problem:
    for block in blocks:
        if block.kind in kinds:
            return block.der
    return mistaken(blocks, wanted)


def mistaken(blocks: list[Block], wanted: str) -> Problem:
    """That none of the blocks is what is wanted."""
    return Problem(f"expected {wanted}, found {' and '.join(block.kind for block in blocks)}")


def read_blocks(source: object) -> list[Block] | Problem:
    """What a source holds, not yet loaded."""
    if isinstance(source, PathLike):
        return read_file(Path(cast("PathLike[str]", source)))
    if isinstance(source, bytes):
        return _from_bytes(source)
    if not isinstance(source, str):
        return Problem(f"found {type(source).__name__}, neither text nor bytes nor a path")
    text = _unescaped(source)
    if not text:
        return Problem("found nothing: it is empty")
    blocks = _from_text(text)
    if blocks is not None:
        return blocks
    return read_file(Path(source.strip()))


def read_file(path: Path) -> list[Block] | Problem:
    named = str(path) if _PATH_LIKE.fullmatch(str(path)) else "of that name"
    try:
        if not path.is_file():
            return Problem(f"found no PEM and no file {named}")
        if path.stat().st_size > _MAX_FILE_BYTES:
            return Problem(f"the file {named} is far too large for a key")
        content = path.read_bytes()
    except (OSError, ValueError):
        return Problem(f"the file {named} cannot be read")
    blocks = _from_bytes(content)
    if isinstance(blocks, Problem):
        return Problem(f"{blocks.text} in the file {named}")
    return blocks


def _from_bytes(content: bytes) -> list[Block] | Problem:
    if content.startswith(b"\x30"):
        # ASN.1 SEQUENCE, and also the digit 0, with which no PEM begins and base64 of DER never.
        return _from_der(content)
    try:
        text = _unescaped(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Problem("found bytes that are neither PEM nor DER")
    if not text:
        return Problem("found nothing: it is empty")
    blocks = _from_text(text)
    return blocks if blocks is not None else Problem("found text that is not PEM")


def _unescaped(text: str) -> str:
    # Environment files and JSON often hold the line ends as the two characters \ and n.
    for escaped in ("\\r", "\\n"):
        text = text.replace(escaped, "\n")
    return text.strip("\ufeff \t\r\n\"'")


def _from_text(text: str) -> list[Block] | Problem | None:
    """The blocks of a PEM text, or None for text that is not PEM and not base64 of a DER."""
    if "-----BEGIN" in text:
        blocks: list[Block] = []
        for label, body in _BLOCK.findall(text):
            if "Proc-Type:" in body:
                return Problem(
                    "found a key encrypted in the old form; convert it with `openssl pkcs8 -topk8`"
                )
            der = _decoded(body)
            if der is None:
                return Problem("found PEM whose base64 is damaged")
            blocks.append(Block(_LABELS.get(label, "something else"), der))
        return blocks or Problem("found PEM that is cut off")
    der = _decoded(text) if _BARE_BASE64.fullmatch(text) else None
    return _from_der(der) if der is not None and der.startswith(b"\x30") else None


def _decoded(body: str) -> bytes | None:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _from_der(der: bytes) -> list[Block] | Problem:
    """Find out what a DER value is by trying, since nothing in it says so."""
    trials: list[tuple[str, Callable[[bytes], object]]] = [
        ("a certificate", load_der_x509_certificate),
        ("a public key", load_der_public_key),
        ("a private key", lambda value: load_der_private_key(value, None)),
    ]
    for kind, load in trials:
        try:
            load(der)
        except TypeError:
            return [Block("an encrypted private key", der)]
        except (ValueError, UnsupportedAlgorithm, InvalidVersion):
            continue
        return [Block(kind, der)]
    return Problem("found DER that is neither a key nor a certificate")
