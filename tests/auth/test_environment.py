"""`from_env` reads values as people have them, and names the variable that it cannot read."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from wechatpay_auth import ConfigurationError, WeChatPayAuth

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    CertificatePlatform,
    Library,
    Server,
    check_request,
    make_certificate,
    serving,
)

NAMES = [
    "WECHATPAY_MCHID",
    "WECHATPAY_SERIAL_NO",
    "WECHATPAY_PRIVATE_KEY",
    "WECHATPAY_PUBLIC_KEY_ID",
    "WECHATPAY_PUBLIC_KEY",
]


@pytest.fixture
def private_pem(merchant_key: rsa.RSAPrivateKey) -> str:
    encoded = merchant_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encoded.decode()


@pytest.fixture
def public_pem(platform_key: rsa.RSAPrivateKey) -> str:
    encoded = platform_key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return encoded.decode()


@pytest.fixture
def good(private_pem: str, public_pem: str) -> dict[str, object]:
    values = [MCHID, MERCHANT_SERIAL, private_pem, KEY_ID, public_pem]
    return dict(zip(NAMES, values, strict=True))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, good: dict[str, object]) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("WECHATPAY_")]:
        monkeypatch.delenv(name)
    for name, value in good.items():
        monkeypatch.setenv(name, str(value))
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_environment_makes_an_auth_that_signs(
    library: Library, server: Server, merchant_key: rsa.RSAPrivateKey
) -> None:
    auth = library.auth.from_env()
    with pytest.raises(Exception, match="behind the local clock"):  # the response is of 2025
        library.call(auth, "GET", f"{server.url}/v3/x")
    fields = check_request(server.received[0], merchant_key.public_key())
    assert (fields["mchid"], fields["serial"]) == (MCHID, MERCHANT_SERIAL)
    assert server.received[0].headers["wechatpay-serial"] == KEY_ID


def test_keys_can_be_paths_and_values_can_have_spaces_around(
    environment: pytest.MonkeyPatch, tmp_path: Path, private_pem: str, public_pem: str
) -> None:
    for name, content in ((NAMES[2], private_pem), (NAMES[4], public_pem)):
        path = tmp_path / f"{name}.pem"
        path.write_text(content)
        environment.setenv(name, str(path))
    environment.setenv(NAMES[0], f" {MCHID}\n")
    environment.setenv(NAMES[3], f" {KEY_ID}\n")
    assert WeChatPayAuth.from_env().mchid == MCHID


def test_every_missing_variable_is_named_in_one_error(environment: pytest.MonkeyPatch) -> None:
    for name in (NAMES[0], NAMES[2], NAMES[3]):
        environment.delenv(name)
    environment.setenv(NAMES[4], " ")
    with pytest.raises(ConfigurationError) as caught:
        WeChatPayAuth.from_env()
    assert str(caught.value) == (
        "not set in the environment: WECHATPAY_MCHID, WECHATPAY_PRIVATE_KEY, "
        "WECHATPAY_PUBLIC_KEY_ID, WECHATPAY_PUBLIC_KEY"
    )


@pytest.mark.parametrize("name", NAMES)
def test_empty_variable_is_a_missing_one(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "")
    with pytest.raises(ConfigurationError, match=f"^not set in the environment: {name}$"):
        WeChatPayAuth.from_env()


WRONG: list[tuple[str, object, str]] = [
    ("WECHATPAY_MCHID", "19OO", "expected digits alone, found 4 characters"),
    ("WECHATPAY_MCHID", "/run/secrets/mchid", "found a path, /run/secrets/mchid; give the number"),
    ("WECHATPAY_MCHID", 1.9e9, "expected text, found float; put quotes around it"),
    ("WECHATPAY_MCHID", True, "expected text, found bool"),
    ("WECHATPAY_SERIAL_NO", KEY_ID, "found the id of WeChat Pay's public key"),
    ("WECHATPAY_SERIAL_NO", MCHID, "is the mchid"),
    ("WECHATPAY_SERIAL_NO", "apiclient_cert.pem", "found a path, apiclient_cert.pem"),
    ("WECHATPAY_SERIAL_NO", ["5A"], "expected text, found list"),
    ("WECHATPAY_PRIVATE_KEY", "missing.pem", "found no PEM and no file missing.pem"),
    ("WECHATPAY_PRIVATE_KEY", "public", "expected an RSA private key, found a public key"),
    ("WECHATPAY_PRIVATE_KEY", "encrypted", "is encrypted; give its password in WECHATPAY_PRIVATE"),
    ("WECHATPAY_PRIVATE_KEY", "/", "found a folder, /; give the path of the file itself"),
    ("WECHATPAY_PRIVATE_KEY_PASSWORD", "x", "the private key is not encrypted"),
    ("WECHATPAY_PUBLIC_KEY_ID", "PUB KEY", "expected the id shown beside the public key"),
    ("WECHATPAY_PUBLIC_KEY_ID", KEY_ID[11:], "found the digits alone"),
    ("WECHATPAY_PUBLIC_KEY", "private", "expected an RSA public key, found a private key"),
    ("WECHATPAY_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----", "cut off after its first line"),
    ("WECHATPAY_API_V3_KEY", "x", "expected exactly 32 bytes, found 1;"),
    ("WECHATPAY_API_V3_KEY", "/run/secrets/wechatpay_apiv3_key", "file /run/secrets/wechatpay"),
    ("WECHATPAY_API_V3_KEY", "file:///run/secrets/v3", "no file /run/secrets/v3; mount the folder"),
    ("WECHATPAY_API_V3_KEY", "C:/secrets/apiv3/wechatpay_key12", "no file C:/secrets/apiv3/"),
    ("WECHATPAY_API_V3_KEY", "~nobody-of-that-name/key", "cannot be read; write its path in full"),
    ("WECHATPAY_API_V3_KEY", "secrets/wechatpay_apiv3_key_1234", "name; give the 32 letters and"),
    (
        "WECHATPAY_API_V3_KEY",
        "${APIV3_KEY_THAT_NOBODY_FILLED_I}",
        "no key and no file of that name",
    ),
    ("WECHATPAY_API_V3_KEY", "/", "found a folder, /; give the path of the file itself"),
    ("WECHATPAY_PUBLIC_KEY_ID", MERCHANT_SERIAL, "is the merchant's own serial number"),
    ("WECHATPAY_PUBLIC_KEY", "own", "is the merchant's own public key; needed is WeChat Pay's"),
    (
        "WECHATPAY_PRIVATE_KEY",
        "QUJD" * 2000,
        "found no PEM and no file of that name; give the text",
    ),
]


@pytest.mark.parametrize(("name", "value", "found"), WRONG)
def test_wrong_value_is_named_by_its_variable(
    good: dict[str, object], merchant_key: rsa.RSAPrivateKey, name: str, value: object, found: str
) -> None:
    encrypted = merchant_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame")
    )
    own = merchant_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    known = {"private": good[NAMES[2]], "public": good[NAMES[4]], "encrypted": encrypted.decode()}
    known["own"] = own.decode()
    environ = good | {name: known.get(value, value) if isinstance(value, str) else value}
    named = "WECHATPAY_PRIVATE_KEY" if "PASSWORD" in name else name
    with pytest.raises(ConfigurationError) as caught:
        WeChatPayAuth.from_env(environ)
    assert str(caught.value).startswith(f"{named}: ")
    assert found in str(caught.value)


@pytest.mark.parametrize("environ", [".env", Path(".env"), 5, ["WECHATPAY_MCHID=1"]])
def test_what_is_no_mapping_is_refused(environ: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigurationError, match=f"mapping .* found {type(environ).__name__}"):
        WeChatPayAuth.from_env(environ)


def test_misspelt_variable_is_pointed_out(good: dict[str, object]) -> None:
    environ = good | {"WECHATPAY_MCHID": None, "WECHATPAY_MCH_ID": MCHID}
    with pytest.raises(ConfigurationError) as caught:
        WeChatPayAuth.from_env(environ)
    assert str(caught.value) == (
        "not set in the environment: WECHATPAY_MCHID; WECHATPAY_MCH_ID is set, which nothing "
        "reads: rename it to WECHATPAY_MCHID"
    )


AS_PEOPLE_HAVE_THEM: list[Callable[[str], str]] = [
    lambda text: f'"{text}"',
    lambda text: f"'{text}'",
    lambda text: f" {text}\r\n",
    lambda text: f"\ufeff{text}",
    lambda text: f"“{text}”",
]


@pytest.mark.parametrize("form", AS_PEOPLE_HAVE_THEM)
def test_every_variable_is_read_without_quotes_and_spaces(
    good: dict[str, object], form: Callable[[str], str]
) -> None:
    environ = {name: form(str(value)) for name, value in good.items()}
    environ["WECHATPAY_API_V3_KEY"] = form(API_V3_KEY)
    auth = WeChatPayAuth.from_env(environ)
    assert (auth.mchid, MERCHANT_SERIAL in repr(auth)) == (MCHID, True)


def test_values_of_a_mapping_may_be_numbers_and_paths(
    good: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "apiclient_key.pem"
    path.write_text(str(good["WECHATPAY_PRIVATE_KEY"]))
    environ = good | {"WECHATPAY_MCHID": int(MCHID), "WECHATPAY_PRIVATE_KEY": path}
    assert WeChatPayAuth.from_env(environ).mchid == MCHID


def test_encrypted_key_is_opened_with_its_variable(
    good: dict[str, object], merchant_key: rsa.RSAPrivateKey
) -> None:
    encrypted = merchant_key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"open sesame")
    )
    environ = good | {
        "WECHATPAY_PRIVATE_KEY": encrypted.decode(),
        "WECHATPAY_PRIVATE_KEY_PASSWORD": '"open sesame"',
    }
    assert WeChatPayAuth.from_env(environ).mchid == MCHID


def test_api_v3_key_is_read_from_the_file_of_a_secret(
    good: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "wechatpay_apiv3_key"
    path.write_text(f"{API_V3_KEY}\n")
    assert WeChatPayAuth.from_env(good | {"WECHATPAY_API_V3_KEY": str(path)}).mchid == MCHID
    path.write_text("short")
    with pytest.raises(ConfigurationError, match=r"^WECHATPAY_API_V3_KEY: .* found 5"):
        WeChatPayAuth.from_env(good | {"WECHATPAY_API_V3_KEY": str(path)})


# Platform certificates, and the merchant's certificate.


def test_api_v3_key_makes_the_public_key_unnecessary(
    environment: pytest.MonkeyPatch,
    library: Library,
    platform_key: rsa.RSAPrivateKey,
    tmp_path: Path,
) -> None:
    environment.delenv("WECHATPAY_PUBLIC_KEY")
    environment.delenv("WECHATPAY_PUBLIC_KEY_ID")
    environment.setenv("WECHATPAY_API_V3_KEY", f"{API_V3_KEY}\n")
    environment.setenv("WECHATPAY_CERTIFICATE_CACHE", str(tmp_path))
    platform = CertificatePlatform(platform_key)
    platform.clock = time.time
    with serving(platform) as server:
        response = library.call(library.auth.from_env(), "GET", f"{server.url}/v3/x")
    assert response.content == b'{"ok":true}'
    assert platform.downloads == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_api_v3_key_beside_the_public_key_adds_certificates(
    environment: pytest.MonkeyPatch, library: Library, platform_key: rsa.RSAPrivateKey
) -> None:
    environment.setenv("WECHATPAY_API_V3_KEY", API_V3_KEY)
    platform = CertificatePlatform(platform_key)
    platform.clock = time.time
    with serving(platform) as server:
        response = library.call(library.auth.from_env(), "GET", f"{server.url}/v3/x")
    assert response.content == b'{"ok":true}'
    assert server.received[0].headers["wechatpay-serial"] == KEY_ID


@pytest.mark.parametrize("name", ["WECHATPAY_PUBLIC_KEY", "WECHATPAY_PUBLIC_KEY_ID"])
def test_half_of_a_public_key_is_not_left_out_in_silence(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    environment.setenv("WECHATPAY_API_V3_KEY", API_V3_KEY)
    environment.delenv(name)
    with pytest.raises(ConfigurationError, match=f"^not set in the environment: {name}$"):
        WeChatPayAuth.from_env()


def test_certificate_stands_in_for_the_serial_number(
    environment: pytest.MonkeyPatch, merchant_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    environment.delenv("WECHATPAY_SERIAL_NO")
    for key, words in ((merchant_key, None), (other_key, "^WECHATPAY_PRIVATE_KEY: does not bel")):
        pem = make_certificate(key).public_bytes(Encoding.PEM).decode()
        environment.setenv("WECHATPAY_CERTIFICATE", pem)
        if words is None:
            assert f"{42:040X}" in repr(WeChatPayAuth.from_env())
        else:
            with pytest.raises(ConfigurationError, match=words):
                WeChatPayAuth.from_env()
