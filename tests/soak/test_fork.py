"""A client that was used before a fork serves parent and child, each with its own responses.

The forks happen in programs of their own, so that the threads of the test run are not forked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import certifi
import pytest
from wechatpay_sandbox import (
    SUB_MCHID,
    TLS,
    Keys,
    Platform,
    Refund,
    RunningServer,
    environment,
    faults,
    make_tls,
    serve,
)

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system knows no fork")


@pytest.fixture(scope="module")
def tls() -> TLS:
    return make_tls()


@pytest.fixture(params=["http", "https"])
def reached(
    request: pytest.FixtureRequest, platform: Platform, server: RunningServer, tls: TLS
) -> Iterator[RunningServer]:
    if request.param == "http":
        yield server
        return
    with serve(platform, tls=tls) as running:
        yield running


@pytest.fixture(autouse=True)
def refunds(platform: Platform) -> None:
    for number in range(1000):
        platform.add_refund(
            Refund(refund_id=f"{number:032d}", sub_mchid=SUB_MCHID, amount=number + 1)
        )


def run(
    scenario: str,
    library: ModuleType,
    keys: Keys,
    directory: Path,
    base_url: str,
    authority: str | None = None,
) -> dict[str, Counter[str]]:
    """Run a scenario and return what became of the calls, by who made them."""
    trusted = directory / "authorities.pem"
    trusted.write_text(authority or Path(certifi.where()).read_text("ascii"), "ascii")
    command = [sys.executable, "-X", "faulthandler", "-W", "error"]
    # Since 3.12 Python warns of what is tested here: a fork beside threads.
    command += ["-W", "ignore:This process:DeprecationWarning"]
    done = subprocess.run(
        [*command, "-m", "tests.soak.forking", scenario, library.__name__],
        env=environment(keys, directory, base_url)
        | {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
            "SSL_CERT_FILE": str(trusted),
            "FIFO": str(directory / "fifo"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Counter[str]] = {}
    for line in map(json.loads, done.stdout.splitlines()):
        found.setdefault(line["who"], Counter()).update(line["calls"])
    return found


def test_both_processes_get_their_own_responses(
    library: ModuleType,
    keys: Keys,
    tmp_path: Path,
    reached: RunningServer,
    platform: Platform,
    tls: TLS,
) -> None:
    found = run("used", library, keys, tmp_path, reached.base_url, tls.authority_pem)
    own = "own response"
    assert found == {"before": {own: 1}, "child": {own: 50}, "parent": {own: 50}}
    assert_all_apart(platform, 101)


def test_both_processes_get_their_own_responses_under_asyncio(
    library: ModuleType,
    keys: Keys,
    tmp_path: Path,
    reached: RunningServer,
    platform: Platform,
    tls: TLS,
) -> None:
    found = run("used_in_a_loop", library, keys, tmp_path, reached.base_url, tls.authority_pem)
    own = "own response"
    assert found == {"before": {own: 1}, "child": {own: 50}, "parent": {own: 50}}
    assert_all_apart(platform, 101)


def test_children_of_a_busy_parent(
    library: ModuleType, keys: Keys, tmp_path: Path, reached: RunningServer, tls: TLS
) -> None:
    """Threads call all the time; over TLS, none of them is in a handshake when the child is made.

    OpenSSL holds a lock of its own in a handshake, and a child that is forked meanwhile waits for
    it in vain: a bare program that does so hung in 3 of 254 runs. No hook of ours could mend it.
    """
    found = run("busy", library, keys, tmp_path, reached.base_url, tls.authority_pem)
    assert found["child"] == {"own response": 45}
    assert set(found["parent"]) == {"own response"}


def test_spawned_children_of_a_busy_parent(
    library: ModuleType, keys: Keys, tmp_path: Path, reached: RunningServer, tls: TLS
) -> None:
    """A spawned child inherits no lock, so that handshakes are no matter."""
    found = run("busy_and_spawning", library, keys, tmp_path, reached.base_url, tls.authority_pem)
    assert found["child"] == {"own response": 10}
    assert set(found["parent"]) == {"own response"}


def test_a_fork_during_the_first_use(
    library: ModuleType, keys: Keys, tmp_path: Path, server: RunningServer
) -> None:
    found = run("inside_the_first_use", library, keys, tmp_path, server.base_url)
    assert found == {"child": {"own response": 5}, "parent": {"own response": 5}}


def test_a_fork_during_a_certificate_download(
    library: ModuleType, keys: Keys, tmp_path: Path, server: RunningServer, platform: Platform
) -> None:
    platform.settings = type(platform.settings)(key_mode="changeover")
    # The parent's download takes longer than the child waits for any.
    platform.next(faults.delay(3), target="/v3/certificates")
    found = run("during_a_download", library, keys, tmp_path, server.base_url)
    assert found == {"child": {"own response": 5}, "parent": {"own response": 5}}


def test_workers_of_a_preloaded_application(
    library: ModuleType,
    keys: Keys,
    tmp_path: Path,
    reached: RunningServer,
    tls: TLS,
    platform: Platform,
) -> None:
    found = run("preloaded", library, keys, tmp_path, reached.base_url, tls.authority_pem)
    own = "own response"
    assert found == {"before": {own: 1}, "child": {own: 40}, "parent": {own: 20}}
    assert_all_apart(platform, 61)


def assert_all_apart(platform: Platform, calls: int) -> None:
    """Each request came once, signed for itself: no process repeats the randomness of another."""
    nonces = [request.authorization["nonce_str"] for request in platform.requests("POST")]
    assert len(nonces) == len(set(nonces)) == calls
