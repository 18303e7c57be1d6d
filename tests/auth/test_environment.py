"""`from_env` reads five variables, and says in one error what is wrong with them."""

import os
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
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
def environment(
    monkeypatch: pytest.MonkeyPatch, private_pem: str, public_pem: str
) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("WECHATPAY_")]:
        monkeypatch.delenv(name)
    values = [MCHID, MERCHANT_SERIAL, private_pem, KEY_ID, public_pem]
    for name, value in zip(NAMES, values, strict=True):
        monkeypatch.setenv(name, value)
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


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("WECHATPAY_MCHID", "19OO", "expected digits, found 4 characters"),
        ("WECHATPAY_SERIAL_NO", KEY_ID, "found the id of WeChat Pay's public key"),
        ("WECHATPAY_PRIVATE_KEY", "missing.pem", "found no PEM and no file missing.pem"),
        ("WECHATPAY_PRIVATE_KEY", "public", "expected an RSA private key, found a public key"),
        ("WECHATPAY_PUBLIC_KEY_ID", "PUB KEY", "expected the id shown beside the public key"),
        ("WECHATPAY_PUBLIC_KEY", "private", "expected an RSA public key, found a private key"),
        ("WECHATPAY_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----", "found PEM that is cut off"),
    ],
)
def test_wrong_value_is_named_by_its_variable(
    environment: pytest.MonkeyPatch,
    private_pem: str,
    public_pem: str,
    name: str,
    value: str,
    found: str,
) -> None:
    environment.setenv(name, {"private": private_pem, "public": public_pem}.get(value, value))
    with pytest.raises(ConfigurationError, match=f"^{name}: .*{found}"):
        WeChatPayAuth.from_env()


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


def test_wrong_api_v3_key_is_named_by_its_variable(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WECHATPAY_API_V3_KEY", "x")
    with pytest.raises(ConfigurationError, match=r"^WECHATPAY_API_V3_KEY: .* found 1$"):
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
