"""`python -m wechatpay_auth doctor` names what is wrong with an environment."""

import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from wechatpay_auth.__main__ import main
from wechatpay_auth._doctor import Finding, examine
from wechatpay_auth._environment import Settings

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    Answer,
    CertificatePlatform,
    make_certificate,
    serving,
    signature_headers,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)

Examine = Callable[..., list[Finding]]


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    encoded = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


def certificate_pem(
    key: rsa.RSAPrivateKey, name: str = MCHID, end: datetime = datetime(2100, 1, 1, tzinfo=UTC)
) -> str:
    made = make_certificate(key, serial=int(MERCHANT_SERIAL, 16), name=name, end=end)
    return made.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def good(merchant_key: rsa.RSAPrivateKey, platform_key: rsa.RSAPrivateKey) -> dict[str, str]:
    return {
        "WECHATPAY_MCHID": MCHID,
        "WECHATPAY_SERIAL_NO": MERCHANT_SERIAL,
        "WECHATPAY_PRIVATE_KEY": private_pem(merchant_key),
        "WECHATPAY_CERTIFICATE": certificate_pem(merchant_key),
        "WECHATPAY_PUBLIC_KEY_ID": KEY_ID,
        "WECHATPAY_PUBLIC_KEY": public_pem(platform_key),
        "WECHATPAY_API_V3_KEY": API_V3_KEY,
    }


@pytest.fixture
def examined(good: dict[str, str]) -> Examine:
    """The findings on the good environment, changed; None takes a variable out."""

    def run(changes: Mapping[str, str | None] | None = None, now: datetime = NOW) -> list[Finding]:
        environ = {n: v for n, v in {**good, **(changes or {})}.items() if v is not None}
        return list(examine(Settings(environ), now.timestamp()))

    return run


def bad(findings: list[Finding]) -> list[str]:
    return [str(finding) for finding in findings if finding.level != "ok"]


def test_good_environment_has_no_complaint(examined: Examine) -> None:
    findings = examined()
    assert bad(findings) == []
    assert len(findings) == 8


def test_nothing_set_names_everything(examined: Examine, good: dict[str, str]) -> None:
    assert bad(examined(dict.fromkeys(good))) == [
        "fail  WECHATPAY_MCHID: is not set",
        "fail  WECHATPAY_PRIVATE_KEY: is not set",
        "fail  WECHATPAY_SERIAL_NO: is not set",
        "fail  WECHATPAY_PUBLIC_KEY_ID: is not set",
        "fail  WECHATPAY_PUBLIC_KEY: is not set",
    ]


def test_certificate_mode_needs_no_public_key(examined: Examine) -> None:
    without = {"WECHATPAY_PUBLIC_KEY": None, "WECHATPAY_PUBLIC_KEY_ID": None}
    assert bad(examined(without)) == []


def test_certificate_stands_in_for_the_serial_number(examined: Examine) -> None:
    assert bad(examined({"WECHATPAY_SERIAL_NO": None})) == []


def test_without_the_certificate_the_serial_number_is_unchecked(examined: Examine) -> None:
    (line,) = bad(examined({"WECHATPAY_CERTIFICATE": None}))
    assert line.startswith(f"warn  WECHATPAY_SERIAL_NO: {MERCHANT_SERIAL}, not checked")


def test_key_of_another_certificate(examined: Examine, other_key: rsa.RSAPrivateKey) -> None:
    (line,) = bad(examined({"WECHATPAY_PRIVATE_KEY": private_pem(other_key)}))
    assert line.startswith("fail  WECHATPAY_PRIVATE_KEY: does not belong to the certificate")


def test_serial_number_of_another_certificate(examined: Examine) -> None:
    (line,) = bad(examined({"WECHATPAY_SERIAL_NO": "2A"}))
    assert line == (
        f"fail  WECHATPAY_SERIAL_NO: differs from the certificate's, which is {MERCHANT_SERIAL}"
    )


def test_platform_s_key_id_as_the_merchant_s_serial_number(examined: Examine) -> None:
    (line,) = bad(examined({"WECHATPAY_SERIAL_NO": KEY_ID}))
    assert line.startswith("fail  WECHATPAY_SERIAL_NO: ")
    assert "the id of WeChat Pay's public key" in line


