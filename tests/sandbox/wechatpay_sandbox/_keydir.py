"""Keys as files in a folder: given ones are used, missing ones are made and kept."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ._keys import (
    Certificate,
    Keys,
    load_certificate,
    load_private_key,
    make_keys,
    private_pem,
)

# The root comes first: it issues the others if they are missing.
_PAIRS = {
    "root": ("root_cert.pem", "root_key.pem"),
    "merchant": ("apiclient_cert.pem", "apiclient_key.pem"),
    "certificate": ("platform_cert.pem", "platform_key.pem"),
}
_TEXTS = {"public_key_id": "public_key_id.txt", "api_v3_key": "api_v3_key.txt"}
_PUBLIC_KEY_PAIR = "wechatpay_key.pem"
_PUBLIC_KEY = "pub_key.pem"
_API_V3_KEY_BYTES = 32


def load_or_make_keys(directory: Path) -> Keys:
    """Read the keys in a folder, after making those that are missing.

    `apiclient_cert.pem` and `apiclient_key.pem` are the merchant's, under the names the merchant
    console gives them; the certificate says the merchant number.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: Keys | None = None

    def new() -> Keys:
        nonlocal made
        made = made or make_keys(root=pairs.get("root"))
        return made

    pairs: dict[str, Certificate] = {}
    for name, files in _PAIRS.items():
        certificate_file, key_file = (directory / file for file in files)
        if certificate_file.exists() != key_file.exists():
            raise ValueError(f"{directory}: {' and '.join(files)} belong together, one is missing")
        if not certificate_file.exists():
            certificate: Certificate = getattr(new(), name)
            write_secret(certificate_file, certificate.pem)
            write_secret(key_file, certificate.private_key_pem)
        pairs[name] = _read_pair(certificate_file, key_file)
    texts: dict[str, str] = {}
    for name, file in _TEXTS.items():
        path = directory / file
        if not path.exists():
            write_secret(path, getattr(new(), name))
        texts[name] = path.read_text(encoding="utf-8").strip()
    if len(texts["api_v3_key"].encode()) != _API_V3_KEY_BYTES:
        raise ValueError(f"{directory / _TEXTS['api_v3_key']}: an APIv3 key has 32 bytes")
    path = directory / _PUBLIC_KEY_PAIR
    if not path.exists():
        write_secret(path, private_pem(new().public_key_pair))
    keys = Keys(
        mchid=_common_name(pairs["merchant"]),
        api_v3_key=texts["api_v3_key"],
        merchant=pairs["merchant"],
        public_key_id=texts["public_key_id"],
        public_key_pair=_read_key(path),
        certificate=pairs["certificate"],
        root=pairs["root"],
    )
    write_secret(directory / _PUBLIC_KEY, keys.public_key_pem)
    return keys


def write_secret(path: Path, text: str) -> Path:
    """Write a file that only its owner may read; one with the same text is left alone."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return path
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    return path


def _read_pair(certificate: Path, key: Path) -> Certificate:
    try:
        return load_certificate(
            certificate.read_text(encoding="ascii"), key.read_text(encoding="ascii")
        )
    except (ValueError, TypeError) as error:
        raise ValueError(f"{certificate}, {key}: {error}") from error


def _read_key(path: Path) -> rsa.RSAPrivateKey:
    try:
        return load_private_key(path.read_text(encoding="ascii"))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error


def _common_name(certificate: Certificate) -> str:
    names = certificate.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
