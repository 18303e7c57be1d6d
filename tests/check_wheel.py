"""Builds the wheel and the sdist, and proves that the wheel works alone, as a user gets it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
BUILD = ROOT / "build"
LOCKS = ROOT / "tests" / "locks"
RUNTIME = {"attrs", "cryptography", "h11", "httpx"}
SANDBOX = {"anyio", "jsonschema", "pyyaml", "referencing", "starlette", "uvicorn"}
PACKAGES = {"wechatpay_auth", "wechatpay_ecommerce_refund", "wechatpay_sandbox"}
PLUGIN = "pytest_wechatpay_sandbox"

WITHOUT_EXTRA = """
import wechatpay_ecommerce_refund as client
assert 'site-packages' in client.__file__
from importlib.resources import files
assert (files(client) / 'openapi.yaml').read_text(encoding='utf-8').count('openapi: 3.0.3') == 1
try:
    import wechatpay_sandbox
except ImportError as error:
    assert "its extra 'sandbox'" in str(error), error
else:
    raise SystemExit("the sandbox is there without its extra")
"""
CONTRACT = """
import pathlib, sys
from wechatpay_sandbox._contract import contract_file
assert 'site-packages' in str(contract_file())
ours = pathlib.Path(sys.argv[1]).read_bytes()
assert contract_file().read_bytes() == ours, 'the contract in the wheel differs'
"""


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command and stop if it fails."""
    print("+", *(part if "\n" not in str(part) else "…" for part in command), flush=True)
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def inspect(wheel: Path) -> None:
    """Check what is in the wheel and what it pulls in."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for name in ("openapi.yaml", "lenient.json"):
            packed = archive.read(f"wechatpay_ecommerce_refund/{name}")
            assert packed == (ROOT / "spec" / name).read_bytes(), f"{name} differs"
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        message = Parser().parsestr(archive.read(metadata).decode())
    roots = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert roots == PACKAGES | {PLUGIN}, f"the wheel holds {roots}"
    for package in PACKAGES:
        assert f"{package}/py.typed" in names, f"{package} has no py.typed"
    assert any(name.endswith("LICENSE") for name in names), "the licence is missing"
    required: dict[str, set[str]] = {}
    for line in message.get_all("Requires-Dist", []):
        _, _, extra = line.partition("extra == ")
        name = re.split(r"[<>=!~ ;\[]", line)[0]
        required.setdefault(extra.strip("'\""), set()).add(name)
    assert required[""] == RUNTIME, f"the wheel requires {required['']}"
    assert required["sandbox"] == SANDBOX, f"the extra requires {required['sandbox']}"


def compare(wheel: Path) -> None:
    """Compare the wheel, which comes from the sdist, with one that comes from this checkout."""
    folder = BUILD / "wheel-of-checkout"
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder)
    (other,) = folder.glob("*.whl")
    assert other.name == wheel.name
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(other) as second:
        contents = [
            {name: archive.read(name) for name in archive.namelist()} for archive in (first, second)
        ]
    differing = {name for name, _ in contents[0].items() ^ contents[1].items()}
    assert not differing, f"the sdist builds another wheel: {differing}"


def clean_environment(name: str, wheel: Path, lock: Path) -> Path:
    """Make a new environment with a lock and the wheel, and give its python."""
    folder = BUILD / name
    run(sys.executable, "-m", "venv", "--clear", folder)
    python = folder / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--require-hashes", "--no-deps", "-r", lock)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel)
    run(*pip, "check")
    return python


def write_readme_suite(folder: Path) -> None:
    """Write the example suite of the sandbox's README, as somebody would copy it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    readme = (ROOT / "tests" / "sandbox" / "README.md").read_text(encoding="utf-8")
    for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", readme, re.DOTALL):
        (folder / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Build, inspect, install into clean environments, run demo and sandbox from there."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", DIST)
    (wheel,) = DIST.glob("*.whl")
    inspect(wheel)
    (sdist,) = DIST.glob("*.tar.gz")
    run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", wheel, sdist)
    compare(wheel)
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    missing = {
        "README.md",
        "REGISTRY.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
        "spec/openapi.yaml",
        "spec/lenient.json",
    } - names
    assert not missing, f"the sdist lacks {missing}"
    BUILD.mkdir(exist_ok=True)
    suite = BUILD / "readme-suite"
    write_readme_suite(suite)

    # The sandbox runs in the development environment, the client in the clean one; -P and the
    # folder keep this checkout's sources out of its sight.
    plain = clean_environment("wheel", wheel, LOCKS / "wheel.txt")
    run(sys.executable, "-m", "wechatpay_sandbox", "--", plain, "-P", "tests/demo.py")
    run(plain, "-P", "-c", WITHOUT_EXTRA)
    # pytest loads the plugin for everybody: without the extra it has to stay out of the way.
    elsewhere = BUILD / "elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    elsewhere.mkdir()
    run(plain, "-P", "-m", "pytest", "-q", "--fixtures", cwd=elsewhere)
    (elsewhere / "test_it.py").write_text("def test_it(wechatpay_sandbox):\n    pass\n")
    asking = subprocess.run(
        [plain, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=elsewhere,
        check=False,
        capture_output=True,
        text=True,
    )
    assert asking.returncode == 1, asking.stdout
    assert "its extra 'sandbox'" in asking.stdout, asking.stdout

    full = clean_environment("wheel-sandbox", wheel, LOCKS / "wheel-sandbox.txt")
    run(full, "-P", "-c", CONTRACT, ROOT / "spec" / "openapi.yaml")
    run(full, "-P", "-m", "wechatpay_sandbox", "--demo")
    run(full, "-P", "-m", "wechatpay_sandbox", "--", full, "-P", "tests/demo.py")
    run(full, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=suite)
    print("the wheel works alone, and with its extra")


if __name__ == "__main__":
    main()
