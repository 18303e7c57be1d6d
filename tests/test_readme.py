"""The README's examples run as printed, against the sandbox."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from wechatpay_sandbox import Keys, RunningServer, environment, make_tls

from tests.conftest import Caller
from tests.end_to_end.test_success import CREATE

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDES = sorted((ROOT / "spec" / "reference").glob("??/*.md"))
GUIDE = (ROOT / "spec" / "reference" / "en" / "transports.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README + GUIDE, re.DOTALL | re.MULTILINE)

CALLS = [
    example for example in EXAMPLES if "return_advance." in example and "def test" not in example
]
OTHERS = [example for example in EXAMPLES if example not in CALLS]


@pytest.mark.parametrize("example", CALLS, ids=["sync", "asyncio"])
def test_a_call_runs(
    example: str, keys: Keys, caller: Caller, server: RunningServer, tmp_path: Path
) -> None:
    created = "create_return_advance.sync(" in example
    if not created:
        caller.call(CREATE)
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=environment(keys, tmp_path, server.base_url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("888 fen back to 1900000108" if created else "PROCESSING") in done.stdout


def test_own_clients_are_made_as_shown(keys: Keys, tmp_path: Path) -> None:
    (example,) = (example for example in OTHERS if "over_http2" in example)
    (tmp_path / "ca.pem").write_text(make_tls().authority_pem)
    subprocess.run(
        [sys.executable, "-c", example],
        env=environment(keys, tmp_path, "http://127.0.0.1:9"),
        cwd=tmp_path,
        check=True,
    )


def test_a_test_with_a_double_passes_as_shown(keys: Keys, tmp_path: Path) -> None:
    (example,) = (example for example in OTHERS if "def test" in example)
    (tmp_path / "test_shown.py").write_text(example)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shown.py"],
        env=environment(keys, tmp_path, "http://127.0.0.1:9"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)\b", README)) - {"sure"}
    assert {"demo", "test", "generate", "check"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("guide", GUIDES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_the_python_of_a_guide_compiles(guide: Path) -> None:
    for example in re.findall(r"^```python\n(.*?)^```", guide.read_text("utf-8"), re.S | re.M):
        compile(example, guide.name, "exec")
