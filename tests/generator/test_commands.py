"""The command line: what it writes, what it leaves alone, what it reports."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import build
from generator.__main__ import main
from generator.problems import GenerationError
from tests.generator.support import Node, document, operation, parameter, to, write

ROOT = Path(__file__).parents[2]
CONTRACT = document(
    {
        "B": {"type": "object", "properties": {"a": to("A"), "e": {"enum": ["x", "y"]}}},
        "A": {"type": "object", "properties": {"b": to("B")}},
    },
    {"/a/{id}": {"get": operation("getA", parameter("id", "path"), tags=["t"])}},
)


def run(command: str, folder: Path, contract: Node | str = CONTRACT) -> int:
    """Run a command on a contract below a folder, and return its exit status."""
    spec, config = write(contract, "made", folder / "sources")
    files = ("--spec", str(spec), "--config", str(config), "--output", str(folder / "out"))
    return main([command, *files])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_the_committed_package_is_what_the_generator_writes() -> None:
    assert build.differences() == []


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_a_console_without_chinese_ends_no_command(tmp_path: Path, encoding: str) -> None:
    spec = tmp_path / "商户.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "generator", "generate", "--spec", str(spec)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_place_that_cannot_be_written_is_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["generate", "--output", str(tmp_path / "file" / "out")]) == 2
    assert "Not a directory" in capsys.readouterr().err


def test_two_runs_write_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    written: list[dict[str, bytes]] = []
    for seed in ("0", "1", "4242"):
        subprocess.run(
            [sys.executable, "-m", "generator", "generate", "--output", str(tmp_path / seed)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
        written.append(contents(tmp_path / seed))
    assert len(written[0]) > 10
    assert written[0] == written[1] == written[2]


def test_the_place_of_the_output_leaves_no_trace(tmp_path: Path) -> None:
    for place in ("one", "two/deeper"):
        assert run("generate", tmp_path / place) == 0
    one, two = (contents(tmp_path / place / "out") for place in ("one", "two/deeper"))
    assert one == two
    assert str(tmp_path).encode() not in b"".join(one.values())


def test_stale_files_vanish_and_others_stay(tmp_path: Path) -> None:
    assert run("generate", tmp_path) == 0
    before = contents(tmp_path / "out")
    (tmp_path / "out" / "made" / "models" / "stale.py").write_text("x = 1\n")
    (tmp_path / "out" / "other.txt").write_text("not ours\n")
    assert run("generate", tmp_path) == 0
    assert contents(tmp_path / "out") == {**before, "other.txt": b"not ours\n"}


BROKEN: dict[str, Node | str] = {
    "schema": document({"A": {"not": {}}}),
    "parser": document({}, {"/a/{名}": {"get": operation("get", parameter("名", "path"))}}),
    "json": "{",
    "list": "[]",
}


@pytest.mark.parametrize("contract", BROKEN.values(), ids=list(BROKEN))
def test_a_failed_run_leaves_the_old_package_alone(tmp_path: Path, contract: Node | str) -> None:
    assert run("generate", tmp_path) == 0
    before = contents(tmp_path / "out")
    assert run("generate", tmp_path, contract) == 2
    assert contents(tmp_path / "out") == before


def test_a_failure_after_the_parser_leaves_the_old_package_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("generate", tmp_path) == 0
    before = contents(tmp_path / "out")
    templates = shutil.copytree(build.HERE / "templates", tmp_path / "templates")
    (templates / "model.py.jinja").write_text("{{ upstream_renamed_this }}\n")
    monkeypatch.setattr(build, "_TEMPLATES", templates)
    assert run("generate", tmp_path) == 2
    assert "upstream_renamed_this' is undefined" in capsys.readouterr().err
    (templates / "model.py.jinja").write_text("def broken(:\n")
    assert run("generate", tmp_path) == 2
    assert "ruff" in capsys.readouterr().err
    assert contents(tmp_path / "out") == before


def test_check_is_silent_about_what_is_up_to_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("generate", tmp_path)
    before = contents(tmp_path / "out")
    assert run("check", tmp_path) == 0
    assert capsys.readouterr().out.endswith("the committed package is up to date\n")
    assert contents(tmp_path / "out") == before


CHANGES: dict[str, Callable[[Path], object]] = {
    "-x = 1": lambda out: (out / "made/models/a.py").write_text("x = 1\n"),
    "generated/made/models/a.py": lambda out: (out / "made/models/a.py").write_bytes(b"\xff"),
    "made/py.typed is missing": lambda out: (out / "made/py.typed").unlink(),
    "STAMP.json is missing": lambda out: (out / "STAMP.json").unlink(),
    "made/extra.py is left over": lambda out: (out / "made/extra.py").write_text("x = 1\n"),
    "made/empty.txt is left over": lambda out: (out / "made/empty.txt").touch(),
    "+++ generated/STAMP.json": lambda out: (out / "STAMP.json").write_text("{}\n"),
    "made/client.py is missing": shutil.rmtree,
}


@pytest.mark.parametrize("reported", CHANGES)
def test_check_reports_every_difference(
    reported: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("generate", tmp_path)
    capsys.readouterr()
    CHANGES[reported](tmp_path / "out")
    before = contents(tmp_path / "out")
    assert run("check", tmp_path) == 1
    assert reported in capsys.readouterr().out
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize("command", ["generate", "check"])
@pytest.mark.parametrize(
    ("contract", "place"),
    [
        (BROKEN["schema"], "made.json:1: #/components/schemas/A: not is outside of our dialect"),
        (BROKEN["parser"], "#/paths/~1a~1{名}"),
        ("{", "made.json, line 2: while parsing a flow"),
        ("[]", "made.json: the root must be an object, not a list"),
        ("{}", "#/openapi: must be 3.0 or 3.1"),
        ('{"openapi": "3.0.0"}', "#/info: Input should be"),
    ],
)
def test_a_broken_contract_is_named_on_stderr(
    command: str,
    contract: Node | str,
    place: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(command, tmp_path, contract) == 2
    captured = capsys.readouterr()
    assert place in captured.err
    assert captured.err.endswith(" problem; nothing was written.\n") or "problems;" in captured.err
    assert captured.out == ""


def test_yaml_names_the_line_of_a_mistake(tmp_path: Path) -> None:
    spec = tmp_path / "broken.yaml"
    spec.write_text("openapi: 3.0.3\npaths: [\n")
    with pytest.raises(GenerationError, match=r"broken\.yaml, line 3: "):
        build.generate(spec, build.CONFIG, tmp_path / "out")
    with pytest.raises(GenerationError, match=r"missing\.yaml can't be read"):
        build.generate(tmp_path / "missing.yaml", build.CONFIG, tmp_path / "out")


def test_lint_names_what_generate_passes_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint"]) == 0
    header: Node = {"X-A": {"schema": {"type": "string", "maxLenght": 1}}}
    spec, _ = write(document(components={"headers": header}), "made", tmp_path)
    assert main(["lint", "--spec", str(spec)]) == 2
    assert "#/components/headers/X-A/schema/maxLenght: no keyword" in capsys.readouterr().out


@pytest.mark.parametrize(
    "settings",
    ["{}", '{"package_name_override": "no-name"}', '{"package_name_override": 7}', "[]"],
)
def test_settings_that_name_no_package_are_refused(settings: str, tmp_path: Path) -> None:
    spec, config = write(CONTRACT, "made", tmp_path)
    config.write_text(settings)
    with pytest.raises(GenerationError, match=r"made\.config\.json"):
        build.generate(spec, config, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_yaml_and_json_and_unquoted_statuses_give_the_same_package(tmp_path: Path) -> None:
    spec, config = write(CONTRACT, "made", tmp_path)
    build.generate(spec, config, tmp_path / "json")
    as_yaml = tmp_path / "made.yaml"
    # JSON is YAML; only the quotes of the status go.
    as_yaml.write_text(spec.read_text().replace('"204"', "204"))
    assert '"204"' not in as_yaml.read_text()
    build.generate(as_yaml, config, tmp_path / "yaml")
    one, two = (contents(tmp_path / kind / "made") for kind in ("json", "yaml"))
    assert {name: data.replace(b"made.yaml", b"made.json") for name, data in two.items()} == one


def test_the_stamp_says_what_the_package_was_made_from() -> None:
    stamp = json.loads((ROOT / "generated" / "STAMP.json").read_text())
    assert set(stamp) == {
        *("spec", "config", "templates", "runtime", "generator", "openapi-python-client", "ruff"),
    }
    digest = hashlib.sha256(b"openapi.yaml\0" + build.SPEC.read_bytes() + b"\0").hexdigest()
    assert stamp["spec"] == digest
    lock = (ROOT / "requirements.txt").read_text()
    for tool in ("openapi-python-client", "ruff"):
        assert f"{tool}=={stamp[tool]} " in lock


@pytest.mark.parametrize("source", ["spec", "config"])
def test_the_stamp_changes_with_its_sources(source: str, tmp_path: Path) -> None:
    assert run("generate", tmp_path) == 0
    before = json.loads((tmp_path / "out" / "STAMP.json").read_text())
    name = "made.json" if source == "spec" else "made.config.json"
    file = tmp_path / "sources" / name
    text = file.read_text()
    file.write_text(text + "\n")
    sources = tmp_path / "sources"
    build.generate(sources / "made.json", sources / "made.config.json", tmp_path / "out")
    after = json.loads((tmp_path / "out" / "STAMP.json").read_text())
    assert {name for name in before if before[name] != after[name]} == {source}
