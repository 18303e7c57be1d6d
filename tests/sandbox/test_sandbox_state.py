"""State and keys that outlive a process: SQLite file, key folder, scenario file."""

from __future__ import annotations

import json
import re
import shutil
import signal
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from wechatpay_sandbox import (
    POOR_SUB_MCHID,
    REFUND_ID,
    SUB_MCHID,
    Keys,
    Platform,
    Refund,
    Settings,
    Settlement,
    SQLiteStore,
    load_or_make_keys,
    make_keys,
)
from wechatpay_sandbox.__main__ import main
from wechatpay_sandbox._actions import Actions

from tests.merchant_by_hand import NOW, Clock, Merchant, shared_keys

OPENED: list[SQLiteStore] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def restarted(file: Path, **given: object) -> Merchant:
    """Give a merchant before a platform that has just been started on a state file."""
    merchant = Merchant()
    OPENED.append(SQLiteStore(file))
    merchant.platform = Platform(
        shared_keys(),
        clock=Clock(),
        store=OPENED[-1],
        **given,  # type: ignore[arg-type]
    )
    return merchant


def test_a_restart_keeps_orders_queries_and_time(tmp_path: Path) -> None:
    file = tmp_path / "state"
    first = restarted(file)
    assert not first.platform.resumed
    created = first.create()[1]
    first.query()
    first.platform.advance(days=1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = restarted(file)
    assert second.platform.resumed
    assert second.query()[1] == created
    settled = restarted(file).query()[1]
    assert settled["result"] == "SUCCESS"
    assert settled["success_time"] == "2026-09-22T22:13:20+08:00"
    assert settled["advance_return_id"] == created["advance_return_id"]


def test_a_restart_keeps_money_refunds_settings_and_certificates(tmp_path: Path) -> None:
    file = tmp_path / "state"
    first = restarted(file, settings=Settings(key_mode="certificate"))
    first.platform.top_up(POOR_SUB_MCHID, 5)
    refund = Refund(refund_id="R", sub_mchid="1", amount=5, settlement=Settlement(after_seconds=0))
    first.platform.add_refund(refund)
    first.platform.add_sub_merchant("1", 7)
    assert first.create("R", "1")[1]["result"] == "SUCCESS"
    first.platform.settings = replace(first.platform.settings, latency=0.5)
    new = first.platform.rotate_certificate(use=False)
    second = restarted(file, settings=Settings())
    assert second.platform.balance(POOR_SUB_MCHID) == 5
    assert second.platform.balance("1") == 2
    assert second.query("R", "1")[1]["result"] == "SUCCESS"
    assert second.platform.settings == Settings(key_mode="certificate", latency=0.5)
    serials = [certificate.serial_no for certificate in second.platform.certificates]
    assert serials == [shared_keys().certificate.serial_no, new.serial_no]
    assert second.platform.log[-1].reply.headers.get("Wechatpay-Serial") != new.serial_no
    second.platform.retire_certificate(shared_keys().certificate.serial_no)
    third = restarted(file)
    third.query("R", "1")
    assert third.platform.log[-1].reply.headers.get("Wechatpay-Serial") == new.serial_no


def test_a_restart_keeps_which_certificate_signs(tmp_path: Path) -> None:
    first = restarted(tmp_path / "state", settings=Settings(key_mode="certificate"))
    new = first.platform.rotate_certificate(use=True)
    second = restarted(tmp_path / "state")
    second.create()
    assert second.platform.log[-1].reply.headers.get("Wechatpay-Serial") == new.serial_no


def test_a_reset_is_kept_too(tmp_path: Path) -> None:
    first = restarted(tmp_path / "state")
    first.create()
    first.platform.reset()
    assert restarted(tmp_path / "state").query()[0] == 404


def test_a_refused_request_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "state"
    first = restarted(file)
    assert first.create(REFUND_ID, POOR_SUB_MCHID)[0] == 403
    assert first.send(first.request("POST", "/", signature="AAAA"))[0] == 404
    assert restarted(file).query()[0] == 404


def test_another_file_is_not_taken_for_a_state(tmp_path: Path) -> None:
    file = tmp_path / "other"
    file.write_text("this is no database, but long enough to be looked at" * 100)
    with pytest.raises(ValueError, match="other is no state file"):
        SQLiteStore(file)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of keys, made once, because that is slow."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    load_or_make_keys(folder)
    return folder


def without_keys(keys: Keys) -> tuple[str, ...]:
    certificates = (keys.merchant, keys.certificate, keys.root)
    return (
        keys.mchid,
        keys.api_v3_key,
        keys.public_key_id,
        keys.public_key_pem,
        *(certificate.pem for certificate in certificates),
    )


def test_keys_are_made_once_and_readable_by_their_owner_alone(made: Path) -> None:
    assert without_keys(load_or_make_keys(made)) == without_keys(load_or_make_keys(made))
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in made.iterdir()} == {0o600}


