"""The server, and a process for each contender with what its user has installed.

The tools here bring packages that change the measurement: httpx imports click and rich if it finds
them. So each process imports from a folder of links to what `pip install` would bring, no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import certifi
from cryptography.hazmat.primitives import serialization
from packaging.requirements import Requirement
from wechatpay_sandbox import Keys, make_keys, make_tls

from .contenders import HOMES, Setting

ROOT = Path(__file__).parent.parent.parent
OURS = "wechatpay-ecommerce-refund"

_SOURCES = (ROOT / "generated" / "wechatpay_ecommerce_refund", ROOT / "auth" / "wechatpay_auth")


def needed(*wanted: str) -> dict[str, str]:
    """Return what `pip install` would bring for these requirements, with versions."""
    found: dict[str, str] = {}
    waiting, seen = list(wanted), set(wanted)
    while waiting:
        requirement = Requirement(waiting.pop())
        package = distribution(requirement.name)
        found[requirement.name.lower().replace("_", "-")] = package.version
        for text in package.requires or ():
            marker = Requirement(text).marker
            extras = ("", *requirement.extras)
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting += {text} - seen
                seen.add(text)
    return dict(sorted(found.items()))


def install(folder: Path, *wanted: str) -> Path:
    """Fill a new folder with links to all that these need; our packages come from the sources."""
    folder.mkdir(parents=True)
    for name in needed(*wanted):
        package = distribution(name)
        names = {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}
        sources = [Path(str(package.locate_file(one))) for one in names]
        for source in _SOURCES if name == OURS else sources:
            (folder / source.name).symlink_to(source)
    return folder


class Process:
    """A process that answers lines of JSON."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment
        )

    def ask(self, do: str, **arguments: object) -> Any:  # noqa: ANN401 - what JSON gives
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:  # noqa: ANN401 - what JSON gives
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("a process has ended; what it wrote is above")
        return json.loads(line)


class Arena:
    """Starts processes; all end with the block."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.setting = folder, folder / "setting.json"
        self._stack = stack
        self._workers: dict[str, Process] = {}
        authorities = str(folder / "authorities.pem")
        self.environment = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": authorities}
        self.environment["REQUESTS_CA_BUNDLE"] = authorities

    def worker(self, contender: str) -> Process:
        """Return the contender's process, the same one each time."""
        if contender not in self._workers:
            self._workers[contender] = self.fresh(contender)
        return self._workers[contender]

    def fresh(self, contender: str) -> Process:
        """Return a new process of the contender."""
        started = f"worker.main({str(self.setting)!r}, {contender!r})"
        return self.start(self.command(contender, f"from tests.bench import worker; {started}"))

    def start(self, command: list[str]) -> Process:
        made = Process(command, self.environment)
        self._stack.enter_context(made.process)
        self._stack.callback(made.process.kill)
        return made

    def command(self, home: str, statement: str) -> list[str]:
        """Return how to run a statement with the standard library and what is installed there."""
        start = f"import sys; sys.path.append({str(self.folder / home)!r}); {statement}"
        return [sys.executable, "-I", "-S", "-c", start]


@contextmanager
def arena(folder: Path, keys: Keys | None = None) -> Generator[Arena]:
    """Make keys, environments and a server."""
    keys, tls = keys or make_keys(), make_tls()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = keys.public_key_pair.private_bytes(encoding, form, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key)
    (folder / "tls.pem").write_text(tls.server.private_key_pem + tls.server.pem)
    # The list of authorities is as long as anyone's: to read it is a part of a new connection.
    usual = Path(certifi.where()).read_text(encoding="utf-8")
    (folder / "authorities.pem").write_text(usual + tls.authority_pem, encoding="utf-8")
    with ExitStack() as stack:
        ring = Arena(folder, stack)
        module = [sys.executable, "-m", "tests.bench.server"]
        addresses = ring.start([*module, str(folder), keys.public_key_id]).answer()
        ring.setting.write_text(json.dumps(setting_of(keys, addresses)))
        for name, wanted in HOMES.items():
            tests = install(folder / name, *wanted) / "tests"
            tests.mkdir()
            (tests / "bench").symlink_to(Path(__file__).parent)
        yield ring


def setting_of(keys: Keys, addresses: dict[str, str]) -> Setting:
    """Return what a contender is given: keys as the merchant console hands them out."""
    return {
        "mchid": keys.mchid,
        "serial_no": keys.merchant.serial_no,
        "private_key": keys.merchant.private_key_pem,
        "public_key_id": keys.public_key_id,
        "public_key": keys.public_key_pem,
        "api_v3_key": keys.api_v3_key,
        **addresses,
    }