@pytest.mark.parametrize("text", [MERCHANT_SERIAL, MERCHANT_SERIAL.lower()])
def test_merchant_s_serial_number_as_the_platform_s_key_id(examined: Examine, text: str) -> None:
    (line,) = bad(examined({"WECHATPAY_PUBLIC_KEY_ID": text}))
    assert line.startswith("fail  WECHATPAY_PUBLIC_KEY_ID: is the merchant's own serial number")


def test_merchant_s_own_public_key(examined: Examine, merchant_key: rsa.RSAPrivateKey) -> None:
    (line,) = bad(examined({"WECHATPAY_PUBLIC_KEY": public_pem(merchant_key)}))
    assert line.startswith("fail  WECHATPAY_PUBLIC_KEY: is the merchant's own public key")


def test_sub_merchant_s_certificate(examined: Examine, merchant_key: rsa.RSAPrivateKey) -> None:
    lines = bad(examined({"WECHATPAY_CERTIFICATE": certificate_pem(merchant_key, "1900000999")}))
    assert lines == [
        "fail  WECHATPAY_CERTIFICATE: is of merchant 1900000999, not of WECHATPAY_MCHID; "
        "a sub-merchant's certificate does not sign"
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, ["fail  WECHATPAY_CERTIFICATE: {} has expired"]),
        (0, ["warn  WECHATPAY_CERTIFICATE: {} expires in 0 days"]),
        (59, ["warn  WECHATPAY_CERTIFICATE: {} expires in 59 days"]),
        (60, []),
    ],
)
def test_certificate_that_ends(
    examined: Examine, merchant_key: rsa.RSAPrivateKey, days: int, expected: list[str]
) -> None:
    pem = certificate_pem(merchant_key, end=NOW + timedelta(days=days, hours=1))
    lines = bad(examined({"WECHATPAY_CERTIFICATE": pem}))
    assert lines == [line.format(MERCHANT_SERIAL) for line in expected]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WECHATPAY_MCHID", "19OO", "expected digits, found 4 characters"),
        ("WECHATPAY_PRIVATE_KEY", "none.pem", "found no PEM and no file none.pem"),
        ("WECHATPAY_CERTIFICATE", "none.pem", "found no PEM and no file none.pem"),
        ("WECHATPAY_PUBLIC_KEY", "none.pem", "found no PEM and no file none.pem"),
        ("WECHATPAY_API_V3_KEY", "short", "expected exactly 32 bytes, found 5"),
        ("WECHATPAY_PUBLIC_KEY_ID", "PUB_KEY_ID", "usually is PUB_KEY_ID_ and digits"),
    ],
)
def test_wrong_value_is_named_once(examined: Examine, name: str, value: str, words: str) -> None:
    lines = [line for line in bad(examined({name: value})) if "is of merchant" not in line]
    (line,) = lines
    assert f"  {name}: " in line
    assert words in line


