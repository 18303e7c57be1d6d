r"""Keys and certificates, in every form they are handed around in.

Understood: PEM and DER; PKCS#8 and PKCS#1; text, bytes, or the path of a file; the base64 alone
without its BEGIN and END lines; a PEM that was encoded in base64 once more; and what copying does
to them: CRLF, a byte order mark, UTF-16, quotes, lost spaces, spaces for line ends, a typed ``\n``.

Nothing here raises over a bad key: the loaders return a `Problem`. An exception would carry the
frames of this module, and the local variables of those frames are the private key; error
reporters send them on. `need` raises, in a frame that has seen no key.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TypeVar, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
)

from ._errors import ConfigurationError

KeySource = str | bytes | PathLike[str]
"""PEM or DER, or the path of a file that holds it."""

MIN_RSA_BITS = 2048

_T = TypeVar("_T")

# A PEM that lost its spaces is still one, so they are left out of the label.
_BLOCK = re.compile(r"-----BEGIN ?([A-Z0-9 ]+)-----(.*?)-----END ?\1-----", re.DOTALL)
_OLD_ENCRYPTION = re.compile(
    r"\s*Proc-Type:\s*4,ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]+,[0-9A-Fa-f]+)\s+([A-Za-z0-9+/=\s]+)"
)
_BARE_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+[=\s]*")
# Of what was given, only something that looks like a file's name is ever shown in an error;
# it might be a key pasted into the wrong place. Base64 has no full stop.
_PATH_LIKE = re.compile(r"(?=.*\.|[/~]|[A-Za-z]:\\)[^\s]{1,255}")
_UNNAMED = "of that name"
_MAX_FILE_BYTES = 1_000_000
_AROUND = "\ufeff\u200b \t\r\n\"'“”‘’"

_PRIVATE = "a private key"
_ENCRYPTED = "an encrypted private key"
_PUBLIC = "a public key"
_LABELS = {
    "PRIVATEKEY": _PRIVATE,
    "RSAPRIVATEKEY": _PRIVATE,
    "ENCRYPTEDPRIVATEKEY": _ENCRYPTED,
    "PUBLICKEY": _PUBLIC,
    "RSAPUBLICKEY": _PUBLIC,
    "CERTIFICATE": "a certificate",
    "CERTIFICATEREQUEST": "a certificate request",
    "NEWCERTIFICATEREQUEST": "a certificate request",
    "ECPRIVATEKEY": "a private key of another kind (EC)",
    "OPENSSHPRIVATEKEY": "a private key in OpenSSH's own format",
    "PKCS7": "a PKCS#7 bundle",
    "X509CRL": "a list of revoked certificates",
}
_BEGINNINGS = {
    "ssh-": "an SSH key",
    "PuTTY-User-Key-File": "a PuTTY key",
    "{": "JSON",
    "<": "XML or HTML",
}
_PRIVATE_KEY = "an RSA private key"
_PUBLIC_KEY = "an RSA public key"
_WHERE = {
    _PRIVATE_KEY: "the merchant's private key is in apiclient_key.pem",
    _PUBLIC_KEY: "WeChat Pay's public key is pub_key.pem, from the merchant console",
    "a certificate": "its PEM begins with -----BEGIN CERTIFICATE-----",
}
_COPY = "copy the whole file, or give its path"
_UNPACK = "unpack it, and give the path of the .pem in it"
QUOTES = "put quotes around it: YAML and JSON read a number otherwise"
DECRYPT = "`openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out NEW.pem`"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a setting cannot be used, never the setting itself."""

    text: str
    """What was expected and what was found."""

    way_on: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.text}; {self.way_on}" if self.way_on else self.text


_MAGIC = {
    b"\xfe\xed\xfe\xed": Problem("found a Java key store"),
    b"\xce\xce\xce\xce": Problem("found a Java key store"),
    b"PK\x03\x04": Problem("found a ZIP archive", _UNPACK),
    b"\x1f\x8b": Problem("found a gzip archive", _UNPACK),
    b"%PDF": Problem("found a PDF"),
}
_EMPTY = Problem("found nothing")
_LOST_HYPHENS = re.compile(r"BEGIN [A-Z ]*(KEY|CERTIFICATE)")


