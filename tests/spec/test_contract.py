"""The contract is held to our linter, and the linter to the mistakes it is there to find."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec"
TEXT = (SPEC / "openapi.yaml").read_text(encoding="utf-8")
README = (SPEC / "README.md").read_text(encoding="utf-8")

Json = dict[str, Any]

# Each takes one thing from the contract, by a text that occurs there; the rule has to notice.
MISTAKES = {
    "no title": ("          title: 微信回补单号 · WeChat return number\n", "", "own/field"),
    "title in one language": ("微信回补单号 · WeChat return number", "WeChat number", "own/field"),
    "description in one language": (
        "Number of this return, made by WeChat Pay. 微信支付生成的回补单号。",
        "Number of this return.",
        "own/field",
    ),
    "no description": (
        "          description: The sub-merchant that pays. 出款的二级商户。\n",
        "",
        "own/field",
    ),
    "no length": ("          maxLength: 64\n", "", "own/field"),
    "no reason for no range": (
        "          x-no-limit: No page gives an upper limit. 官方文档未给出上限。\n",
        "",
        "own/field",
    ),
    "a limit and a reason for none": (
        "          maxLength: 64\n",
        "          maxLength: 64\n          x-no-limit: none\n",
        "own/field",
    ),
    "no example": ('          example: "1215562501201407033233368018"\n', "", "own/field"),
    "parameter without example": (
        '      example: "50000000382019052709732678859"\n    SubMchid:',
        "    SubMchid:",
        "own/field",
    ),
    "header without reason for no length": (
        "        x-no-limit: RFC 9110 allows a number or a date. 可为秒数或日期。",
        "",
        "own/header",
    ),
    "enum without meanings": (
        "        - Operating account · 运营账户\n",
        "",
        "own/enum",
    ),
    "meaning in one language": ("Basic account · 基本账户", "Basic account", "own/enum"),
    "no error codes": (
        "x-error-codes:\n        - {status: 400",
        "x-errors:\n        - {status: 400",
        "own/operation",
    ),
    "a code without its response": (
        "{status: 404, code: RES",
        "{status: 418, code: RES",
        "own/operation",
    ),
    "a row without remedy": (", remedy: check refund_id · 检查退款单号}", "}", "own/operation"),
    "a row twice": (
        "kind: business, title: 参数签名结果不正确",
        "kind: common, title: 参数签名结果不正确",
        "own/operation",
    ),
    "no idempotency": (
        "        reason: Reading changes nothing. 查询不改变任何数据。\n",
        "        maybe: yes\n",
        "own/operation",
    ),
    "no official page": (
        "url: https://pay.weixin.qq.com/doc/v3/partner/4012476916",
        "url: https://example.com/4012476916",
        "own/operation",
    ),
    "summary in one language": (
        "Query the result of a return · 查询垫付回补结果",
        "Query",
        "own/operation",
    ),
    "response in one language": ("错误信息的语言，缺省为 zh-CN。", "", "own/field"),
    "body without example": (
        "          examples:\n            other:\n"
        "              summary: A code that is not in the table · 未列出的错误码\n"
        "              value: {code: SYSTEM, message: 系统错误}\n",
        "",
        "own/answer",
    ),
    "example of a body misfits": (
        "return_amount: 888\n",
        'return_amount: "888"\n',
        "no-invalid-media-type-examples",
    ),
    "example of a body lacks a field": (
        'payee_mchid: "1900000108"\n                payee_account: OPERATION',
        "payee_account: OPERATION",
        "no-invalid-media-type-examples",
    ),
    "example of a field misfits": (
        "          example: 888\n",
        "          example: much\n",
        "no-invalid-schema-examples",
    ),
    "example of a parameter misfits": (
        "      example: en\n",
        "      example: fr\n",
        "no-invalid-parameter-examples",
    ),
    "required name misspelt": (
        "        - payer_mchid\n",
        "        - payer_mch_id\n",
        "no-required-schema-properties-undefined",
    ),
    "a reference to nothing": (
        "#/components/responses/BadGateway",
        "#/components/responses/BadGate",
        "no-unresolved-refs",
    ),
}


@pytest.fixture(scope="session")
def linter() -> Path:
    """Return the pinned linter, installed when need be."""
    npm = shutil.which("npm")
    if npm is None:
        assert "CI" not in os.environ, "Node lints the contract and is missing"
        pytest.skip("Node is not installed")
    program = SPEC / "lint" / "node_modules" / ".bin" / "redocly"
    if not program.exists():
        subprocess.run([npm, "ci", "--ignore-scripts"], cwd=SPEC / "lint", check=True)
    return program


def lint(linter: Path, *files: Path, only: str = "") -> list[tuple[str, str]]:
    """Return file name and rule of every problem, or of those of one severity only."""
    done = subprocess.run(
        [linter, "lint", "--config", SPEC / "lint" / "redocly.yaml", "--format", "json", *files],
        capture_output=True,
        check=False,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
    )
    # One JSON document for each file, on end.
    reports = f"[{done.stdout.decode().strip().replace('}{', '},{')}]"
    problems = [one for report in json.loads(reports) for one in report["problems"]]
    return [
        (Path(one["location"][0]["source"]["ref"]).stem, one["ruleId"])
        for one in problems
        if only in {"", one["severity"]}
    ]


def test_the_linter_has_nothing_against_the_contract(linter: Path) -> None:
    assert lint(linter, SPEC / "openapi.yaml", only="error") == []


def test_the_linter_finds_every_mistake(linter: Path, tmp_path: Path) -> None:
    files: list[Path] = []
    for name, (old, new, _) in MISTAKES.items():
        assert old in TEXT, name
        files.append(tmp_path / f"{name.replace(' ', '-')}.yaml")
        files[-1].write_text(TEXT.replace(old, new), encoding="utf-8")
    found = set(lint(linter, *files))
    wanted = {(name.replace(" ", "-"), rule) for name, (_, _, rule) in MISTAKES.items()}
    assert wanted - found == set()


def contract() -> Json:
    loaded: Json = yaml.safe_load(TEXT)
    return loaded


def signature() -> Json:
    found: Json = contract()["components"]["securitySchemes"]["wechatpay"]["x-wechatpay-signature"]
    return found


def test_examples_of_headers_fit_their_schemas() -> None:
    headers = contract()["components"]["headers"]
    for header in headers.values():
        jsonschema.validate(header["example"], header["schema"], cls=Draft202012Validator)
