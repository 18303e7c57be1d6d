"""The commands: what they read, what they print, how they end."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from generator.__main__ import main
from generator.docs.report import render

from .frames import official
from .support import PAGES, ROOT, SPEC, changed, compared, text

LONGER = ("| advance_return_id | string(32)", "| advance_return_id | string(64)")


def drift(*arguments: str) -> int:
    return main(["drift", "--spec", str(SPEC), *arguments])


@pytest.fixture
def drifted(tmp_path: Path) -> Path:
    path = tmp_path / "4012476927.md"
    path.write_text(changed(text("official_create.md"), *LONGER), encoding="utf-8")
    return path


@pytest.fixture
def site() -> Iterator[str]:
    """Serve the pages, one that never arrives, and none else."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow.md":
                released.wait(10)
            if self.path in {"/endless.md", "/drip.md"}:
                self.pour()
                return
            page = PAGES / self.path.removeprefix("/")
            found = page.is_file()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/markdown; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.read_bytes() if found else b"no such page")

        def pour(self) -> None:
            """Send until the reader hangs up."""
            self.send_response(200)
            self.end_headers()
            endless = self.path == "/endless.md"
            with suppress(OSError):
                while not released.wait(0 if endless else 0.02):
                    self.wfile.write(b"x" * 65536 if endless else b"x")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_same(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [str(PAGES / name) for name in ("official_create.md", "official_query.md")]
    assert drift(*pages) == 0
    assert capsys.readouterr().out.count("no drift") == 2


def test_drift_as_a_table(drifted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift(str(drifted)) == 1
    told = capsys.readouterr().out
    assert "1 difference" in told
    row = next(line for line in told.split("\n") if "advance_return_id" in line)
    for part in ("length", "32 (spec.yaml:", "64 (4012476927.md:38)", "change the length"):
        assert part in row


def test_drift_as_json(drifted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift("--format", "json", str(drifted)) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["result"] == "drift"
    (page,) = told["pages"]
    (difference,) = page["differences"]
    assert difference["kind"] == "length"
    assert (difference["spec"], difference["page"]) == ("32", "64")
    assert difference["page_line"] == 38


def test_drift_as_markdown(drifted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift("--format", "markdown", str(drifted)) == 1
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].startswith("### ")
    assert lines[2] == "| operation | fact | where | spec | page | what to do |"
    assert lines[4].count(" | ") == 5
    assert "response 200 advance\\_return\\_id" in lines[4]


@pytest.mark.parametrize("width", [60, 100, 160])
def test_tables_keep_to_the_width_with_chinese_text(width: int) -> None:
    values = "BASIC 基本<br>OPERATION 运营 |\n| payee_mchid"
    page = changed(text("official_create.md"), values, values.replace("<br>OPERATION 运营", ""))
    told = render([compared(page, "页面.md")], "table", spec="spec", width=width)
    table = [line for line in told.split("\n") if "payer_account" in line or "values" in line]
    assert table
    for line in table:
        assert sum(2 if ord(letter) > 0x2E80 else 1 for letter in line) <= width


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text("official_create.md")))
    assert drift("-") == 0
    assert "standard input (official): no drift" in capsys.readouterr().out


def test_address(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift(f"{site}/official_create.md") == 0
    assert drift(f"{site}/none.md") == 2
    assert "the response is 404" in capsys.readouterr().out


def test_slow_address(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift("--timeout", "0.2", f"{site}/slow.md") == 2
    assert "no response within 0.2 seconds" in capsys.readouterr().out


def test_endless_address(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift(f"{site}/endless.md") == 2
    assert "is longer than 4000000 bytes" in capsys.readouterr().out
    assert drift("--timeout", "0.2", f"{site}/drip.md") == 2
    assert "still coming in after 0.2 seconds" in capsys.readouterr().out


def test_what_a_page_says_is_only_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page is compared, never run, followed or written into the spec."""
    before = SPEC.read_bytes()
    code = (
        '__import__("os").system("touch ran")<br>{{ 7*7 }} ${7*7} `touch ran` file:///etc/hostname'
    )
    page = tmp_path / "page.md"
    page.write_text(changed(text("official_create.md"), LONGER[0], f"| {code} | string(32)"))
    assert drift("--format", "markdown", str(page)) != 0
    told = capsys.readouterr().out
    assert "49" not in told
    assert not Path("ran").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]
    assert SPEC.read_bytes() == before


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NO_PROXY", "*"),
        ("NO_PROXY", "[::1"),
        ("HTTP_PROXY", "socks://127.0.0.1:1"),
        ("ALL_PROXY", "http://[::1"),
        ("SSL_CERT_FILE", "/nowhere"),
        ("SSLKEYLOGFILE", "/nowhere/tls.log"),
    ],
)
def test_no_network(
    variable: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    assert drift("http://127.0.0.1:9/page.md") == 2
    assert "is there a network?" in capsys.readouterr().out


def test_without_arguments_the_pages_of_the_spec(
    site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = SPEC.read_text(encoding="utf-8")
    official = "https://pay.weixin.qq.com/doc/v3/partner"
    for number, page in (("4012476927", "official_create"), ("4012476916", "official_query")):
        assert f"{official}/{number}" in spec
        spec = spec.replace(f"{official}/{number}", f"{site}/{page}")
    path = tmp_path / "openapi.yaml"
    path.write_text(spec, encoding="utf-8")
    assert drift("--spec", str(path)) == 0
    told = capsys.readouterr().out
    assert f"{site}/official_create.md (official): no drift" in told
    assert f"{site}/official_query.md (official): no drift" in told


def test_one_unreadable_page_does_not_hide_the_others(
    drifted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drift(str(tmp_path / "none.md"), str(drifted)) == 2
    told = capsys.readouterr().out
    assert "can't be read: No such file" in told
    assert told.count("none.md") == 1
    assert "advance_return_id" in told


def test_unreadable_spec(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text("paths: [", encoding="utf-8")
    assert drift("--spec", str(path), str(PAGES / "official_create.md")) == 2
    assert "openapi.yaml" in capsys.readouterr().err


def test_the_scheduled_workflow_runs_what_exists(tmp_path: Path) -> None:
    """The example can't be run here, but the commands in it can."""
    source = (ROOT / ".github" / "workflows" / "drift.yml").read_text(encoding="utf-8")
    reader: Any = YAML(typ="safe")
    workflow: dict[str, Any] = reader.load(source)
    assert set(workflow) == {"name", "on", "permissions", "jobs"}
    steps: list[dict[str, Any]] = workflow["jobs"]["drift"]["steps"]
    scripts = [step["run"] for step in steps if "run" in step]
    for script in scripts:
        subprocess.run(["bash", "-n", "-c", script], check=True)  # noqa: S607
    assert "make setup" in scripts
    assert "\nsetup:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = [
        line.strip() for line in "\n".join(scripts).split("\n") if "python -m generator" in line
    ]
    page, facts = str(PAGES / "official_create.md"), str(tmp_path / "pages.json")
    commands = [
        line.removeprefix(".venv/bin/python -m generator ").partition(" > ")[0] for line in lines
    ]
    assert [shlex.split(command)[0] for command in commands] == ["drift", "drift", "remember"]
    assert main(["remember", "--spec", str(SPEC), "--facts", facts, page]) == 0
    for command in commands:
        words = shlex.split(command.replace("spec/pages.json", facts))
        kept = ["--facts", facts] if words[0] == "remember" else []
        assert main([*words, *kept, "--spec", str(SPEC), page]) == 0


def test_one_command_after_an_edit() -> None:
    """Drift, lint, generate, check, changes: in this order."""
    done = subprocess.run(
        ["make", "--dry-run", "--assume-old=setup", "regenerate", "PAGES=page.md"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    parts = ("drift page.md", "redocly lint", "generator generate", "pyright", "generator changes")
    places = [done.stdout.index(part) for part in parts]
    assert places == sorted(places)


def test_read_reports_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each page is named once, with what is not understood and what contradicts itself."""
    sample = '应答示例\n\n> 200 OK\n\n```\n{"toy_id": 1, "size": "BIG"}\n```\n'
    row = "| toy_id | string(32) | true | 【玩具】 |"
    right = sample.replace('1, "size": "BIG"', '"1"')
    (tmp_path / "good.md").write_text(official(after=right), encoding="utf-8")
    size = "| size | string(8) | true | 【大小】可选取值：<br>`SMALL`：小 |"
    kind = "| kind | money | true | 【类】 |"
    (tmp_path / "odd.md").write_text(
        official(rows=(row, size, kind), after=sample), encoding="utf-8"
    )
    (tmp_path / "none.md").write_text("# 指南\n", encoding="utf-8")
    assert main(["read", str(tmp_path), "--round-trips"]) == 0
    *told, counts = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[2] for line in told if not line.startswith("none.md:0")] == [
        "note: kind: not a type, and no field stands below it: money",
        "disagreement: toy_id is string, the sample has integer",
        "disagreement: size lists no BIG, which the sample has",
        "disagreement: kind is required, the sample lacks it",
    ]
    assert counts.startswith("3 pages, 2 operations, 0 notices, 4 fields, 2 samples, 1 refused")
    assert "1 notes, 3 disagreements, 0 round trips; " in counts


def test_read_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(tmp_path / "none")]) == 2
    assert "is not a folder" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_a_scaffold_in_a_file_is_utf_8_on_any_console(encoding: str) -> None:
    """Escapes in place of Chinese would be other titles, and nobody would notice."""
    done = subprocess.run(
        [sys.executable, "-m", "generator", "scaffold", str(PAGES / "official_create.md")],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "系统异常" in done.stdout.decode("utf-8")
    assert b"\\u" not in done.stdout
