"""Check that the vector files are well-formed, explained and true, with openssl as the judge."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from tests.tools import tool

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "spec" / "vectors"
README = (VECTORS / "README.md").read_text(encoding="utf-8")
KINDS = (
    "request_signing",
    "response_verification",
    "certificate_decryption",
    "error_bodies",
    "models",
    "encryption",
    "notices",
    "uploads",
)
# The sign strings of pages 4012365862 and 4012365864 and of our two operations, computed
# once by hand; a maker that changed them would be wrong together with its own cases.
PINNED_MESSAGES = {
    "request-published-path": (
        90,
        "c65a830c3a6f61f3312ff204f6e4fda6397078cb96775237273c1d0f8da02dcd",
    ),
    "request-published-body": (
        372,
        "87a9f84cd9b4bdb78ec4dbe4595c8c8bf04d3e79a6765b2100741d1a473d37af",
    ),
    "request-digest-query": (
        137,
        "0522e16df5bf4a7485b35bbcf4b31a08be561c5c91c478ce3bdaea37b2cb086f",
    ),
    "request-digest-create": (
        143,
        "b9fe74ea77089cbb0b2b2b91e598a64b00794ae3f7e1d9b0b0c7cc6f54804a42",
    ),
}
PINNED_RESULTS = {
    "request-published-path": "valid",
    "request-published-body": "valid",
    "request-published-query": "invalid",
    "response-published-certificate": "valid",
    "response-published-public-key": "invalid",
    "certificate-published": "valid",
}

Json = dict[str, Any]


def load(kind: str) -> Json:
    content: Json = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))
    return content


def load_schema(kind: str) -> Json:
    path = VECTORS / "schema" / f"{kind}.schema.json"
    content: Json = json.loads(path.read_text(encoding="utf-8"))
    return content


def cases_of(kind: str) -> Iterator[tuple[Json, Json]]:
    for group in load(kind)["groups"]:
        for case in group["cases"]:
            yield group, case


def every_case() -> dict[str, Json]:
    return {case["id"]: case for kind in KINDS for _, case in cases_of(kind)}


def openssl_verifies(key_file: str, message: bytes, signature: bytes, folder: Path) -> bool:
    program = tool("openssl")
    file = folder / "signature"
    file.write_bytes(signature)
    done = subprocess.run(
        [program, "dgst", "-sha256", "-verify", VECTORS / key_file, "-signature", file],
        input=message,
        capture_output=True,
        check=False,
    )
    assert b"unable to load" not in done.stderr.lower()
    # The command reads no more bytes than the key has, so a longer signature passes it by.
    return done.returncode == 0 and len(signature) == 256


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_follows_its_schema(kind: str) -> None:
    schema = load_schema(kind)
    Draft202012Validator.check_schema(schema)
    jsonschema.validate(load(kind), schema, cls=Draft202012Validator)


def test_no_file_is_forgotten() -> None:
    assert {path.stem for path in VECTORS.glob("*.json")} == set(KINDS)
    schemas = {path.name.removesuffix(".schema.json") for path in (VECTORS / "schema").iterdir()}
    assert schemas == set(KINDS)


def test_ids_are_unique_across_files() -> None:
    counts = Counter(case["id"] for kind in KINDS for _, case in cases_of(kind))
    assert [name for name, count in counts.items() if count > 1] == []


def test_there_are_enough_cases() -> None:
    assert len(every_case()) >= 120


@pytest.mark.parametrize("kind", KINDS)
def test_the_case_count_is_right(kind: str) -> None:
    assert load(kind)["case_count"] == len(list(cases_of(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_flags_are_used_and_explained(kind: str) -> None:
    used = {flag for _, case in cases_of(kind) for flag in case["flags"]}
    assert used == set(load(kind)["flags"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_flag_has_a_gravity_which_the_readme_explains(kind: str) -> None:
    content = load(kind)
    assert content["gravity"].keys() == content["flags"].keys()
    assert [word for word in content["gravity"].values() if f"| `{word}` |" not in README] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_case_gives_something_else(kind: str) -> None:
    shared = ("cases", "name", "source", "about")
    seen: dict[str, str] = {}
    for group, case in cases_of(kind):
        what = {name: value for name, value in group.items() if name not in shared}
        given = json.dumps([what, case["given"]], sort_keys=True)
        assert seen.setdefault(given, case["id"]) == case["id"]


@pytest.mark.parametrize("kind", KINDS)
def test_groups_have_their_own_names(kind: str) -> None:
    names = [group["name"] for group in load(kind)["groups"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", KINDS)
def test_sources_are_listed_in_the_readme(kind: str) -> None:
    for group in load(kind)["groups"]:
        page = re.search(r"/doc/v3/partner/(\d+)$", group["source"])
        assert (page[1] if page else group["source"]) in README


@pytest.mark.parametrize(
    "kind",
    ["response_verification", "certificate_decryption", "encryption", "notices", "uploads"],
)
def test_every_reason_occurs_and_is_explained(kind: str) -> None:
    closed = set(load_schema(kind)["$defs"]["case"]["properties"]["reason"]["enum"])
    rejected = [case for _, case in cases_of(kind) if case["result"] == "invalid"]
    assert {case["reason"] for case in rejected} == closed
    assert [reason for reason in closed if f"`{reason}`" not in README] == []


def test_every_private_key_is_declared_a_test_key() -> None:
    assert "TEST KEYS" in README
    names = {path.name for path in VECTORS.rglob("*") if path.is_file() and holds_key(path)}
    assert names == {path.name for path in (VECTORS / "keys").glob("*.key.pem")}
    assert [name for name in names if f"`{name}`" not in README] == []


def holds_key(path: Path) -> bool:
    return bool(re.search(rb"^-----BEGIN [A-Z ]*PRIVATE KEY-----", path.read_bytes(), re.MULTILINE))


def test_named_key_files_exist() -> None:
    texts = [(VECTORS / f"{kind}.json").read_text(encoding="utf-8") for kind in KINDS]
    named = {name for text in texts for name in re.findall(r'"(keys/[^"]+)"', text)}
    assert named
    assert [name for name in named if not (VECTORS / name).is_file()] == []


def test_trusted_certificates_hold_the_trusted_keys() -> None:
    program = tool("openssl")
    for group in [*load("response_verification")["groups"], *load("notices")["groups"]]:
        for entry in group["trusted"]:
            if entry["certificate"] is None:
                continue
            read = [program, "x509", "-in", VECTORS / entry["certificate"], "-noout", "-serial"]
            done = subprocess.run([*read, "-pubkey"], capture_output=True, check=True, text=True)
            first, _, pem = done.stdout.partition("-----BEGIN")
            assert first.strip() == f"serial={entry['serial']}"
            public_key = (VECTORS / entry["public_key"]).read_text(encoding="ascii")
            assert f"-----BEGIN{pem}" == public_key


def test_official_samples_keep_their_verdict() -> None:
    cases = every_case()
    assert {name: cases[name]["result"] for name in PINNED_RESULTS} == PINNED_RESULTS
    assert {
        name: (cases[name]["message_length"], cases[name]["message_sha256"])
        for name in PINNED_MESSAGES
    } == PINNED_MESSAGES


def signed_requests() -> Iterator[tuple[Json, Json]]:
    yield from cases_of("request_signing")
    yield from ((group, case) for group, case in cases_of("uploads") if "message" in case)


def test_request_messages_agree_with_their_digests() -> None:
    for _, case in signed_requests():
        message = base64.b64decode(case["message"])
        assert len(message) == case["message_length"]
        assert hashlib.sha256(message).hexdigest() == case["message_sha256"]


def test_header_fields_repeat_what_was_given() -> None:
    for group, case in cases_of("request_signing"):
        if case["authorization"] is None:
            continue
        fields = {
            "mchid": group["mchid"],
            "serial_no": group["serial_no"],
            "nonce_str": case["given"]["nonce"],
            "timestamp": case["given"]["timestamp"],
            "signature": case["signature"],
        }
        assert case["authorization"]["fields"] == fields
        text = ",".join(f'{name}="{value}"' for name, value in fields.items())
        assert case["authorization"]["header"] == f"{case['authorization']['scheme']} {text}"


def test_an_encoded_body_is_the_body_once_decoded() -> None:
    packed = [case["given"] for _, case in cases_of("response_verification")]
    packed = [given for given in packed if "encoded_body" in given]
    assert packed
    for given in packed:
        assert given["headers"]["Content-Encoding"] == "gzip"
        decoded = gzip.decompress(base64.b64decode(given["encoded_body"]))
        assert decoded == base64.b64decode(given["body"])


def test_openssl_agrees_with_request_signatures(tmp_path: Path) -> None:
    for group, case in signed_requests():
        if case["signature"] is None:
            continue
        message = base64.b64decode(case["message"])
        signature = base64.b64decode(case["signature"])
        verified = openssl_verifies(group["public_key"], message, signature, tmp_path)
        assert verified == (case["result"] == "valid"), case["id"]


def test_openssl_agrees_with_response_signatures(tmp_path: Path) -> None:
    for group, case in cases_of("response_verification"):
        accepted = case["result"] == "valid" and case["proven"]
        # Other reasons end before the signature; acceptable ones may be oddly encoded.
        if not accepted and (case["result"], case.get("reason")) != (
            "invalid",
            "invalid_signature",
        ):
            continue
        if "LineFeed" in case["flags"]:
            continue  # the bytes are truly signed, only as another nonce and body
        given = case["given"]
        headers = {name.lower(): value for name, value in given["headers"].items()}
        prefix = f"{headers['wechatpay-timestamp']}\n{headers['wechatpay-nonce']}\n".encode()
        message = prefix + base64.b64decode(given["body"]) + b"\n"
        key_file = key_for(group["trusted"], headers["wechatpay-serial"])
        try:
            signature = base64.b64decode(headers["wechatpay-signature"], validate=True)
        except ValueError:
            assert not accepted, case["id"]
            continue
        verified = openssl_verifies(key_file, message, signature, tmp_path)
        assert verified == accepted, case["id"]


def test_openssl_agrees_with_the_signatures_of_notices(tmp_path: Path) -> None:
    before = {"missing_signature", "expired_timestamp", "unsupported_signature_type"}
    for group, case in cases_of("notices"):
        if case.get("reason") in {*before, "unknown_serial"}:
            continue
        given = case["given"]
        headers = {
            name.lower().replace("_", "-").removeprefix("http-"): value
            for name, value in given["headers"].items()
        }
        signature = headers["wechatpay-signature"]
        if "SIGNTEST" in signature:
            continue
        prefix = f"{headers['wechatpay-timestamp']}\n{headers['wechatpay-nonce']}\n".encode()
        message = prefix + base64.b64decode(given["body"]) + b"\n"
        key_file = key_for(group["trusted"], headers["wechatpay-serial"])
        raw = base64.b64decode(signature)
        verified = openssl_verifies(key_file, message, raw, tmp_path)
        assert verified == (case.get("reason") != "invalid_signature"), case["id"]


def test_openssl_agrees_with_what_is_encrypted() -> None:
    program = tool("openssl")
    oaep = ["-pkeyopt", "rsa_padding_mode:oaep"]
    for group, case in cases_of("encryption"):
        if group["does"] == "encrypt" or case.get("reason") == "malformed_ciphertext":
            continue
        key = VECTORS / group["private_key"]
        sealed = base64.b64decode(case["given"]["ciphertext"])
        if not sealed:
            continue
        done = subprocess.run(
            [program, "pkeyutl", "-decrypt", "-inkey", key, *oaep],
            input=sealed,
            capture_output=True,
            check=False,
        )
        found = done.stdout if done.returncode == 0 else None
        expected = base64.b64decode(case["plaintext"]) if "plaintext" in case else None
        assert found == expected, case["id"]


def key_for(trusted: list[Json], serial: str) -> str:
    def plain(text: str) -> str:
        return text if text.startswith("PUB_KEY_ID_") else text.upper().lstrip("0")

    [entry] = [entry for entry in trusted if plain(entry["serial"]) == plain(serial)]
    file: str = entry["public_key"]
    return file


def test_the_maker_gives_the_same_bytes() -> None:
    tool("openssl")
    done = subprocess.run(
        [sys.executable, VECTORS / "make.py", "--check"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_maker_fails_loudly_without_openssl(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, VECTORS / "make.py", "--check"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert "openssl is not installed" in done.stderr


def test_the_example_in_the_readme_runs() -> None:
    example = re.search(r"```js\n(.+?)```", README, re.DOTALL)
    assert example is not None
    done = subprocess.run(
        [tool("node"), "--input-type=module", "-"],
        input=example[1],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == load("request_signing")["case_count"]
    assert [line for line in lines if not line.startswith("ok")] == []
