"""Wrong environments, and what the doctor says of each; the reports stand in golden/doctor.txt.

    python -m tests.auth.doctor_cases

writes that file anew. Read it then as somebody who meets the trouble for the first time.
"""

import json
import os
import re
import ssl
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from wechatpay_auth.__main__ import report, summary
from wechatpay_auth._doctor import BAD
from wechatpay_auth._environment import Settings

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    Answer,
    CertificatePlatform,
    Handler,
    make_certificate,
    serving,
    signature_headers,
)

GOLDEN = Path(__file__).with_name("golden") / "doctor.txt"

Changes = Mapping[str, object]
PEM, PKCS8, SPKI = Encoding.PEM, PrivateFormat.PKCS8, PublicFormat.SubjectPublicKeyInfo
NETWORK = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"),
)


@dataclass
class World:
    """A merchant's keys in a folder, and the keys of others."""

    folder: Path
    merchant: rsa.RSAPrivateKey
    platform: rsa.RSAPrivateKey
    other: rsa.RSAPrivateKey

    def __post_init__(self) -> None:
        self.write("apiclient_key.pem", self.merchant.private_bytes(PEM, PKCS8, NoEncryption()))
        self.write("other_key.pem", self.other.private_bytes(PEM, PKCS8, NoEncryption()))
        self.write("pub_key.pem", self.platform.public_key().public_bytes(PEM, SPKI))
        self.write("own_pub_key.pem", self.merchant.public_key().public_bytes(PEM, SPKI))
        self.certificate("apiclient_cert.pem")

    def write(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
        return str(path)

    def certificate(
        self,
        name: str,
        mchid: str = MCHID,
        start: datetime = datetime(2025, 1, 1, tzinfo=UTC),
        end: datetime = datetime(2030, 1, 1, tzinfo=UTC),
    ) -> str:
        made = make_certificate(
            self.merchant, serial=int(MERCHANT_SERIAL, 16), name=mchid, start=start, end=end
        )
        return self.write(name, made.public_bytes(PEM))

    def good(self) -> dict[str, object]:
        """An environment that nothing is wrong with, in public key mode."""
        return {
            "WECHATPAY_MCHID": MCHID,
            "WECHATPAY_PRIVATE_KEY": str(self.folder / "apiclient_key.pem"),
            "WECHATPAY_CERTIFICATE": str(self.folder / "apiclient_cert.pem"),
            "WECHATPAY_PUBLIC_KEY_ID": KEY_ID,
            "WECHATPAY_PUBLIC_KEY": str(self.folder / "pub_key.pem"),
        }

    def signed(self, body: bytes = b'{"data":[]}', status: int = 200, **changes: object) -> Answer:
        options: dict[str, object] = {"key": self.platform, "body": body} | changes
        return Answer(status, body, signature_headers(**options))  # type: ignore[arg-type]


Change = Callable[[World], Changes]
CERTIFICATE_MODE = {
    "WECHATPAY_PUBLIC_KEY": None,
    "WECHATPAY_PUBLIC_KEY_ID": None,
    "WECHATPAY_API_V3_KEY": API_V3_KEY,
}


def encrypted(world: World) -> str:
    options = BestAvailableEncryption(b"open sesame")
    return world.write("encrypted.pem", world.merchant.private_bytes(PEM, PKCS8, options))


def old_encryption(world: World) -> str:
    form = PrivateFormat.TraditionalOpenSSL
    options = BestAvailableEncryption(b"open sesame")
    return world.write("old.pem", world.merchant.private_bytes(PEM, form, options))


def key_store(world: World) -> str:
    options = BestAvailableEncryption(b"1900000109")
    return world.write(
        "apiclient_cert.p12",
        pkcs12.serialize_key_and_certificates(None, world.merchant, None, None, options),
    )


def key(value: Callable[[World], str] | str) -> Change:
    return changed("WECHATPAY_PRIVATE_KEY", value)


def changed(name: str, value: Callable[[World], str] | str | float | None) -> Change:
    return lambda world: {name: value(world) if callable(value) else value}


def at(name: str) -> Callable[[World], str]:
    return lambda world: str(world.folder / name)


def day(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


OFFLINE: dict[str, Change] = {
    "all is well": lambda _: {},
    "nothing is set": lambda world: dict.fromkeys(world.good()),
    "a variable is misspelt": lambda _: {
        "WECHATPAY_MCHID": None,
        "WECHATPAY_MCH_ID": MCHID,
    },
    "an optional variable is misspelt": changed("WECHATPAY_APIV3_KEY", API_V3_KEY),
    "the mchid is empty, as of a missing secret": changed("WECHATPAY_MCHID", ""),
    "the mchid has the letter O": changed("WECHATPAY_MCHID", "19OO000109"),
    "the mchid is the path of a secret": changed("WECHATPAY_MCHID", "/run/secrets/mchid"),
    "YAML made a number of the serial number": changed("WECHATPAY_SERIAL_NO", 1.5e30),
    "the serial number is the id of the public key": changed("WECHATPAY_SERIAL_NO", KEY_ID),
    "the serial number is the mchid": changed("WECHATPAY_SERIAL_NO", MCHID),
    "the serial number is in decimal": changed(
        "WECHATPAY_SERIAL_NO", str(int(MERCHANT_SERIAL, 16))
    ),
    "the serial number is of another certificate": changed("WECHATPAY_SERIAL_NO", "5A" * 20),
    "the serial number stands alone": lambda _: {
        "WECHATPAY_CERTIFICATE": None,
        "WECHATPAY_SERIAL_NO": MERCHANT_SERIAL,
    },
    "the private key is a folder": key(lambda world: str(world.folder)),
    "the private key's mount is missing": key("/run/keys-of-the-shop/apiclient_key.pem"),
    "the private key's path is relative": key("certs/apiclient_key.pem"),
    "the private key ends after its first line": key("-----BEGIN PRIVATE KEY-----"),
    "the private key is a PKCS#12 file": key(key_store),
    "the private key is the certificate": key(at("apiclient_cert.pem")),
    "the private key is an SSH key": key(
        lambda world: world.write("id_rsa.pub", b"ssh-rsa AAAAB3Nza shop@host")
    ),
    "the private key is encrypted": key(encrypted),
    "the private key is encrypted in the old form": key(old_encryption),
    "the private key's password is wrong": lambda world: {
        "WECHATPAY_PRIVATE_KEY": encrypted(world),
        "WECHATPAY_PRIVATE_KEY_PASSWORD": "sesame",
    },
    "the private key is of another certificate": key(at("other_key.pem")),
    "others may read the private key": key(
        lambda world: readable_by_all(world.folder / "apiclient_key.pem")
    ),
    "the certificate has expired": changed(
        "WECHATPAY_CERTIFICATE", lambda world: world.certificate("old.pem", end=day(2025, 6))
    ),
    "the certificate is not valid yet": changed(
        "WECHATPAY_CERTIFICATE", lambda world: world.certificate("new.pem", start=day(2026))
    ),
    "the certificate is of the sub-merchant": changed(
        "WECHATPAY_CERTIFICATE", lambda world: world.certificate("sub.pem", "1900000999")
    ),
    "the certificate's file is missing": changed("WECHATPAY_CERTIFICATE", "/srv/cert.pem"),
    "the public key is the merchant's own": changed("WECHATPAY_PUBLIC_KEY", at("own_pub_key.pem")),
    "the public key is a platform certificate": changed(
        "WECHATPAY_PUBLIC_KEY", at("apiclient_cert.pem")
    ),
    "the public key's id has digits alone": changed(
        "WECHATPAY_PUBLIC_KEY_ID", KEY_ID.removeprefix("PUB_KEY_ID_")
    ),
    "the public key's id is the merchant's serial number": lambda _: {
        "WECHATPAY_SERIAL_NO": MERCHANT_SERIAL,
        "WECHATPAY_PUBLIC_KEY_ID": MERCHANT_SERIAL,
    },
    "the APIv3 key is the path of a secret that is not mounted": changed(
        "WECHATPAY_API_V3_KEY", "/run/secrets/wechatpay_apiv3_key"
    ),
    "the APIv3 key lacks a character": changed("WECHATPAY_API_V3_KEY", API_V3_KEY[1:]),
    "the cache is a file": changed("WECHATPAY_CERTIFICATE_CACHE", at("apiclient_key.pem")),
    "the base URL is not https": changed("WECHATPAY_BASE_URL", "http://api.mch.weixin.qq.com"),
}


def readable_by_all(path: Path) -> str:
    copy = path.with_name("shared_key.pem")
    copy.write_bytes(path.read_bytes())
    copy.chmod(0o644)
    return str(copy)


@dataclass
class Online:
    """What stands where the platform should, and what is changed in the environment."""

    handler: Callable[[World], Handler]
    changes: Changes | None = None
    tls: bool = False
    base_url: str = "{url}"
    network: Mapping[str, str] | None = None


def sends(answer: Callable[[World], Answer] | Answer) -> Callable[[World], Handler]:
    return lambda world: lambda _: answer(world) if callable(answer) else answer


def error(status: int, code: str, message: str) -> Callable[[World], Handler]:
    body = json.dumps({"code": code, "message": message}, ensure_ascii=False).encode()
    return sends(Answer(status, body, {"Content-Type": "application/json"}))


def html(status: int, text: str, **headers: str) -> Callable[[World], Handler]:
    return sends(Answer(status, text.encode(), {"Content-Type": "text/html"} | headers))


def unchanged(platform: CertificatePlatform, world: World) -> None:
    pass


def certificates(
    change: Callable[[CertificatePlatform, World], None] = unchanged,
) -> Callable[[World], Handler]:
    def handler(world: World) -> Handler:
        platform = CertificatePlatform(world.platform)
        change(platform, world)
        return platform

    return handler


def sign_with_public_key(platform: CertificatePlatform, world: World) -> None:
    platform.keys[KEY_ID], platform.signing = world.platform, KEY_ID


def list_none(platform: CertificatePlatform, world: World) -> None:
    body = '{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}'
    platform.instead_of_download = lambda _: Answer(404, body.encode())


def stripped(world: World) -> Answer:
    answer = world.signed()
    del answer.headers["Wechatpay-Serial"]
    return answer


def late(world: World) -> Answer:
    date = datetime.fromtimestamp(NOW + 600, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    answer = world.signed(timestamp=int(NOW) + 600)
    return Answer(200, answer.body, answer.headers | {"Date": date})


def changed_on_the_way(_: World) -> Answer:
    seen = {"sign_information": {"method": "GET", "url": "/pay/v3/certificates"}}
    body = {"code": "SIGN_ERROR", "message": "错误的签名，验签失败", "detail": seen}
    return Answer(401, json.dumps(body).encode())


ONLINE: dict[str, Online] = {
    "all is well, online": Online(sends(lambda world: world.signed())),
    "all is well in certificate mode, online": Online(certificates(), CERTIFICATE_MODE),
    "the merchant has no platform certificate, and needs none": Online(
        error(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书")
    ),
    "a proxy blocks the call": Online(html(403, "<html>blocked by policy</html>")),
    "the path is wrong": Online(sends(Answer(404)), base_url="{url}/pay"),
    "a login page responds": Online(html(302, "", Location="https://login.corp.example/")),
    "a login page responds with 200": Online(html(200, "<!DOCTYPE html>\n<title>Login</title>")),
    "a gateway is down": Online(html(502, "<h1>502 Bad Gateway</h1>", Server="nginx")),
    "a 401 has no code": Online(sends(Answer(401))),
    "the platform is busy": Online(error(429, "FREQUENCY_LIMITED", "频率超限")),
    "the signature is refused": Online(error(401, "SIGN_ERROR", "商户证书序列号有误。")),
    "the request arrives changed": Online(sends(changed_on_the_way)),
    "the platform does not take the request": Online(
        error(400, "PARAM_ERROR", "Http头Accept不符合要求")
    ),
    "the platform signs with a certificate, in public key mode": Online(
        sends(lambda world: world.signed(serial=f"{42:040X}"))
    ),
    "the platform signs with its public key, in certificate mode": Online(
        certificates(sign_with_public_key), CERTIFICATE_MODE
    ),
    "the platform has another public key": Online(
        sends(lambda world: world.signed(serial=f"{KEY_ID}1"))
    ),
    "pub_key.pem is of another id": Online(sends(lambda world: world.signed(key=world.other))),
    "something strips a header": Online(sends(stripped)),
    "the clock is behind": Online(sends(late)),
    "certificate mode without a certificate": Online(certificates(list_none), CERTIFICATE_MODE),
    "the APIv3 key is another merchant's": Online(
        certificates(), CERTIFICATE_MODE | {"WECHATPAY_API_V3_KEY": "b" * 32}
    ),
    "an authority that nobody knows": Online(sends(Answer()), tls=True),
    "plain HTTP on the TLS port": Online(sends(Answer()), base_url="https{url}"),
    "a host that does not exist": Online(sends(Answer()), base_url="https://pay.invalid"),
    "a port where nothing listens": Online(sends(Answer()), base_url="http://127.0.0.1:9"),
    "a base URL that is none": Online(sends(Answer()), base_url="api.mch.weixin.qq.com"),
    "a proxy of a kind that httpx has not": Online(
        sends(Answer()), network={"HTTP_PROXY": "socks://127.0.0.1:1"}
    ),
    "one of two proxies is of a kind that httpx has not": Online(
        sends(Answer()), network={"HTTP_PROXY": "127.0.0.1:1", "HTTPS_PROXY": "socks://x"}
    ),
    "a proxy that does not listen": Online(
        sends(Answer()),
        base_url="https://api.mch.weixin.qq.com",
        network={"HTTPS_PROXY": "http://127.0.0.1:9"},
    ),
    "a NO_PROXY that cannot be read": Online(
        sends(Answer()),
        network={"NO_PROXY": "shop.example:x", "HTTPS_PROXY": "http://127.0.0.1:9"},
    ),
    "a key log that cannot be written": Online(
        sends(Answer()),
        network={"SSLKEYLOGFILE": "/nowhere/tls.log", "HTTPS_PROXY": "http://127.0.0.1:9"},
    ),
    "an authority file that is missing": Online(
        sends(Answer()), network={"SSL_CERT_FILE": "/etc/corp-ca.pem"}
    ),
}
NAMES = [*OFFLINE, *ONLINE]


def report_on(name: str, world: World) -> str:
    """The doctor's report on a case, without what differs between machines."""
    if name in OFFLINE:
        return _reported(name, world, OFFLINE[name](world), None)
    case = ONLINE[name]
    tls = _unknown_authority(world) if case.tls else None
    with _network(case.network or {}), serving(case.handler(world), tls) as server:
        url = case.base_url.format(url=server.url).replace("httpshttp", "https")
        text = _reported(name, world, case.changes or {}, url)
    return text.replace(server.url.rpartition(":")[2], "PORT")


def _reported(name: str, world: World, changes: Changes, base_url: str | None) -> str:
    environ = world.good() | dict(changes)
    findings = list(report(Settings(environ), lambda: NOW, base_url))
    told = [one for one in findings if one.subject != "versions"]
    if not name.startswith("all is well"):
        told = [one for one in told if one.level != "ok" or not one.subject.startswith("WECHATPAY")]
    lines = [str(one) for one in told if "--online" not in one.text]
    lines.append(summary(sum(one.level in BAD for one in findings)))
    text = "\n".join(lines).replace(str(world.folder), "/srv/shop")
    return text.replace(str(Path.cwd()), "/srv/app")


@contextmanager
def _network(variables: Mapping[str, str]) -> Generator[None]:
    names = [form for name in NETWORK for form in (name, name.lower())]
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
        os.environ.update(before)


def _unknown_authority(world: World) -> ssl.SSLContext:
    made = make_certificate(world.other, name="127.0.0.1", issuer=("Corp Proxy CA", world.merchant))
    chain = world.write("tls.pem", made.public_bytes(PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, world.folder / "other_key.pem")
    return context


def kept() -> dict[str, str]:
    """The reports in the file."""
    parts = re.split(r"^== (.*) ==\n", GOLDEN.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {name: text.strip("\n") for name, text in zip(parts[::2], parts[1::2], strict=True)}


def main() -> None:
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), *keys)
        texts = [f"== {name} ==\n{report_on(name, world)}\n" for name in NAMES]
    GOLDEN.write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
