"""What a page says about encryption, uploads, files and notices stands in its scaffold."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from generator.docs import merging
from generator.docs.model import UnreadableError
from generator.docs.scaffold import scaffold

from .frames import HEAD, official, parsed

ENCRYPTED = [
    "该字段需要使用微信支付公钥加密（推荐），请参考[指引](https://example.com/key)",
    "此字段需要使用微信支付公钥加密（推荐）<br>- 使用RSAES-OAEP算法进行加密",
    "该字段为密文字段，作为请求字段需加密",
    "该字段需进行加密处理",
    "该字段需要进行加密",
    "该字段需要加密传入",
    "该字段已做加密处理",
    "[如何使用API证书解密敏感字段](https://example.com/decrypt)",
]
PLAIN = ["该字段无需加密", "加密算法类型", "加密时使用的随机串", "玩具"]
NOTICE = (
    "# 造好通知\n\n造好后平台发出回调通知。\n\n### 通知参数\n\n"
    f"{HEAD}| id | string(36) | true | 【编号】 |\n"
    "| event_type | string(32) | true | 【类型】TOY.DONE：好<br>TOY.LOST：丢 |\n"
    "| resource | object | true | 【数据】 |\n"
    "| resource.nonce | string(16) | true | 【随机串】 |\n\n"
    f"### 解密后的数据\n\n{HEAD}| toy_id | string(32) | true | 【玩具】 |\n"
)


def made(text: str) -> dict[str, Any]:
    return tree(scaffold(parsed(text)))


def tree(text: str) -> dict[str, Any]:
    reader: Any = YAML(typ="safe")
    found: dict[str, Any] = reader.load(text)
    return found


def operation(text: str) -> dict[str, Any]:
    ((item,),) = [list(path.values()) for path in made(text)["paths"].values()]
    found: dict[str, Any] = item
    return found


@pytest.mark.parametrize("told", [*ENCRYPTED, *PLAIN])
def test_encrypted_fields(told: str) -> None:
    text = official(
        f"| card | string(1024) | true | 【卡】{told} |",
        f"| names | array[string] | true | 【名】{told} |",
        rows=(f"| owner | string(1024) | true | 【主】{told} |",),
    )
    schemas = made(text)["components"]["schemas"]
    request = schemas["CreateToyOrdersRequest"]["properties"]
    response = schemas["CreateToyOrdersResponse"]["properties"]
    found = [request["card"], request["names"]["items"], response["owner"]]
    assert [one.get("x-encrypted", False) for one in found] == [told in ENCRYPTED] * 3


def test_an_upload_is_signed_over_its_meta() -> None:
    text = official(
        "| file | file | true | 【文件】 |",
        "| meta | object | true | 【信息】 |",
        "| meta.sha256 | string(64) | true | 【摘要】 |",
        before="请求主体类型： multipart/form-data\n\n",
    )
    (media,) = operation(text)["requestBody"]["content"].items()
    assert (media[0], media[1]["x-signed-part"]) == ("multipart/form-data", "meta")


def test_a_file_is_unsigned() -> None:
    response = operation(official(rows=(), response="200 OK\n\n返回二进制流\n"))["responses"]["200"]
    assert response["x-unsigned"]


@pytest.mark.parametrize(("told", "over"), [("解压后的摘要", "decompressed"), ("摘要", "either")])
def test_an_announced_file(told: str, over: str) -> None:
    rows = (
        "| hash_type | string(32) | true | 【类型】 |",
        f"| hash_value | string(1024) | true | 【值】{told} |",
        "| download_url | string(2048) | true | 【地址】 |",
    )
    found = operation(official(rows=rows))
    mark = found["responses"]["200"]["x-download"]
    assert (mark["url"], mark["over"]) == ("download_url", over)
    assert "TODO: decide how many bytes the file may have" in found["description"]


def test_a_notice_goes_into_the_spec_of_its_operations() -> None:
    with pytest.raises(UnreadableError, match="a notice, and no operation to start from"):
        scaffold(parsed(NOTICE))
    before = scaffold(parsed(official()))
    after = merging.into(before, "spec", parsed(NOTICE))
    assert after.startswith(before.rstrip("\n").rpartition("\n")[0][:200])
    document = tree(after)
    (stated,) = document["x-webhooks"].values()
    notice = stated["post"]["x-notice"]
    assert notice["events"] == ["TOY.DONE", "TOY.LOST"]
    name = notice["resource"]["$ref"].rpartition("/")[2]
    assert list(document["components"]["schemas"][name]["properties"]) == ["toy_id"]
    with pytest.raises(UnreadableError, match="has the notice notice already"):
        merging.into(after, "spec", parsed(NOTICE))


def test_a_scaffold_asks_for_verified_responses() -> None:
    (scheme,) = made(official())["components"]["securitySchemes"].values()
    assert scheme["x-wechatpay-signature"]["response"]["required-on"] == "2XX"
