"""The extension is complete: read alone, it gives what the vectors expect."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jsonschema import Draft202012Validator

SPEC = Path(__file__).parents[2] / "spec"
README = (SPEC / "README.md").read_text(encoding="utf-8")

Json = dict[str, Any]


def read(path: str) -> Json:
    content: Json = yaml.safe_load((SPEC / path).read_text(encoding="utf-8"))
    return content


CONTRACT = read("openapi.yaml")
EXTENSION: Json = CONTRACT["components"]["securitySchemes"]["wechatpay"]["x-wechatpay-signature"]
SCHEMA = json.loads((SPEC / "signature.schema.json").read_text(encoding="utf-8"))


def message(direction: str, parts: dict[str, bytes]) -> bytes:
    """Build the signed text as the extension says, knowing nothing else."""
    separator: bytes = EXTENSION["separator"].encode()
    text = separator.join(parts[step["part"]] for step in EXTENSION[direction]["message"])
    return text + separator if EXTENSION["trailing-separator"] else text


def test_it_follows_its_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(EXTENSION, SCHEMA, cls=Draft202012Validator)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("algorithm",), "SHA1"),
        (("hint",), "a member nobody knows"),
        (("request", "message", 0), {"part": "host", "rule": "signed too"}),
        (("response", "tolerance-seconds"), None),
        (("response", "verification"), []),
        (("hosts", "primary"), "api.mch.weixin.qq.com"),
        (("sources",), ["https://example.com/"]),
    ],
)
def test_its_schema_refuses(path: tuple[str | int, ...], value: object) -> None:
    spoilt = node = json.loads(json.dumps(EXTENSION))
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, SCHEMA, cls=Draft202012Validator)


def test_it_is_enough_to_sign() -> None:
    request = EXTENSION["request"]
    signed = 0
    for group in read("vectors/request_signing.json")["groups"]:
        for case in group["cases"]:
            given = case["given"]
            text = message(
                "request",
                {
                    "method": given["method"].upper().encode(),
                    "path-and-query": given["url"].encode(),
                    "timestamp": given["timestamp"].encode(),
                    "nonce": given["nonce"].encode(),
                    "body": base64.b64decode(given["body"]),
                },
            )
            assert base64.b64encode(text).decode() == case["message"], case["id"]
            if group["private_key"] is None or case["authorization"] is None:
                continue
            key = load_pem_private_key((SPEC / "vectors" / group["private_key"]).read_bytes(), None)
            assert isinstance(key, rsa.RSAPrivateKey)
            raw = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
            header = request["template"].format(
                mchid=group["mchid"],
                serial_no=group["serial_no"],
                nonce=given["nonce"],
                timestamp=given["timestamp"],
                signature=base64.b64encode(raw).decode(),
            )
            fields = dict(re.findall(r'(\w+)="([^"]*)"', header))
            assert fields == case["authorization"]["fields"], case["id"]
            assert header.split(" ")[0] == request["scheme"] == case["authorization"]["scheme"]
            assert set(fields) == set(request["fields"])
            assert re.search(request["pattern"], header), case["id"]
            signed += 1
    assert signed > 30


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(',serial_no="5"', "", id="a field missing"),
        pytest.param('"1",', '"1", ', id="a space behind a comma"),
        pytest.param('"5"', '"5",', id="a comma at the end"),
        pytest.param('"5"', "5", id="no quotes"),
        pytest.param('"2"', '""', id="an empty value"),
        pytest.param("WECHATPAY2-SHA256-RSA2048", "Bearer", id="another scheme"),
    ],
)
def test_its_grammar_refuses(old: str, new: str) -> None:
    fields = 'mchid="1",nonce_str="2",signature="3",timestamp="4",serial_no="5"'
    good = f"WECHATPAY2-SHA256-RSA2048 {fields}"
    assert re.search(EXTENSION["request"]["pattern"], good)
    header = good.replace(old, new)
    assert re.search(EXTENSION["request"]["pattern"], header) is None


def test_it_is_enough_to_verify() -> None:
    names = EXTENSION["response"]["headers"]
    verified = 0
    for group in read("vectors/response_verification.json")["groups"]:
        for case in group["cases"]:
            if case["result"] != "valid" or not case["proven"]:
                continue
            given = {name.lower(): value for name, value in case["given"]["headers"].items()}
            text = message(
                "response",
                {
                    "timestamp": given[names["timestamp"].lower()].encode(),
                    "nonce": given[names["nonce"].lower()].encode(),
                    "body": base64.b64decode(case["given"]["body"]),
                },
            )
            age = abs(case["given"]["now"] - int(given[names["timestamp"].lower()]))
            assert age <= EXTENSION["response"]["tolerance-seconds"]
            key_file = key_for(group["trusted"], given[names["key"].lower()])
            key = public_key(key_file)
            raw = base64.b64decode(given[names["signature"].lower()])
            key.verify(raw, text, padding.PKCS1v15(), hashes.SHA256())
            verified += 1
    assert verified > 20


def key_for(trusted: list[Json], serial: str) -> str:
    def plain(text: str) -> str:
        return text if text.startswith("PUB_KEY_ID_") else text.upper().lstrip("0")

    [entry] = [entry for entry in trusted if plain(entry["serial"]) == plain(serial)]
    file: str = entry["public_key"]
    return file


def public_key(file: str) -> rsa.RSAPublicKey:
    key = load_pem_public_key((SPEC / "vectors" / file).read_bytes())
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def test_its_rules_are_those_of_the_vectors_in_order() -> None:
    rules = [rule["reason"] for rule in EXTENSION["response"]["verification"]]
    table = (SPEC / "vectors" / "README.md").read_text(encoding="utf-8")
    assert rules == re.findall(r"^\| `([a-z_]+)` \| `\w+Error` \|", table, re.MULTILINE)
    schema = read("vectors/schema/response_verification.schema.json")
    assert set(rules) == set(schema["$defs"]["case"]["properties"]["reason"]["enum"])


def test_it_repeats_what_the_contract_says_elsewhere() -> None:
    scheme = CONTRACT["components"]["securitySchemes"]["wechatpay"]["scheme"]
    assert EXTENSION["request"]["scheme"] == scheme
    hosts = EXTENSION["hosts"]
    assert [hosts["primary"], hosts["backup"]] == [one["url"] for one in CONTRACT["servers"]]
    assert set(EXTENSION["response"]["headers"].values()) <= set(CONTRACT["components"]["headers"])


def test_its_sources_are_listed_in_the_readme() -> None:
    assert [page for page in EXTENSION["sources"] if f"| {page} |" not in README] == []


def test_every_extension_is_explained_in_the_readme() -> None:
    text = (SPEC / "openapi.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"^ *(?:- \{)?(x-[a-z-]+):", text, re.MULTILINE | re.IGNORECASE))
    assert len(used) > 8
    assert [name for name in sorted(used) if f"`{name}`" not in README] == []
