"""Sign, verify and encrypt by running the openssl command."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

KEYS = Path(__file__).parent.parent / "keys"


class ToolError(RuntimeError):
    """A needed program is missing or failed."""


def run(*arguments: str, data: bytes = b"") -> bytes:
    """Run openssl with `data` on standard input and return its standard output."""
    program = shutil.which("openssl")
    if program is None:
        message = "openssl is not installed; the vectors cannot be made or checked without it"
        raise ToolError(message)
    done = subprocess.run(  # noqa: S603 - no shell, arguments are ours
        [program, *arguments], input=data, capture_output=True, check=False
    )
    if done.returncode != 0:
        message = f"openssl {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}"
        raise ToolError(message)
    return done.stdout


def sign(message: bytes, key: str, *options: str, digest: str = "sha256") -> bytes:
    """Sign with RSA PKCS#1 v1.5, unless `options` ask for something else."""
    key_file = str(KEYS / f"{key}.key.pem")
    return run("dgst", f"-{digest}", "-sign", key_file, *options, data=message)


def sha256(data: bytes) -> bytes:
    """Hash with SHA-256."""
    return run("dgst", "-sha256", "-binary", data=data)


def sign_bare_hash(message: bytes, key: str) -> bytes:
    """Sign the SHA-256 value without naming the hash function (no DigestInfo)."""
    return _private_operation("-sign", sha256(message), key)


def sign_block(block: bytes, key: str) -> bytes:
    """Apply the private key to a block of 256 bytes as it is (RSA without padding)."""
    # Without padding, decrypting is the same operation; -sign takes nothing longer than a hash.
    return _private_operation("-decrypt", block, key, "-pkeyopt", "rsa_padding_mode:none")


def _private_operation(name: str, data: bytes, key: str, *options: str) -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        key_file = str(KEYS / f"{key}.key.pem")
        return run("pkeyutl", name, "-inkey", key_file, "-in", file.name, *options)


def verifies(message: bytes, signature: bytes, key: str) -> bool:
    """Tell whether openssl accepts a PKCS#1 v1.5 SHA-256 signature."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(signature)
        file.flush()
        key_file = str(KEYS / f"{key}.pub.pem")
        arguments = ("dgst", "-sha256", "-verify", key_file, "-signature", file.name)
        try:
            return b"Verified OK" in run(*arguments, data=message)
        except ToolError:
            # A bad signature and a broken run share an exit code; only the first is an answer.
            run("pkey", "-pubin", "-in", key_file, "-noout")
            return False


def aes_256_block(key: bytes, block: bytes) -> bytes:
    """Encrypt one block of 16 bytes with AES-256."""
    return run("enc", "-aes-256-ecb", "-nopad", "-K", key.hex(), data=block)


def aes_256_counter(key: bytes, counter: bytes, data: bytes) -> bytes:
    """Encrypt with AES-256 in counter mode, starting at a 16-byte counter."""
    return run("enc", "-aes-256-ctr", "-K", key.hex(), "-iv", counter.hex(), data=data)


def rsa_bare(block: bytes, key: str) -> bytes:
    """Apply the public RSA operation to one block, without padding."""
    key_file = str(KEYS / f"{key}.pub.pem")
    padding = ("-pkeyopt", "rsa_padding_mode:none")
    return run("pkeyutl", "-encrypt", "-pubin", "-inkey", key_file, *padding, data=block)


def encrypt_pkcs1(plaintext: bytes, key: str) -> bytes:
    """Encrypt with PKCS#1 v1.5 padding, whose filling is made of ones."""
    filling = b"\1" * (256 - 3 - len(plaintext))
    return rsa_bare(b"\0\2" + filling + b"\0" + plaintext, key)


def decrypt_oaep(sealed: bytes, key: str, *, digest: str = "sha1", mask: str = "sha1") -> bytes:
    """Decrypt RSAES-OAEP."""
    options = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{mask}")
    given = [word for option in options for word in ("-pkeyopt", option)]
    key_file = str(KEYS / f"{key}.key.pem")
    return run("pkeyutl", "-decrypt", "-inkey", key_file, *given, data=sealed)
