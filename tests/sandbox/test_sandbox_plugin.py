"""The pytest plugin, as somebody who installed the wheel meets it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

import httpx
import pytest
from pytest_wechatpay_sandbox._fixture import MerchantSandbox
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import REFUND_ID, SUB_MCHID, Platform, Sandbox

KeyMode = Literal["public_key", "certificate", "changeover"]

README = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
FILES = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", README, re.DOTALL)
BOUND = 60.0
CLOCK = """
import pathlib, time
from importlib.metadata import EntryPoint

load = EntryPoint.load

def timed(self):
    start = time.perf_counter()
    loaded = load(self)
    if self.name == "wechatpay_sandbox":
        milliseconds = (time.perf_counter() - start) * 1000
        pathlib.Path(__file__).with_name("milliseconds").write_text(str(milliseconds))
    return loaded

EntryPoint.load = timed
"""


# Another plugin of this environment brings libraries of the sandbox in, and is slow to load.
def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:schemathesis",
            *arguments,
        ],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )


def test_the_readmes_suite_passes_and_is_ten_lines_a_test(tmp_path: Path) -> None:
    assert [name for name, _ in FILES] == ["refunds.py", "test_refunds.py"]
    for name, text in FILES:
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    tests = FILES[1][1].partition("def test_")[2]
    assert len([line for line in tests.splitlines() if line.strip()]) <= 10


def test_the_readmes_suite_notices_a_broken_service(tmp_path: Path) -> None:
    for name, text in FILES:
        broken = text.replace('return "ask later"', 'return "failed"')
        (tmp_path / name).write_text(broken, encoding="utf-8")
    done = run_pytest(tmp_path)
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout


def test_the_plugin_costs_nothing_until_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\ndef test_nothing():\n"
        "    ours = {name for name in sys.modules if 'wechatpay' in name}\n"
        "    assert ours == {'pytest_wechatpay_sandbox'}\n"
        "    assert not {'uvicorn', 'jsonschema', 'starlette', 'yaml'} & set(sys.modules)\n"
    )
    (tmp_path / "clock.py").write_text(CLOCK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    milliseconds: list[float] = []
    for _ in range(3):
        done = run_pytest(tmp_path, "-p", "clock")
        assert done.returncode == 0, done.stdout
        milliseconds.append(float((tmp_path / "milliseconds").read_text()))
    # The least of three, as others use this machine as well.
    assert min(milliseconds) < 5, milliseconds


def test_without_the_extra_the_fixture_names_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import importlib.util as util\nfind = util.find_spec\n"
        "util.find_spec = lambda name: None if name in ('yaml', 'uvicorn') else find(name)\n"
    )
    (tmp_path / "test_it.py").write_text("def test_it(wechatpay_sandbox):\n    pass\n")
    done = run_pytest(tmp_path)
    assert done.returncode == 1
    assert "install wechatpay-ecommerce-refund with its extra 'sandbox'" in done.stdout
    assert "Traceback" not in done.stdout


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    (found,) = entry_points(group="pytest11", name="wechatpay_sandbox")
    assert found.value == "pytest_wechatpay_sandbox"


def test_the_transport_form_needs_no_server(wechatpay_sandbox: Sandbox) -> None:
    with httpx.Client(transport=wechatpay_sandbox.transport) as client:
        assert client.get("https://api.mch.weixin.qq.com/").status_code == 404
    (exchange,) = wechatpay_sandbox.platform.log
    assert exchange.request.headers.get("Host") == "api.mch.weixin.qq.com"
    assert "base_url" not in vars(wechatpay_sandbox), "nobody asked for a server"


@pytest.mark.parametrize("key_mode", ["public_key", "certificate", "changeover"])
async def test_the_merchants_client_calls_without_a_server(
    wechatpay_sandbox: MerchantSandbox, key_mode: KeyMode
) -> None:
    platform = wechatpay_sandbox.platform
    platform.settings = replace(platform.settings, key_mode=key_mode)
    query = query_return_advance.bind(REFUND_ID, sub_mchid=SUB_MCHID)
    body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
    created = wechatpay_sandbox.client.call(create_return_advance.bind(REFUND_ID, body=body))
    assert created.verified
    assert (await wechatpay_sandbox.client.acall(query)).verified
    assert len(platform.requests("POST")) == 1
    assert "base_url" not in vars(wechatpay_sandbox), "nobody asked for a server"
    if key_mode == "public_key":
        assert len(platform.log) == 2


async def test_the_transport_form_serves_async_clients(wechatpay_sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(transport=wechatpay_sandbox.transport) as client:
        assert (await client.get("https://api.mch.weixin.qq.com/")).status_code == 404


def test_the_served_form_has_two_hosts_and_ends_with_the_test(platform: Platform) -> None:
    with Sandbox(platform.keys, Path(os.devnull)) as sandbox:
        urls = [sandbox.base_url, sandbox.backup_url]
        assert urls == [sandbox.base_url, sandbox.backup_url]
        for url in urls:
            assert httpx.get(url, trust_env=False).status_code == 404
        assert len(sandbox.platform.log) == 2
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0], trust_env=False)


def test_the_environment_follows_the_key_mode(wechatpay_sandbox: Sandbox) -> None:
    platform = wechatpay_sandbox.platform
    platform.settings = replace(platform.settings, key_mode="certificate")
    variables = wechatpay_sandbox.environment
    assert variables["WECHATPAY_REFUND_ID"] == REFUND_ID
    assert variables["WECHATPAY_BASE_URL"] == wechatpay_sandbox.base_url
    assert "WECHATPAY_PUBLIC_KEY" not in variables


def test_without_the_extra_one_error_names_it() -> None:
    hidden = (
        "import importlib.util as util; find = util.find_spec;"
        "util.find_spec = lambda name: None if name in ('yaml', 'uvicorn') else find(name);"
        "import wechatpay_sandbox"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, timeout=BOUND, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: wechatpay_sandbox needs uvicorn, yaml: "
        "install wechatpay-ecommerce-refund with its extra 'sandbox'"
    )