def test_given_keys_are_used_and_missing_ones_made_to_fit(tmp_path: Path) -> None:
    own = make_keys("1900000777")
    for name, text in {
        "apiclient_cert.pem": own.merchant.pem,
        "apiclient_key.pem": own.merchant.private_key_pem,
        "root_cert.pem": own.root.pem,
        "root_key.pem": own.root.private_key_pem,
        "api_v3_key.txt": own.api_v3_key,
    }.items():
        (tmp_path / name).write_text(text)
    keys = load_or_make_keys(tmp_path)
    assert keys.mchid == "1900000777"
    assert keys.merchant.serial_no == own.merchant.serial_no
    assert keys.api_v3_key == own.api_v3_key
    keys.certificate.x509.verify_directly_issued_by(own.root.x509)
    assert keys.public_key_id != own.public_key_id


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("apiclient_key.pem", None, "belong together, one is missing"),
        ("apiclient_key.pem", "nonsense", "apiclient_key.pem: "),
        ("apiclient_key.pem", "other", "do not belong together"),
        ("api_v3_key.txt", "short", "32 bytes"),
        ("wechatpay_key.pem", "nonsense", "wechatpay_key.pem: "),
    ],
)
def test_keys_that_do_not_fit_are_named(
    made: Path, tmp_path: Path, file: str, text: str | None, problem: str
) -> None:
    folder = shutil.copytree(made, tmp_path / "keys")
    if text is None:
        (folder / file).unlink()
    else:
        other = shared_keys().merchant.private_key_pem
        (folder / file).write_text(other if text == "other" else text)
    with pytest.raises(ValueError, match=problem):
        load_or_make_keys(folder)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "neither YAML nor JSON"),
        ("\x00", "neither YAML nor JSON"),
        ("a: 1", "not a list of actions"),
        ("- 1", "action 1: not one name with its arguments"),
        ("- {clear: {}, reset: {}}", "action 1: not one name"),
        ("- clear:\n- fly: {}", "action 2: 'fly' is not one of add_refund"),
        ("- add_refund: {refund_id: R}", "action 1: add_refund: sub_mchid: missing"),
        ("- top_up: {sub_mchid: '1', amount: 1}", "action 1: top_up: no second-level merchant"),
        ("- next: {faults: [{dial: error, code: OOPS}]}", "action 1: next: error: 'OOPS'"),
    ],
)
def test_a_scenario_that_can_not_be_is_refused_with_its_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        Actions(Merchant().platform).run_file(file)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--scenario", "/no/such/file"), "/no/such/file"),
        (("--scenario", __file__), "neither YAML nor JSON"),
        (("--state", "/dev/null/state"), "/dev/null"),
        (("--keys", "/dev/null"), "/dev/null"),
    ],
)
def test_what_can_not_be_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], word: str
) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    assert main([*arguments, "--", "true"]) == 2
    signal.signal(signal.SIGTERM, handler)
    assert word in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [False, True])
def test_the_readmes_scenario_does_what_it_says(tmp_path: Path, as_json: bool) -> None:
    readme = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    file = tmp_path / "scenario"
    file.write_text(json.dumps(yaml.safe_load(text)) if as_json else text)
    merchant = Merchant()
    Actions(merchant.platform).run_file(file)
    assert merchant.platform.settings.key_mode == "changeover"
    assert merchant.platform.balance("1900000300") == 0
    assert merchant.create("R1", "1900000300")[0] == 500
    assert merchant.create("R1", "1900000300")[0] == 403
    merchant.platform.top_up("1900000300", 888)
    assert merchant.create("R1", "1900000300")[0] == 200
    merchant.clock.now = NOW + 60
    assert merchant.query("R1", "1900000300")[1]["result"] == "SUCCESS"
    assert merchant.create(REFUND_ID, SUB_MCHID)[0] == 200
