"""The published forms say what the contract says, and the page needs no network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from spec.lenient import METHODS, lenient, load
from spec.publish import explained, page, publish


def test_every_form_is_the_contract_or_its_lenient_form(tmp_path: Path) -> None:
    publish(tmp_path / "new" / "folder", "")
    for name, form in (("openapi", load()), ("openapi.lenient", lenient(load()))):
        for suffix in ("json", "yaml"):
            text = (tmp_path / "new" / "folder" / f"{name}.{suffix}").read_text(encoding="utf-8")
            assert (json.loads(text) if suffix == "json" else yaml.safe_load(text)) == form
            assert "垫付退款回补" in text


def test_the_yaml_has_no_aliases(tmp_path: Path) -> None:
    publish(tmp_path, "")
    text = (tmp_path / "openapi.yaml").read_text(encoding="utf-8")
    assert re.search(r"^\s*[\w-]+: [&*]", text, re.MULTILINE) is None


def test_the_page_loads_nothing() -> None:
    html = page(load(), "var Redoc;")
    assert "default-src 'none'" in html
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", html) == []


def test_no_text_of_the_contract_can_end_a_script() -> None:
    contract = load()
    contract["info"]["description"] = "</script><b>"
    html = page(contract, "/* </script> */")
    assert html.count("</script>") == 2


def test_the_page_shows_what_redoc_has_no_place_for() -> None:
    told = explained(load())
    for item in told["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            for row in operation["x-error-codes"]:
                assert (
                    f"| {row['status']} `{row['code']}` | {row['title']}"
                    in operation["description"]
                )
            reason = operation.get("x-idempotent", {"reason": "no, nothing says so"})["reason"]
            assert f"可重试**: {reason}" in operation["description"]
    scheme = told["components"]["securitySchemes"]["wechatpay"]
    assert "1. `missing_signature`: " in scheme["description"]
    assert "<SecurityDefinitions />" in told["info"]["description"]


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    contract = load()
    contract["info"]["description"] = "收回，\n再查询\n\n一 a\n二"
    assert explained(contract)["info"]["description"].startswith("收回，再查询\n\n一 a\n二")
