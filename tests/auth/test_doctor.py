"""`python -m wechatpay_auth doctor` names what is wrong with an environment, and the way on."""

import io
import json
import runpy
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth.__main__ import main, report
from wechatpay_auth._doctor import BAD, Finding, examine, versions
from wechatpay_auth._environment import Settings
from wechatpay_auth._network import explain
from wechatpay_auth._online import call, issuer_of

from tests.auth import doctor_cases
from tests.auth.doctor_cases import World
from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    Answer,
    CertificatePlatform,
    serving,
)

Examine = Callable[..., list[Finding]]


@pytest.fixture
def world(
    tmp_path: Path,
    merchant_key: rsa.RSAPrivateKey,
    platform_key: rsa.RSAPrivateKey,
    other_key: rsa.RSAPrivateKey,
) -> World:
    return World(tmp_path, merchant_key, platform_key, other_key)


@pytest.fixture
def examined(world: World) -> Examine:
    """What is not right in the good environment, changed; None takes a variable out."""

    def run(changes: Mapping[str, object] | None = None, now: float = NOW) -> list[Finding]:
        found = examine(Settings(world.good() | dict(changes or {})), now)
        return [finding for finding in found if finding.level != "ok"]

    return run


@pytest.mark.parametrize("name", doctor_cases.NAMES)
def test_report_is_the_one_that_was_read_and_found_good(name: str, world: World) -> None:
    assert doctor_cases.report_on(name, world) == doctor_cases.kept()[name]


def test_no_report_is_kept_of_a_case_that_is_gone() -> None:
    assert list(doctor_cases.kept()) == doctor_cases.NAMES


def test_what_has_to_be_mended_says_how() -> None:
    for name, text in doctor_cases.kept().items():
        lines = text.splitlines()
        for line, following in pairwise(lines):
            if line.startswith(("FAIL", "unclear", "note")):
                assert following.startswith("        Do: "), (name, line)
        assert "wechatpay_auth doctor" not in text


@pytest.mark.parametrize(
    ("days", "level"), [(-1, "FAIL"), (0, "note"), (59, "note"), (60, None)], ids=repr
)
def test_certificate_that_ends(
    examined: Examine, world: World, days: int, level: str | None
) -> None:
    end = datetime.fromtimestamp(int(NOW), UTC) + timedelta(days=days, hours=1)
    found = examined({"WECHATPAY_CERTIFICATE": world.certificate("x.pem", end=end)})
    assert [finding.level for finding in found] == ([level] if level else [])


@pytest.mark.parametrize(
    ("mode", "complaints"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)], ids=oct
)
def test_file_that_others_may_read(
    examined: Examine, world: World, mode: int, complaints: int
) -> None:
    (world.folder / "apiclient_key.pem").chmod(mode)
    found = examined()
    assert [finding.text for finding in found] == ["others may read the file"] * complaints


@pytest.mark.parametrize("year", [1970, 2024, 2100])
def test_clock_that_cannot_be_right(examined: Examine, year: int) -> None:
    found = examined({}, datetime(year, 6, 1, tzinfo=UTC).timestamp())
    assert f"FAIL    clock: {year}-06-01 00:00:00 UTC cannot be right" in str(found[-1])


@pytest.mark.parametrize("text", [MERCHANT_SERIAL, MERCHANT_SERIAL.lower()])
def test_merchant_s_serial_number_as_the_public_key_s_id(examined: Examine, text: str) -> None:
    settings = {"WECHATPAY_SERIAL_NO": MERCHANT_SERIAL, "WECHATPAY_PUBLIC_KEY_ID": text}
    (found,) = examined(settings)
    assert "is the merchant's own serial number" in found.text


def test_other_public_key_id_is_worth_a_look(examined: Examine) -> None:
    (found,) = examined({"WECHATPAY_PUBLIC_KEY_ID": "KEY-1"})
    assert found.level == "note"


def test_chain_may_begin_with_the_authority(examined: Examine, world: World) -> None:
    own = (world.folder / "apiclient_cert.pem").read_bytes()
    authority = World(world.folder, world.other, world.platform, world.merchant)
    chain = Path(authority.certificate("ca.pem", "1900000998")).read_bytes() + own
    world.__post_init__()
    assert examined({"WECHATPAY_CERTIFICATE": world.write("chain.pem", chain)}) == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("https://user:pass@api.mch.weixin.qq.com", "holds a user name or a password"),
        ("https://", "has no host"),
        ("https://[::1", "is no URL"),
        ("https://x:port", "is no URL"),
        ("https://api mch", "has spaces or control characters in it"),
        ("https://api\tmch", "has spaces or control characters in it"),
        ("https://x?y=1", "goes on after ? or #"),
        ("//x", "has no https:// in front"),
        ("ftp://127.0.0.1", "is neither https nor on this machine"),
    ],
)
def test_address_that_is_none(examined: Examine, value: str, words: str) -> None:
    for name in ("WECHATPAY_BASE_URL", "WECHATPAY_BACKUP_URL"):
        (found,) = examined({name: value})
        assert (found.level, found.subject, found.text) == ("FAIL", name, words)
    assert examined({"WECHATPAY_BASE_URL": "http://127.0.0.1:8080/x"}) == []


