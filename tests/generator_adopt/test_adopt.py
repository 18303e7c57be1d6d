"""Pages become a spec, a package and passing tests, and another run harms nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from schemathesis import GenerationMode
from wechatpay_sandbox import Platform

from generator.__main__ import main
from generator.adopt.folder import Folder
from generator.build import generate
from tests.merchant_by_hand import Clock, shared_keys
from tests.schema_driver import disagreements, operations

from .journey import PAGES, README, Journey, travelled, without_times, written

NOT_BY_ACCIDENT = ("/media/upload", "/apply-abnormal-refund")

CONFTEST = '''"""Both HTTP libraries call the sandbox."""

import httpx
import httpx2
import pytest
from refunds import Client
from wechatpay_auth.httpx2 import WeChatPayAuth


@pytest.fixture(params=["httpx", "httpx2"])
def client(request, wechatpay_sandbox):
    transport = wechatpay_sandbox.transport
    if request.param == "httpx":
        return Client(
            wechatpay_sandbox.auth,
            http=httpx.Client(transport=transport),
            async_http=httpx.AsyncClient(transport=transport),
            retries=0,
        )
    variables = wechatpay_sandbox.environment
    del variables["WECHATPAY_API_V3_KEY"]
    return Client(
        WeChatPayAuth.from_env(variables),
        base_url=wechatpay_sandbox.base_url,
        http=httpx2.Client(trust_env=False),
        async_http=httpx2.AsyncClient(trust_env=False),
        retries=0,
    )
'''


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    return travelled(tmp_path_factory.mktemp("journey") / "refunds")


def run_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def test_pages_become_passing_calls(journey: Journey) -> None:
    """Six operations, each called twice, and three events; what is left to a person is counted."""
    assert journey.shown.count("exit status 0") == 2, journey.shown
    assert "15 passed" in journey.shown
    spec = (journey.folder / "openapi.yaml").read_text(encoding="utf-8")
    assert f"{spec.count('TODO: ')} TODO; " in journey.shown
    assert "x-idempotent:" not in spec, "whether a call may be retried is for a person"
    assert "DRAFT" in (journey.folder / "refunds" / "__init__.py").read_text(encoding="utf-8")


def test_the_readme_opens_with_this_journey(journey: Journey) -> None:
    """It is written by `python -m tests.generator_adopt.journey`, never by hand."""
    shown = written(README.read_text(encoding="utf-8"))
    assert without_times(shown) == without_times(journey.shown)


def test_calls_pass_over_both_libraries(journey: Journey, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    shutil.copytree(journey.folder, folder)
    (folder / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    done = run_tests(folder)
    assert "27 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_sandbox_and_the_adopted_spec_never_disagree(
    journey: Journey, mode: GenerationMode
) -> None:
    """Without the operations whose input no generator of texts can make: encrypted, or hashed."""
    spec = journey.folder / "openapi.yaml"
    driven = [one for one in operations(spec) if not one.path.endswith(NOT_BY_ACCIDENT)]
    assert len(driven) == 4
    for operation in driven:
        platform = Platform(shared_keys(), spec=spec, clock=Clock())
        disagreements(operation, mode, platform, examples=20)


@pytest.fixture
def adopted(journey: Journey, tmp_path: Path) -> Path:
    return Path(shutil.copytree(journey.folder, tmp_path / "refunds"))


def again(folder: Path, *pages: str) -> int:
    """Adopt into a folder once more, without running its tests."""
    return main(
        ["adopt", *(str(PAGES / page) for page in pages), "--into", str(folder), "--no-run"]
    )


def test_what_a_person_has_edited_stays(adopted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited = ["openapi.yaml", "config.yaml", "pyproject.toml", "tests/conftest.py"]
    edited.append(next((adopted / "tests").glob("test_*.py")).relative_to(adopted).as_posix())
    for name in edited:
        file = adopted / name
        file.write_text(f"# edited\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    assert again(adopted, "refunds-apply-4012476892.md") == 0
    assert "has POST /v3/ecommerce/refunds/apply already" in capsys.readouterr().out
    for name in edited:
        assert (adopted / name).read_text(encoding="utf-8").startswith("# edited\n"), name


@pytest.mark.parametrize("is_edited", [False, True], ids=["as written", "edited"])
def test_a_test_goes_with_the_name_of_its_operation(
    adopted: Path, capsys: pytest.CaptureFixture[str], is_edited: bool
) -> None:
    """To give an operation the platform's own name is the first thing that adopt asks for."""
    old, spec = adopted / "tests" / "test_create_refunds_apply.py", adopted / "openapi.yaml"
    if is_edited:
        old.write_text(f"# edited\n{old.read_text(encoding='utf-8')}", encoding="utf-8")
    text = spec.read_text(encoding="utf-8")
    assert "operationId: createRefundsApply\n" in text
    spec.write_text(text.replace("createRefundsApply", "applyRefund"), encoding="utf-8")
    assert again(adopted) == 0
    told = capsys.readouterr().out
    new = adopted / "tests" / "test_apply_refund.py"
    assert f"wrote {new}\n" in told
    assert "apply_refund.sync(" in new.read_text(encoding="utf-8")
    assert old.exists() is is_edited
    expected = "calls what the spec has no more; change or delete it" if is_edited else "removed"
    assert expected in told
    assert again(adopted) == 0
    assert f"wrote {adopted}/tests" not in capsys.readouterr().out, "nothing else has changed"


