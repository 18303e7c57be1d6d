"""Whoever has not installed httpx2 gets type hints for httpx all the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
import httpx
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client

auth = WeChatPayAuth.from_env()
reveal_type(Client(auth, timeout=httpx.Timeout(3.0)).get_httpx_client())
Client(auth, http=httpx.Client(), async_http=httpx.AsyncClient(), retries=1)
Client("token")
Client(auth, http=httpx.AsyncClient())
Client(auth, timeout="5")
"""


def test_mistakes_are_found_where_httpx2_is_not_installed(tmp_path: Path) -> None:
    """To mypy a package that it does not find is Any."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "httpx2.pyi").write_text(
        "from typing import Any\ndef __getattr__(name: str) -> Any: ...\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "program.py"],
        cwd=tmp_path,
        env={"MYPYPATH": f"{tmp_path}:{ROOT / 'generated'}:{ROOT / 'auth'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'note: Revealed type is "httpx._client.Client"' in done.stdout, done.stdout + done.stderr
    assert re.findall(r"program.py:(\d+): error", done.stdout) == ["9", "10", "11"], done.stdout