def test_cache_folder_is_looked_at(examined: Examine, tmp_path: Path) -> None:
    for value in (tmp_path, tmp_path / "new"):
        assert examined({"WECHATPAY_CERTIFICATE_CACHE": value}) == []
    (found,) = examined({"WECHATPAY_CERTIFICATE_CACHE": tmp_path / "none" / "none"})
    assert found.text.startswith("cannot be written (No such file or directory), so")


# The command.


def run(world: World, *options: str, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "wechatpay_auth", "doctor", *options]
    variables = {name: str(value) for name, value in world.good().items()} | environ
    return subprocess.run(command, env=variables, capture_output=True, check=False)


def test_command_reports_and_succeeds(world: World) -> None:
    ran = run(world)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert f"ok      WECHATPAY_MCHID: {MCHID}" in ran.stdout.decode().splitlines()
    assert b"versions: Python 3." in ran.stdout


def test_command_shows_no_secret(world: World) -> None:
    pem = (world.folder / "apiclient_key.pem").read_text()
    ran = run(world, WECHATPAY_PRIVATE_KEY=pem, WECHATPAY_API_V3_KEY=API_V3_KEY)
    assert pem.splitlines()[2].encode() not in ran.stdout
    assert API_V3_KEY.encode() not in ran.stdout


def test_command_reports_for_programs(world: World) -> None:
    ran = run(world, "--json", WECHATPAY_MCHID="19OO")
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["ok"]) == (1, False)
    assert told["findings"][0] == {
        "level": "FAIL",
        "subject": "WECHATPAY_MCHID",
        "text": "expected digits alone, found 4 characters",
        "do": "give the number itself, as the merchant console shows it",
    }
    assert {"Python", "cryptography", "httpx"} <= set(told["versions"])


def test_package_that_is_not_there_has_no_version() -> None:
    assert set(versions(["no-such-package"])) == {"Python", "OpenSSL"}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_console_prints_what_it_can(world: World, encoding: str) -> None:
    """The platform's message is Chinese; our texts have an ellipsis."""
    refusal = Answer(401, '{"code":"SIGN_ERROR","message":"商户证书序列号有误。"}'.encode())
    with serving(lambda _: refusal) as server:
        ran = run(world, "--online", "--base-url", server.url, PYTHONIOENCODING=encoding)
    assert (ran.returncode, ran.stderr) == (1, b"")
    shown = ran.stdout.decode(encoding)
    assert ("商户证书" if encoding == "gbk" else r"\u5546\u6237") in shown