def test_a_test_follows_the_examples_of_the_spec(adopted: Path) -> None:
    spec, file = adopted / "openapi.yaml", adopted / "tests" / "test_query_tradebill.py"
    text = spec.read_text(encoding="utf-8")
    assert '"example"' in file.read_text(encoding="utf-8")
    spec.write_text(text.replace("example: example\n", "example: another\n"), encoding="utf-8")
    assert again(adopted) == 0
    assert '"another"' in file.read_text(encoding="utf-8")


def test_an_edited_package_is_not_overwritten(
    adopted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = adopted / "refunds" / "client.py"
    module.write_text(f"{module.read_text(encoding='utf-8')}# edited\n", encoding="utf-8")
    assert again(adopted) == 2
    assert "has changed since adopt wrote it" in capsys.readouterr().err
    assert module.read_text(encoding="utf-8").endswith("# edited\n")


def test_without_a_todo_the_package_is_no_draft(
    adopted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = adopted / "openapi.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("TODO: ", "").replace("待补充", ""), encoding="utf-8")
    assert again(adopted) == 0
    assert "no TODO is left" in capsys.readouterr().out
    assert "DRAFT" not in (adopted / "refunds" / "__init__.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ([], "name a page to begin with; nothing was written"),
        (["none.md"], "none.md: can't be read: No such file"),
        (["empty.md"], "empty.md: the page is empty"),
        ([str(PAGES / "refunds-apply-4012476892.md"), "none.md"], "none.md: can't be read"),
    ],
)
def test_a_failure_is_told_and_nothing_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pages: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.md").touch()
    assert main(["adopt", *pages, "--into", "new"]) == 2
    assert told in capsys.readouterr().err
    assert not Path("new").exists()


def test_a_spec_that_makes_no_code_is_kept_and_told(
    adopted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = adopted / "openapi.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace('"3.0.3"', '"2.0"'), encoding="utf-8")
    assert again(adopted) == 2
    told = capsys.readouterr().err
    assert "openapi" in told
    assert "change it and run adopt again" in told
    spec.write_text("paths: [", encoding="utf-8")
    assert again(adopted, "refunds-apply-4012476892.md") == 2
    assert spec.read_text(encoding="utf-8") == "paths: ["


def test_a_failing_test_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Folder(tmp_path, print)
    (tmp_path / "test_odd.py").write_text("def test_odd():\n    assert 1 == 2\n")
    assert not folder.run_tests()
    assert "assert 1 == 2" in capsys.readouterr().out


def test_the_package_is_what_generate_makes(journey: Journey, tmp_path: Path) -> None:
    spec, config = journey.folder / "openapi.yaml", journey.folder / "config.yaml"
    package = generate(spec, config, tmp_path, draft=True)
    for file in package.rglob("*.py"):
        name = file.relative_to(tmp_path)
        assert (journey.folder / name).read_bytes() == file.read_bytes(), name