@dataclass(frozen=True, slots=True)
class Block:
    """One DER value, and what it is said to be or was found to be."""

    kind: str
    der: bytes = field(repr=False)
    old_pem: bytes | None = field(default=None, repr=False)
    """The PEM of a key encrypted in the old form, which has no DER of its own."""


def need(loaded: _T | Problem, setting: str) -> _T:
    """The loaded value.

    Raises:
        ConfigurationError: It is a problem; the text names the setting.
    """
    if isinstance(loaded, Problem):
        raise ConfigurationError(f"{setting}: {loaded}")
    return loaded


def load_private_key(
    source: KeySource | rsa.RSAPrivateKey, password: object = None
) -> rsa.RSAPrivateKey | Problem:
    """An RSA private key of at least 2048 bits."""
    if isinstance(source, rsa.RSAPrivateKey):
        return strong_enough(source)
    secret = password.encode() if isinstance(password, str) else password
    if not isinstance(secret, bytes | None):
        return Problem(f"its password has to be text or bytes, found {type(secret).__name__}")
    block = _pick(source, _PRIVATE_KEY, {_PRIVATE, _ENCRYPTED})
    if isinstance(block, Problem):
        return block
    encrypted = block.kind == _ENCRYPTED
    if encrypted and secret is None:
        return Problem(
            "the private key is encrypted",
            "give its password in WECHATPAY_PRIVATE_KEY_PASSWORD (in code: password=…), or take it "
            f"off with {DECRYPT}",
        )
    if secret is not None and not encrypted:
        return Problem("the private key is not encrypted: leave the password out")
    try:
        if block.old_pem is not None:
            key = load_pem_private_key(block.old_pem, secret)
        else:
            key = load_der_private_key(block.der, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if encrypted:
            return Problem(
                "the private key's password is wrong, or the key is damaged",
                "give the password itself, not the path of a file; `openssl pkey -noout -in FILE` "
                "asks for it, and says nothing if it is the right one",
            )
        return Problem(
            "the private key is damaged or of an unknown kind",
            f"copy it again; {_WHERE[_PRIVATE_KEY]}",
        )
    if not isinstance(key, rsa.RSAPrivateKey):
        return _mistaken("a private key of another kind", _PRIVATE_KEY)
    return strong_enough(key)


def load_public_key(source: KeySource | rsa.RSAPublicKey) -> rsa.RSAPublicKey | Problem:
    """An RSA public key of at least 2048 bits."""
    if isinstance(source, rsa.RSAPublicKey):
        return strong_enough(source)
    block = _pick(source, _PUBLIC_KEY, {_PUBLIC})
    if isinstance(block, Problem):
        return block
    try:
        key = load_der_public_key(block.der)
    except (ValueError, UnsupportedAlgorithm):
        return Problem(
            "the public key is damaged or of an unknown kind",
            f"copy it again; {_WHERE[_PUBLIC_KEY]}",
        )
    if not isinstance(key, rsa.RSAPublicKey):
        return _mistaken("a public key of another kind", _PUBLIC_KEY)
    return strong_enough(key)


_Key = TypeVar("_Key", rsa.RSAPrivateKey, rsa.RSAPublicKey)


def strong_enough(key: _Key) -> _Key | Problem:
    """The key, if it has 2048 bits or more."""
    if key.key_size < MIN_RSA_BITS:
        return Problem(f"the RSA key has {key.key_size} bits, at least {MIN_RSA_BITS} are needed")
    return key


def _pick(source: object, wanted: str, kinds: set[str]) -> Block | Problem:
    blocks = blocks_of(source, wanted, kinds)
    return blocks if isinstance(blocks, Problem) else blocks[0]


def blocks_of(source: object, wanted: str, kinds: set[str]) -> list[Block] | Problem:
    """The source's blocks of these kinds, at least one."""
    blocks = read_blocks(source)
    if isinstance(blocks, Problem):
        way_on = blocks.way_on or _WHERE[wanted]
        return replace(blocks, text=f"expected {wanted}, {blocks.text}", way_on=way_on)
    chosen = [block for block in blocks if block.kind in kinds]
    return chosen or _mistaken(" and ".join(block.kind for block in blocks), wanted)


def _mistaken(found: str, wanted: str) -> Problem:
    way_on = _WHERE[wanted]
    if wanted == _PUBLIC_KEY and found == "a certificate":
        way_on += "; a platform certificate needs WECHATPAY_API_V3_KEY instead of a public key"
    return Problem(f"expected {wanted}, found {found}", way_on)


def unquoted(text: str) -> str:
    """The text without what env files, YAML and copying leave around it: quotes and spaces."""
    return text.strip(_AROUND)


def is_path_like(text: str) -> bool:
    """Whether the text looks like the name of a file and, so, may be shown."""
    return _PATH_LIKE.fullmatch(text) is not None


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
        return _EMPTY
    blocks = _from_text(text)
    if blocks is not None:
        return blocks
    # A path may hold a typed \n: C:\new.
    return read_file(Path(unquoted(source).removeprefix("file://")))


def read_file(path: Path) -> list[Block] | Problem:
    """What a file holds, not yet loaded."""
    named = str(path) if is_path_like(str(path)) else _UNNAMED
    content = content_of(path, "PEM", named)
    if isinstance(content, Problem):
        return content
    blocks = _from_bytes(content)
    if isinstance(blocks, Problem):
        return replace(blocks, text=f"{blocks.text} in the file {named}")
    return blocks


def content_of(path: Path, wanted: str, named: str) -> bytes | Problem:
    """The bytes of a file, which errors call by this name."""
    try:
        path = path.expanduser()
        if path.is_dir():
            return Problem(
                f"found a folder, {named}",
                "give the path of the file itself; if Docker made this folder, the file to mount "
                "is missing on the host",
            )
        if not path.is_file():
            return _missing(path, wanted, named)
        if path.stat().st_size > _MAX_FILE_BYTES:
            return Problem(f"the file {named} is far too large for a key")
        return path.read_bytes()
    except PermissionError:
        return Problem(
            f"the file {named} cannot be read: permission denied",
            "let the user that runs this program read it",
        )
    except (OSError, ValueError, RuntimeError):  # RuntimeError: ~ of a user without a home
        if named == _UNNAMED:  # it is too long for a name, for one
            return _missing(path, wanted, named)
        return Problem(f"the file {named} cannot be read", "write its path in full, from / on")


def _missing(path: Path, wanted: str, named: str) -> Problem:
    text = f"found no {wanted} and no file {named}"
    if named == _UNNAMED:
        return Problem(text, f"give the text of a {wanted}, or the path of its file")
    if not path.is_absolute():
        return Problem(text, f"give an absolute path; it was looked for in {Path.cwd()}")
    if not path.parent.is_dir():
        return Problem(
            text, f"mount the folder {path.parent}, which is missing too, or correct the path"
        )
    return Problem(text, f"correct the name; the folder {path.parent} is there, without this file")


def _from_bytes(content: bytes) -> list[Block] | Problem:
    if content.startswith(b"\x30"):
        # ASN.1 SEQUENCE, and also the digit 0, with which no PEM begins and base64 of DER never.
        return _from_der(content)
    for magic, problem in _MAGIC.items():
        if content.startswith(magic):
            return problem
    try:
        # PowerShell writes UTF-16.
        is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = _unescaped(content.decode("utf-16" if is_wide else "utf-8-sig"))
    except UnicodeDecodeError:
        return Problem("found bytes that are neither PEM nor DER")
    if not text:
        return _EMPTY
    blocks = _from_text(text)
    return blocks if blocks is not None else Problem("found text that is not PEM")


def _unescaped(text: str) -> str:
    # Environment files and JSON often hold the line ends as the two characters \ and n.
    return unquoted(re.sub(r"\\+[rn]", "\n", text))


def _from_text(text: str) -> list[Block] | Problem | None:
    """The blocks of a PEM text, or None for text that is not PEM and not base64 of a key."""
    if "-----BEGIN" in text:
        return _from_pem(text)
    if "-----END" in text:
        return Problem("found PEM that is cut off, its BEGIN line is missing", _COPY)
    for beginning, name in _BEGINNINGS.items():
        if text.startswith(beginning):
            return Problem(f"found {name}")
    if _LOST_HYPHENS.search(text):
        return Problem(
            "found PEM without the five hyphens before and after BEGIN and END",
            f"{_COPY}: an editor has changed them",
        )
    decoded = _decoded(text) if _BARE_BASE64.fullmatch(text) else None
    if decoded is not None and decoded.startswith(b"\x30"):
        return _from_der(decoded)
    if decoded is not None and decoded.startswith(b"-----BEGIN"):
        return _from_pem(decoded.decode("ascii", "replace"))
    return None


def _from_pem(text: str) -> list[Block] | Problem:
    blocks: list[Block] = []
    for label, body in _BLOCK.findall(text):
        kind = _LABELS.get(label.replace(" ", ""), "something else")
        block = _old_encryption(body) if "Proc-Type:" in body else _block(kind, body)
        if isinstance(block, Problem):
            return block
        blocks.append(block)
    if blocks:
        return blocks
    if len(text.splitlines()) == 1 and text.endswith("-----"):
        return Problem(
            "found PEM that is cut off after its first line",
            r"give the path of the file, or write \n for each line end: an env file ends a value "
            "where its line ends",
        )
    return Problem("found PEM that is cut off, its END line is missing", _COPY)


def _block(kind: str, body: str) -> Block | Problem:
    der = _decoded(body)
    return (
        Block(kind, der) if der is not None else Problem("found PEM whose base64 is damaged", _COPY)
    )


def _old_encryption(body: str) -> Block | Problem:
    match = _OLD_ENCRYPTION.fullmatch(body)
    if match is None:
        return Problem("found a key encrypted in the old form", f"convert it with {DECRYPT}")
    info, encoded = match.groups()
    head = f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: {info}\n\n"
    lines = re.findall(".{1,64}", "".join(encoded.split()))
    pem = head + "\n".join(lines) + "\n-----END RSA PRIVATE KEY-----\n"
    return Block(_ENCRYPTED, b"", pem.encode())


def _decoded(body: str) -> bytes | None:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _from_der(der: bytes) -> list[Block] | Problem:
    """Find out what a DER value is by trying, since nothing in it says so."""
    from cryptography import x509  # see `_certificate_forms`

    if _is_pkcs12(der):
        return Problem(
            "found a PKCS#12 file (.p12)",
            "give the .pem that came beside it, or use RSASigner.from_pkcs12(path, password)",
        )
    if _PKCS7 in der[:32]:
        return Problem(
            "found a PKCS#7 bundle (.p7b)",
            "`openssl pkcs7 -inform DER -print_certs -in FILE` prints what is in it",
        )
    trials: list[tuple[str, Callable[[bytes], object]]] = [
        ("a certificate", x509.load_der_x509_certificate),
        (_PUBLIC, load_der_public_key),
        (_PRIVATE, lambda value: load_der_private_key(value, None)),
        ("a certificate request", x509.load_der_x509_csr),
    ]
    for kind, load in trials:
        try:
            load(der)
        except TypeError:
            return [Block(_ENCRYPTED, der)]
        except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
            continue
        return [Block(kind, der)]
    return Problem("found DER that is neither a key nor a certificate")


_PKCS7 = bytes.fromhex("06092a864886f70d010702")
"""The object identifier of signedData, with which a bundle of certificates begins."""


def _is_pkcs12(der: bytes) -> bool:
    """Whether the SEQUENCE begins with version 3, which only PKCS#12 does."""
    length = der[1:2]
    skipped = length[0] & 0x7F if length and length[0] & 0x80 else 0
    return der[2 + skipped :].startswith(b"\x02\x01\x03")
