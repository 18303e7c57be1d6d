"""A scaffold has what its page states about encryption, uploads, files and notices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from ruamel.yaml import YAML

from generator.build import generate
from generator.docs.merging import into
from generator.docs.model import UnreadableError
from generator.docs.scaffold import scaffold

from .frames import HEAD, community, official, parsed
from .support import read, text
from .test_fragments import NOTICE
from .test_merging import SPEC


def tree(document: str) -> dict[str, Any]:
    reader: Any = YAML(typ="safe")
    found: dict[str, Any] = reader.load(document)
    return found


def marked(page: str) -> set[str]:
    """Return the fields of a page's scaffold that are encrypted."""
    schemas = tree(scaffold(parsed(page)))["components"]["schemas"]
    return {
        field
        for schema in schemas.values()
        for field, one in schema.get("properties", {}).items()
        if one.get("x-encrypted") or one.get("items", {}).get("x-encrypted")
    }


@pytest.mark.parametrize(
    "words",
    [
        "该字段需要使用微信支付公钥加密（推荐），请参考[如何使用微信支付公钥加密敏感字段](4013059044)",
        "此字段需要使用微信支付公钥加密（推荐）",
        "该字段为密文字段，作为请求字段需加密",
        "该字段需进行加密处理",
        "该字段需要进行加密",
        "该字段需要加密传入",
    ],
)
@pytest.mark.parametrize("kind", ["string(1024)", "array[string]"])
def test_a_field_of_a_request_that_a_page_calls_encrypted(words: str, kind: str) -> None:
    assert marked(official(f"| name | {kind} | true | 【名】{words} |")) == {"name"}


RESPONSE = f"\n\n## 应答参数\n\n200 OK\n\n{HEAD}"


@pytest.mark.parametrize(
    "words",
    [
        "该字段已做加密处理",
        "[如何使用API证书解密敏感字段](4013059060)",
        "该字段为密文字段",
        "密钥用商户证书的公钥进行加密",
    ],
)
def test_a_field_of_a_response_that_a_page_calls_encrypted(words: str) -> None:
    row = f"| bank | string(512) | true | 【行】{words} |\n"
    assert marked(official("| id | string(8) | true | 【号】 |") + RESPONSE + row) == {"bank"}


@pytest.mark.parametrize(
    "row",
    [
        "| name | string(8) | true | 【名】该字段无需加密 |",
        "| name | string(8) | true | 【名】加密算法 |",
        "| name | string(8) | true | 【名】该字段已做加密处理 |",
        "| name | integer | true | 【名】该字段需进行加密处理 |",
    ],
)
def test_any_other_field_is_plain(row: str) -> None:
    assert marked(official(row)) == set()


def test_an_attribute_of_a_community_page_marks_a_field() -> None:
    mark = "{data-tooltip=微信支付公钥 data-encrypted=by-rsa-pubkey}"
    assert marked(community(f"| name | string {mark} | 名", "| id | string | 号")) == {"name"}


def test_the_meta_of_an_upload_is_signed() -> None:
    media = tree(scaffold(read("official_upload.md")))["paths"]["/v3/shop/media"]["post"]
    assert media["requestBody"]["content"]["multipart/form-data"]["x-signed-part"] == "meta"


@pytest.mark.parametrize(
    ("words", "over"),
    [("原始账单（gzip需要解压缩）的摘要值", "decompressed"), ("摘要值", "either")],
)
def test_a_result_with_url_and_hash_announces_a_file(words: str, over: str) -> None:
    rows = "| hash_type | string(8) | true | 【类型】SHA1 |\n"
    rows += f"| hash_value | string(64) | true | 【值】{words} |\n"
    rows += "| download_url | string(2048) | true | 【地址】 |\n"
    made = tree(scaffold(parsed(official("| id | string(8) | true | 【号】 |") + RESPONSE + rows)))
    [[operation]] = [item.values() for item in made["paths"].values()]
    rule = operation["responses"]["200"]["x-download"]
    assert (rule["url"], rule["over"]) == ("download_url", over)


EVENTS = NOTICE.replace("【类型】", "【类型】TOY.MADE：好<br>TOY.LOST：丢")


def test_a_notice_becomes_a_webhook_with_a_model(tmp_path: Path) -> None:
    document = scaffold(parsed(EVENTS))
    made = tree(document)
    validate(made)
    stated = made["x-webhooks"]["toy"]["post"]["x-notice"]
    assert stated["events"] == ["TOY.MADE", "TOY.LOST"]
    assert stated["resource"] == {"$ref": "#/components/schemas/ToyNotice"}
    (tmp_path / "openapi.yaml").write_text(document, encoding="utf-8")
    package = generate(spec=tmp_path / "openapi.yaml", output=tmp_path, draft=True)
    notices = (package / "notices.py").read_text(encoding="utf-8")
    assert '"TOY.LOST": (".models.toy_notice", "ToyNotice")' in notices


def test_an_event_that_the_page_does_not_name_is_left_to_a_person() -> None:
    [webhook] = tree(scaffold(parsed(NOTICE)))["x-webhooks"].values()
    assert webhook["post"]["x-notice"]["events"] == ["TODO: name the events"]


def test_notices_go_into_a_spec_one_after_the_other() -> None:
    once = into(SPEC, "toys.yaml", parsed(EVENTS))
    twice = into(once, "toys.yaml", parsed(EVENTS.replace("TOY.", "BOX.")))
    thrice = into(twice, "toys.yaml", parsed(EVENTS.replace("TOY.LOST", "TOY.SOLD")))
    assert once.startswith(SPEC.split("schemas:")[0])
    made = tree(thrice)
    assert list(made["x-webhooks"]) == ["toy", "box", "toy2"]
    schemas = made["components"]["schemas"]
    assert {"NoticeEnvelope", "ToyNotice", "BoxNotice", "ToyNotice2"} <= set(schemas)
    assert "NoticeEnvelope2" not in schemas
    with pytest.raises(UnreadableError, match=r"has the notices TOY\.MADE, TOY\.LOST already"):
        into(twice, "toys.yaml", parsed(EVENTS))


def test_a_file_of_a_page_comes_unsigned() -> None:
    page = text("official_upload.md").replace("204 No Content\n\n无应答包体", "返回二进制流")
    responses = tree(scaffold(parsed(page)))["paths"]["/v3/shop/media/{media_id}"]["delete"]
    assert "does not sign" in responses["responses"]["200"]["x-unsigned"]