def test_module_is_the_command(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in world.good().items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delitem(sys.modules, "wechatpay_auth.__main__")
    monkeypatch.setattr(sys, "argv", ["wechatpay_auth", "doctor"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("wechatpay_auth", run_name="__main__")
    assert caught.value.code == 0
    assert "ok      WECHATPAY_MCHID" in capsys.readouterr().out


def test_no_call_is_made_before_the_settings_are_right(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--online"], world.good() | {"WECHATPAY_MCHID": "x"}) == 1
    assert "no call was made: mend the above first" in capsys.readouterr().out


def test_command_needs_to_be_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "command" in capsys.readouterr().err


def test_base_url_is_the_environment_s(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda _: Answer(404)) as server:
        environ = world.good() | {"WECHATPAY_BASE_URL": server.url}
        assert main(["doctor", "--online", "--json"], environ) == 1
    assert [received.target for received in server.received] == ["/v3/certificates"]
    assert json.loads(capsys.readouterr().out)["findings"][-1]["level"] == "unclear"


def test_call_needs_httpx(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wechatpay_auth._online", None)
    *_, last = report(Settings(world.good()), lambda: NOW, "https://127.0.0.1")
    assert (last.level, last.do) == ("unclear", "`pip install httpx`")


# The call.


Online = Callable[[Answer], list[Finding]]


@pytest.fixture
def online(world: World) -> Online:
    def found(answer: Answer) -> list[Finding]:
        with serving(lambda _: answer) as server:
            findings = list(report(Settings(world.good()), lambda: NOW, server.url))
        return findings[
            findings.index(next(one for one in findings if one.subject == "versions")) + 1 :
        ]

    return found


def test_error_that_is_signed_is_evidence(online: Online, world: World) -> None:
    found = online(world.signed(b'{"code":"NOT_FOUND"}', 404))
    assert [str(one) for one in found] == [
        "ok      GET /v3/certificates: 404 NOT_FOUND: our signature was accepted",
        f"ok      response: verified with {KEY_ID}",
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, b"") for status in (301, 400, 403, 404, 405, 407, 500, 503)),
        *((404, body) for body in (b"[]", b"null", b'{"code":7}', b'{"message":"x"}', b"\xff\xfe")),
    ],
)
def test_what_anybody_can_send_is_no_evidence(online: Online, status: int, body: bytes) -> None:
    (found,) = online(Answer(status, body))
    assert found.level == "unclear"
    assert f"status {status}" in found.text


@pytest.mark.parametrize("code", ["SYSTEM_ERROR", "INVALID_REQUEST", "FREQUENCY_LIMITED", "X"])
def test_error_from_before_the_signature_is_no_evidence(online: Online, code: str) -> None:
    (found,) = online(Answer(400, f'{{"code":"{code}"}}'.encode()))
    assert (found.level, "says nothing about our signature" in found.text) == ("unclear", True)


def test_what_others_write_is_shown_harmlessly(online: Online) -> None:
    text = "\x1b[2J" + "x" * 5000
    (found,) = online(Answer(403, text.encode(), {"Location": "/" + "y" * 5000}))
    assert "\x1b" not in found.text
    assert len(found.text) < 700


def test_response_that_cannot_be_read_is_no_evidence(online: Online) -> None:
    (found,) = online(Answer(200, b"x", {"Content-Encoding": "br"}))
    assert found.level in BAD


def test_old_response_is_no_matter_of_the_clock(online: Online, world: World) -> None:
    answer = world.signed(timestamp=int(NOW) - 900)
    date = format_datetime(datetime.fromtimestamp(int(NOW), UTC), usegmt=True)
    (found,) = online(Answer(200, answer.body, answer.headers | {"Date": date}))
    assert found.do == "the response is an old one: have proxy and cache leave this host alone"


def test_download_that_is_good_and_call_that_is_not(world: World) -> None:
    platform = CertificatePlatform(world.platform)

    def changed(answer: Answer) -> Answer:
        return Answer(200, answer.body + b" " * (platform.downloads - 1), answer.headers)

    platform.instead_of_download = changed
    settings = Settings(world.good() | doctor_cases.CERTIFICATE_MODE)
    with serving(platform) as server:
        *_, last = report(settings, lambda: NOW, server.url)
    assert last.do == "a proxy or a firewall changes bodies: have it leave this host alone"


def test_call_with_settings_that_do_not_load_says_so(world: World) -> None:
    settings = Settings(world.good() | {"WECHATPAY_MCHID": "x"})
    (found,) = call(settings, "https://127.0.0.1")
    assert (found.level, found.text) == ("FAIL", "mchid: expected digits alone, found 1 characters")


def test_issuer_is_not_known_where_nobody_responds() -> None:
    assert issuer_of("https://127.0.0.1:9") == ""


def reasoned(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


class ProxyError(Exception):
    pass


class ConnectTimeout(Exception):  # noqa: N818 - as httpx calls it
    pass


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (reasoned("TLSV1_ALERT"), "the TLS handshake failed: TLSV1_ALERT"),
        (reasoned("HTTP_REQUEST"), "the port speaks plain HTTP, not TLS"),
        (ssl.SSLError(1, "odd\nx"), "the TLS handshake failed: odd"),
        (ProxyError("407 Proxy Authentication Required"), "the proxy did not let it through: 407"),
        (ConnectTimeout(), "the connection did not come about in time"),
        (TimeoutError(), "no response came in time"),
        (ExceptionGroup("all", [ConnectionRefusedError()]), "the connection was refused"),
        (ValueError(), "ValueError: no reason was given"),
    ],
    ids=repr,
)
def test_cause_of_a_network_error_is_found_in_its_chain(error: Exception, cause: str) -> None:
    outer = OSError("outer")
    outer.__cause__ = error
    error.__context__ = outer  # a circle ends as well
    for one in (error, outer):
        if not isinstance(error, ValueError):
            assert explain(one)[0].startswith(cause)
    assert explain(error)[0].startswith(cause)


def test_report_goes_into_any_stream(world: World) -> None:
    with redirect_stdout(io.StringIO()) as stream:
        assert main(["doctor"], world.good()) == 0
    assert "Nothing is wrong." in stream.getvalue()


def test_signature_under_a_certificate_that_does_not_match(world: World) -> None:
    platform = doctor_cases.certificates()(world)

    def forged(received: object) -> Answer:
        answer = platform(received)  # type: ignore[arg-type]
        return Answer(200, answer.body + b" ", answer.headers)

    settings = Settings(world.good() | doctor_cases.CERTIFICATE_MODE)
    with serving(forged) as server:
        *_, last = report(settings, lambda: NOW, server.url)
    assert (last.level, "the signature does not match" in last.text) == ("FAIL", True)


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(50, "ok"), (-50, "ok"), (70, "note"), (-70, "note"), (310, "FAIL"), (-310, "FAIL")],
)
def test_clock_is_compared(online: Online, world: World, seconds: int, level: str) -> None:
    date = format_datetime(datetime.fromtimestamp(int(NOW) - seconds, UTC), usegmt=True)
    answer = world.signed()
    *_, clock = online(Answer(200, answer.body, answer.headers | {"Date": date}))
    direction = "ahead of" if seconds > 0 else "behind"
    assert (clock.level, clock.text) == (level, f"{abs(seconds)} s {direction} the platform's")
