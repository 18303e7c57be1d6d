"""Our package beside the one that openapi-python-client writes by itself, case by case.

Each test is a row of the table in generator/README.md: it shows what the stock output does, so
that the row is true, and what ours does with the same contract.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from tests.generator.support import (
    Generated,
    Node,
    answer,
    content,
    contract,
    document,
    operation,
    parameter,
    refused,
    to,
)

README = Path(__file__).parents[2] / "generator" / "README.md"
TEXT: Node = {"type": "string"}
SCHEMAS: Node = {
    "Refund": {
        "type": "object",
        "required": ["id", "amount", "result"],
        "properties": {
            "id": TEXT,
            "amount": {"type": "integer"},
            "result": to("Result"),
            "success_time": {"type": "string", "format": "date-time"},
            "state": {"type": "string", "enum": ["OPEN"], "nullable": True},
        },
    },
    "Result": {"type": "string", "enum": ["SUCCESS", "FAILED"]},
    "Problem": {"type": "object", "properties": {"code": TEXT, "message": TEXT}},
    "Order": {
        "type": "object",
        "required": ["number"],
        "properties": {"number": {"type": "string", "maxLength": 3}},
    },
    "Special": {"allOf": [to("Order")], "properties": {"extra": TEXT}},
}
PATHS: Node = {
    "/refunds/{refund_id}/return": {
        "get": operation(
            "getRefund",
            parameter("refund_id", "path", {"type": "string", "maxLength": 32}),
            responses={"200": answer(to("Refund")), "400": answer(to("Problem"))},
        )
    },
    "/orders": {"post": operation("postOrder", body=content(to("Order")))},
    "/special": {"post": operation("postSpecial", body=content(to("Special")))},
}
OURS = contract("beside_stock", SCHEMAS, PATHS)
REFUND: Node = {"id": "1", "amount": 888, "result": "SUCCESS"}


def stock_package(contract: Node, name: str, folder: Path) -> Path:
    """Generate with the templates of openapi-python-client, as it does by itself."""
    options = Config.from_sources(
        ConfigFile(package_name_override=name, post_hooks=[]),
        MetaType.NONE,
        document_source=folder / "contract.json",
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder / name,
    )
    data = GeneratorData.from_dict(contract, config=options)
    assert isinstance(data, GeneratorData)
    with contextlib.redirect_stdout(io.StringIO()):
        assert not Project(openapi=data, config=options).build()
    return folder / name


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Generated]:
    """Import modules of the stock package."""
    folder = tmp_path_factory.mktemp("stock")
    stock_package(document(SCHEMAS, PATHS), "stock", folder)
    sys.path.insert(0, str(folder))
    return lambda name: importlib.import_module(f"stock.{name}")


class Asked:
    """Asks for a refund with either package and gets one reply."""

    def __init__(self, stock: Callable[[str], Generated]) -> None:
        self._stock = stock
        self.url = ""

    def _transport(self, status: int, body: bytes) -> httpx.MockTransport:
        def handler(request: httpx.Request) -> httpx.Response:
            self.url = str(request.url)
            return httpx.Response(status, content=body)

        return httpx.MockTransport(handler)

    def stock(self, status: int, body: Node | bytes, refund_id: str = "1") -> Generated:
        transport = self._transport(status, as_bytes(body))
        client = self._stock("client").Client(
            base_url="https://example.test", httpx_args={"transport": transport}
        )
        return self._stock("api.default.get_refund").sync(refund_id, client=client)

    def ours(self, status: int, body: Node | bytes, refund_id: str = "1") -> Generated:
        http = httpx.Client(transport=self._transport(status, as_bytes(body)))
        client = OURS.module("client").Client(
            httpx.Auth(), base_url="https://example.test", http=http, retries=0
        )
        return OURS.operation("get_refund").sync(refund_id, client=client)


def as_bytes(body: Node | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def ask(stock: Callable[[str], Generated]) -> Asked:
    return Asked(stock)


def test_an_unknown_enum_value(ask: Asked) -> None:
    reply = {**REFUND, "result": "REVIEWING"}
    with pytest.raises(ValueError, match="REVIEWING"):
        ask.stock(200, reply)
    result = ask.ours(200, reply).result
    assert (result, result.is_known) == ("REVIEWING", False)


def test_an_empty_time(ask: Asked) -> None:
    reply = {**REFUND, "success_time": ""}
    with pytest.raises(ValueError, match="Invalid isoformat string"):
        ask.stock(200, reply)
    assert ask.ours(200, reply).success_time is None


def test_a_missing_required_field(ask: Asked) -> None:
    reply = {"id": "1", "result": "SUCCESS"}
    with pytest.raises(KeyError):
        ask.stock(200, reply)
    with pytest.raises(OURS.errors.InvalidResponseError, match="amount is missing"):
        ask.ours(200, reply)


@pytest.mark.parametrize("amount", ["888", True])
def test_a_field_of_another_type(ask: Asked, amount: object) -> None:
    reply = {**REFUND, "amount": amount}
    assert ask.stock(200, reply).amount == amount
    with pytest.raises(OURS.errors.InvalidResponseError, match="amount must be a whole number"):
        ask.ours(200, reply)


def test_a_documented_error(ask: Asked) -> None:
    reply = {"code": "PARAM_ERROR", "message": "m"}
    assert type(ask.stock(400, reply)).__name__ == "Problem"
    with pytest.raises(OURS.errors.APIError, match="400 PARAM_ERROR m"):
        ask.ours(400, reply)


def test_html_where_json_is_documented(ask: Asked) -> None:
    with pytest.raises(json.JSONDecodeError):
        ask.stock(200, b"<html>")
    with pytest.raises(OURS.errors.InvalidResponseError, match="body is not JSON"):
        ask.ours(200, b"<html>")


def test_an_undocumented_status(ask: Asked) -> None:
    assert ask.stock(502, b"Bad gateway") is None
    with pytest.raises(OURS.errors.APIError, match="502"):
        ask.ours(502, b"Bad gateway")


@pytest.mark.parametrize("status", [430, 999])
def test_a_status_that_python_has_no_name_for(
    ask: Asked, status: int, stock: Callable[[str], Generated]
) -> None:
    client = stock("client").Client(
        base_url="https://example.test",
        httpx_args={"transport": httpx.MockTransport(lambda _: httpx.Response(status))},
    )
    with pytest.raises(ValueError, match=f"{status} is not a valid HTTPStatus"):
        stock("api.default.get_refund").sync_detailed("1", client=client)
    with pytest.raises(OURS.errors.APIError) as caught:
        ask.ours(status, b"")
    assert caught.value.status_code == status


def test_the_default_time_limit(stock: Callable[[str], Generated]) -> None:
    client = stock("client").Client(base_url="https://example.test")
    assert client.get_httpx_client().timeout == httpx.Timeout(None)
    ours = OURS.module("client").Client(httpx.Auth(), base_url="https://example.test")
    assert ours.get_httpx_client().timeout == httpx.Timeout(10.0)


def test_a_dot_segment_as_path_parameter(ask: Asked) -> None:
    ask.stock(200, REFUND, refund_id="..")
    assert ask.url == "https://example.test/return"
    ask.url = ""
    with pytest.raises(OURS.errors.InvalidInputError, match="refund_id must not be empty or a dot"):
        ask.ours(200, REFUND, refund_id="..")
    assert ask.url == ""


def test_another_client_from_the_same_client(stock: Callable[[str], Generated]) -> None:
    first = stock("client").Client(base_url="https://example.test")
    http = first.get_httpx_client()
    first.with_headers({"X-Tenant": "2"})
    assert http.headers["X-Tenant"] == "2"
    ours = OURS.module("client").Client(httpx.Auth(), base_url="https://example.test", timeout=5)
    other = ours.with_options(timeout=2.0)
    assert [client._timeout["read"] for client in (ours, other)] == [5, 2.0]


def test_limits_of_the_spec(stock: Callable[[str], Generated], ask: Asked) -> None:
    order = stock("models").Order(number="too long")
    assert stock("api.default.post_order")._get_kwargs(body=order)["json"] == order.to_dict()
    with pytest.raises(OURS.errors.InvalidInputError, match=r"body\.number must have at most 3"):
        OURS.operation("post_order").bind(body=OURS.models.Order(number="too long"))
    with pytest.raises(OURS.errors.InvalidInputError, match="refund_id must have at most 32"):
        ask.ours(200, REFUND, refund_id="1" * 33)


def test_fields_beside_a_single_all_of(stock: Callable[[str], Generated]) -> None:
    assert not hasattr(stock("models"), "Special")
    assert OURS.models.Special(number="1", extra="x").to_dict() == {"number": "1", "extra": "x"}


def test_null_for_a_nullable_enum(ask: Asked) -> None:
    reply = {**REFUND, "state": None}
    with pytest.raises(ValueError, match="None is not a valid RefundState"):
        ask.stock(200, reply)
    assert ask.ours(200, reply).to_dict() == reply


AWKWARD = document(
    {
        "Any": {"type": "object", "properties": {"d": TEXT, "src_dict": TEXT}},
        "Client": {"type": "object", "properties": {"a": TEXT}},
        "Response": {"type": "object", "properties": {"a": TEXT}},
    },
    {
        "/a/{quote}": {
            "post": operation(
                "post",
                parameter("quote", "path"),
                *(parameter(name, "query") for name in ("params", "headers")),
                body=content(to("Any")),
                responses={"200": answer(to("Response"))},
            )
        },
        "/b": {"post": operation("postB", body=content(to("Client")))},
    },
)
AWKWARD_OURS = contract("awkward_beside_stock", AWKWARD["components"]["schemas"], AWKWARD["paths"])


def test_names_that_generated_code_uses_itself(tmp_path: Path) -> None:
    stock_package(AWKWARD, "stock_awkward", tmp_path)
    program = (
        "from stock_awkward.models import Any\n"
        "from stock_awkward.api.default.post import _get_kwargs\n"
        "from stock_awkward.api.default.post_b import sync\n"
        "print(Any.from_dict({'d': '1', 'src_dict': '2'}).to_dict())\n"
        "print(_get_kwargs('x', body=Any(), params='p', headers='h'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert re.search(r"\w+Error: ", done.stderr)
    example = {"d": "1", "src_dict": "2"}
    body = AWKWARD_OURS.models.Any.from_dict(example)
    assert body.to_dict() == example
    call = AWKWARD_OURS.operation("post").bind("x", body=body, params="p", headers="h")
    assert (call.target, call.content) == (
        "/a/x?params=p&headers=h",
        b'{"d":"1","src_dict":"2"}',
    )


def test_a_parameter_with_content(tmp_path: Path) -> None:
    skipped: Node = {
        "name": "filter",
        "in": "query",
        "required": True,
        "content": {"application/json": {"schema": TEXT}},
    }
    broken = document({}, {"/a": {"get": operation("getA", skipped)}})
    stock = stock_package(broken, "stock_content", tmp_path / "stock")
    assert "filter" not in (stock / "api" / "default" / "get_a.py").read_text()
    assert "parameter filter with content" in refused(broken, tmp_path / "ours")


def test_two_schemas_for_the_same_file(tmp_path: Path) -> None:
    schemas: Node = {
        name: {"type": "object", "properties": {name: TEXT}} for name in ("HTTPError", "HttpError")
    }
    models = stock_package(document(schemas), "stock_files", tmp_path / "stock") / "models"
    assert [file.name for file in models.glob("http*.py")] == ["http_error.py"]
    assert "two schemas would be written to" in refused(document(schemas), tmp_path / "ours")


def test_a_mark_for_type_checkers(tmp_path: Path) -> None:
    assert not (stock_package(document(), "stock_typed", tmp_path) / "py.typed").exists()
    assert (OURS.folder / "py.typed").exists()


ROW = re.compile(r"^\| .* \| `(test_\w+)` \|$", re.MULTILINE)


def test_every_row_of_the_table_is_a_test_and_every_test_a_row() -> None:
    named = ROW.findall(README.read_text(encoding="utf-8"))
    here = [name for name in globals() if name.startswith("test_") and "_row_" not in name]
    assert named == here
