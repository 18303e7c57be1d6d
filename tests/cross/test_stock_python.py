"""openapi-python-client's own client, made from the lenient form, loses no genuine response."""

from __future__ import annotations

import base64
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cross.judge import SPEC, VECTORS, kept

Json = dict[str, Any]
Query = Callable[[int, str], Json]
"""From status and body of a response to what the generated query makes of it."""
PACKAGE = "stock_client_of_the_lenient_form"
READABLE = ("BadUtf8", "ByteOrderMark", "NotJson")
"""Flags of error bodies which are no JSON objects; the generated client raises on them. Sign in a
transport, and raise there for every response which is no success."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("stock")
    config = place / "config.yml"
    config.write_text("post_hooks: []\n", encoding="utf-8")
    options = ("--meta", "none", "--config", config, "--path", SPEC / "lenient.json")
    command = (sys.executable, "-m", "openapi_python_client", "generate", *options)
    subprocess.run([*command, "--output-path", place / PACKAGE], check=True, capture_output=True)
    return place / PACKAGE


@pytest.fixture(scope="module")
def query(folder: Path) -> Iterator[Query]:
    sys.path.insert(0, str(folder.parent))
    client = importlib.import_module(f"{PACKAGE}.client").Client(base_url="https://example.com")
    module = importlib.import_module(f"{PACKAGE}.api.ecommerce_refund.query_return_advance")
    sys.path.remove(str(folder.parent))

    def call(status: int, body: str) -> Json:
        response = httpx.Response(status, content=base64.b64decode(body))
        transport = httpx.MockTransport(lambda _: response)
        http = httpx.Client(transport=transport, base_url="https://example.com")
        client.set_httpx_client(http)
        found = module.sync_detailed("5000", client=client, sub_mchid="1900000109").parsed
        fields: Json = found.to_dict()
        return fields

    yield call
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


def cases(kind: str) -> Iterator[Json]:
    content = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))
    for group in content["groups"]:
        yield from group["cases"]


def test_its_files_and_classes_have_plain_names(folder: Path) -> None:
    text = (folder / "models" / "__init__.py").read_text(encoding="utf-8")
    assert "ReturnAdvance" in text
    assert text.isascii()
    assert [path.name for path in folder.rglob("*") if not path.name.isascii()] == []


def test_it_keeps_every_genuine_return(query: Query) -> None:
    read = 0
    for case in cases("models"):
        if not kept(case):
            continue
        expected = dict(case["expected"])
        extra = expected.pop("extra")
        del expected["success_time_utc"]
        found = query(200, case["given"]["body"])
        found.setdefault("success_time")
        assert found == expected | extra, case["id"]
        read += 1
    assert read > 60


def test_it_keeps_every_error_that_is_an_object(query: Query) -> None:
    read = 0
    for case in cases("error_bodies"):
        if set(case["flags"]) & set(READABLE):
            continue
        found = query(case["given"]["status"], case["given"]["body"])
        for name in ("code", "message"):
            if case["expected"][name] is not None:
                assert found[name] == case["expected"][name], case["id"]
        read += 1
    assert read > 50