def test_file_that_others_may_read(
    examined: Examine, merchant_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    path = tmp_path / "apiclient_key.pem"
    path.write_text(private_pem(merchant_key))
    for mode, complaints in ((0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)):
        path.chmod(mode)
        lines = bad(examined({"WECHATPAY_PRIVATE_KEY": str(path)}))
        assert len(lines) == complaints
        assert all(line.startswith("warn  WECHATPAY_PRIVATE_KEY: others") for line in lines)


@pytest.mark.parametrize("year", [1970, 2024, 2100])
def test_clock_that_cannot_be_right(examined: Examine, year: int) -> None:
    lines = bad(examined({"WECHATPAY_CERTIFICATE": None}, now=datetime(year, 6, 1, tzinfo=UTC)))
    assert f"fail  clock: {year}-06-01 00:00:00 UTC cannot be right" in lines


# The command.


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, good: dict[str, str]) -> pytest.MonkeyPatch:
    del good["WECHATPAY_API_V3_KEY"]
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_command_reports_and_succeeds(good: dict[str, str]) -> None:
    command = [sys.executable, "-m", "wechatpay_auth", "doctor"]
    ran = subprocess.run(command, env=good, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"ok    WECHATPAY_MCHID: {MCHID}" in ran.stdout.splitlines()
    secret = good["WECHATPAY_PRIVATE_KEY"].splitlines()[2]
    assert secret not in ran.stdout
    assert API_V3_KEY not in ran.stdout


@pytest.mark.usefixtures("environment")
def test_module_is_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "wechatpay_auth.__main__")
    monkeypatch.setattr(sys, "argv", ["wechatpay_auth", "doctor"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("wechatpay_auth", run_name="__main__")
    assert caught.value.code == 0
    assert "ok    WECHATPAY_MCHID" in capsys.readouterr().out


def test_command_reports_and_fails(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("WECHATPAY_MCHID", "x")
    assert main(["doctor", "--online"]) == 1
    output = capsys.readouterr().out
    assert "fail  WECHATPAY_MCHID: expected digits" in output
    assert "no call was made: mend the above first" in output


def test_command_needs_to_be_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "command" in capsys.readouterr().err


# The call.


Online = Callable[[Answer], tuple[int, list[str]]]


@pytest.fixture
def online(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Online:
    def run(answer: Answer) -> tuple[int, list[str]]:
        with serving(lambda _: answer) as server:
            code = main(["doctor", "--online", "--base-url", server.url])
        assert [received.target for received in server.received] == ["/v3/certificates"]
        return code, capsys.readouterr().out.splitlines()[7:]

    return run


def signed(key: rsa.RSAPrivateKey, status: int, body: bytes) -> Answer:
    now = int(datetime.now(UTC).timestamp())
    return Answer(status, body, signature_headers(key, body, timestamp=now))


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [(200, b'{"data":[]}', "200"), (404, b'{"code":"NOT_FOUND"}', "404 NOT_FOUND")],
)
def test_verified_response_is_good(
    online: Online, platform_key: rsa.RSAPrivateKey, status: int, body: bytes, shown: str
) -> None:
    assert online(signed(platform_key, status, body)) == (
        0,
        [
            f"ok    GET /v3/certificates: {shown}: our signature was not refused",
            f"ok    response: verified with {KEY_ID}",
        ],
    )


def test_unsigned_response_is_half_of_the_evidence(online: Online) -> None:
    code, lines = online(Answer(404, b""))
    assert code == 0
    assert lines[1] == "warn  response: is unsigned, so the platform's key was not put to the test"


def test_refused_signature_is_explained(online: Online) -> None:
    code, lines = online(Answer(401, b'{"code":"SIGN_ERROR"}'))
    assert code == 1
    assert "401 SIGN_ERROR: our signature was refused; the platform gave no details" in lines[0]
    code, lines = online(Answer(401, b""))
    assert "401: our signature was refused; the platform gave no reason" in lines[0]


def test_wrong_platform_key_is_found(online: Online, other_key: rsa.RSAPrivateKey) -> None:
    code, lines = online(signed(other_key, 200, b"{}"))
    assert (code, lines) == (
        1,
        ["fail  GET /v3/certificates: the signature does not match the response"],
    )


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(50, "ok"), (-50, "ok"), (70, "warn"), (-70, "warn"), (310, "fail"), (-310, "fail")],
)
def test_clock_is_compared(
    online: Online, platform_key: rsa.RSAPrivateKey, seconds: int, level: str
) -> None:
    answer = signed(platform_key, 200, b"{}")
    date = format_datetime(datetime.now(UTC) - timedelta(seconds=seconds), usegmt=True)
    code, lines = online(Answer(200, b"{}", answer.headers | {"Date": date}))
    direction = "ahead of" if seconds > 0 else "behind"
    assert lines[2].startswith(f"{level:<4}  clock: ")
    assert lines[2].endswith(f"s {direction} the platform's")
    assert code == (1 if level == "fail" else 0)


@pytest.mark.usefixtures("environment")
def test_no_answer_is_a_network_matter(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda _: Answer()) as server:
        url = server.url
    assert main(["doctor", "--online", "--base-url", url]) == 1
    assert f"no answer from {url}: ConnectError" in capsys.readouterr().out


def test_certificate_mode_is_put_to_the_test(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    platform_key: rsa.RSAPrivateKey,
) -> None:
    for name in ("WECHATPAY_PUBLIC_KEY", "WECHATPAY_PUBLIC_KEY_ID"):
        environment.delenv(name)
    environment.setenv("WECHATPAY_API_V3_KEY", API_V3_KEY)
    platform = CertificatePlatform(platform_key)
    platform.clock = lambda: datetime.now(UTC).timestamp()
    with serving(platform) as server:
        assert main(["doctor", "--online", "--base-url", server.url]) == 0
        platform.instead_of_download = lambda _: Answer(404, b'{"code":"RESOURCE_NOT_EXISTS"}')
        assert main(["doctor", "--online", "--base-url", server.url]) == 1
    output = capsys.readouterr().out
    assert f"ok    response: verified with {42:040X}" in output
    assert "fail  GET /v3/certificates: GET /v3/certificates answered 404 RESOURCE_NOT" in output
