"""Builds the wheel and the sdist, and proves that the wheel works alone, as a user gets it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
BUILD = ROOT / "build"
RUNTIME = {"attrs", "cryptography", "httpx"}
PACKAGES = {"wechatpay_auth", "wechatpay_ecommerce_refund"}


def run(*command: str | Path) -> None:
    """Run a command and stop if it fails."""
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def inspect(wheel: Path) -> None:
    """Check what is in the wheel and what it pulls in."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        message = Parser().parsestr(archive.read(metadata).decode())
    folders = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert folders == PACKAGES, f"the wheel holds {folders}"
    for package in PACKAGES:
        assert f"{package}/py.typed" in names, f"{package} has no py.typed"
    assert any(name.endswith("LICENSE") for name in names), "the licence is missing"
    required = {
        re.split(r"[<>=!~ ;\[]", line)[0]
        for line in message.get_all("Requires-Dist", [])
        if "extra ==" not in line
    }
    assert required == RUNTIME, f"the wheel requires {required}"


def main() -> None:
    """Build, inspect, install into a clean environment, run the demo from there."""
    for folder in (DIST, BUILD / "wheel-env"):
        shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", DIST)
    (wheel,) = DIST.glob("*.whl")
    inspect(wheel)
    BUILD.mkdir(exist_ok=True)
    # The versions of the lock, without its hashes: the wheel itself can't have one there.
    pins = re.findall(r"^[\w.-]+==[^\s\\]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    (BUILD / "constraints.txt").write_text("\n".join(pins) + "\n")
    run(sys.executable, "-m", "venv", BUILD / "wheel-env")
    python = BUILD / "wheel-env" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--constraint", BUILD / "constraints.txt", wheel)
    # The sandbox runs in the development environment, the client in the clean one; -P and the
    # folder keep this checkout's sources out of its sight.
    run(sys.executable, "-m", "wechatpay_sandbox", "--", python, "-P", "tests/demo.py")
    run(
        python,
        "-P",
        "-c",
        "import wechatpay_ecommerce_refund as p; assert 'site-packages' in p.__file__",
    )
    print("the wheel works alone")


if __name__ == "__main__":
    main()
