"""A contract that we did not write, and the server that it belongs to.

FastAPI derives the contract from the code of `shop.py`, and the generated client talks to that
application: what arrives there is what was meant here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import httpx
import pytest

from tests.generator import shop
from tests.generator.support import (
    DECLARED,
    Contract,
    Generated,
    Node,
    round_trip,
)

SHOP = DECLARED["shop_client"] = Contract("shop_client", shop.app.openapi())
ITEM: Node = {
    "id": "123e4567-e89b-12d3-a456-426614174000",
    "name": "ab",
    "at": "2026-01-01T08:00:00+08:00",
    "pet": {"kind": "cat", "name": "Tom"},
}
FULL: Node = {
    **ITEM,
    "color": "dark-blue",
    "level": 2,
    "tags": ["x"],
    "prices": {"EUR": 1.5},
    "day": "2026-02-03",
    "pets": [{"kind": "cat", "name": "Tim"}],
    "tree": {"value": 1, "children": [{"value": 2, "children": []}]},
    "anything": {"a": [1, None]},
    "nested": [[1], []],
    "flag": True,
    "from": 7,
}


@pytest.fixture
def call() -> Callable[..., Generated]:
    """Call an operation of the application and return the result."""

    async def called(name: str, tag: str, *arguments: object, **named: object) -> Generated:
        transport = httpx.ASGITransport(app=shop.app)
        client = SHOP.module("client").Client(
            httpx.Auth(),
            base_url="http://shop.test",
            async_http=httpx.AsyncClient(transport=transport),
        )
        module = SHOP.operation(name, tag)
        return await module.asyncio(*arguments, client=client, **named)

    return called


@pytest.mark.anyio
async def test_every_parameter_arrives_as_it_was_meant(call: Callable[..., Generated]) -> None:
    result = await call(
        "find_items_items_item_id_of_shop_get",
        "items",
        7,
        "a b",
        must=True,
        q="ä&=",
        color=SHOP.models.Color.DARK_BLUE,
        ids=[3, 4],
        since=dt.datetime(2026, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        x_trace="t",
    )
    assert result.values.to_dict() == {
        "item_id": 7,
        "shop": "a b",
        "must": True,
        "q": "ä&=",
        "color": "dark-blue",
        "ids": [3, 4],
        "since": "2026-01-02T00:00:00+08:00",
        "x_trace": "t",
    }


@pytest.mark.anyio
async def test_absent_parameters_do_not_arrive(call: Callable[..., Generated]) -> None:
    result = await call("find_items_items_item_id_of_shop_get", "items", 7, "a", must=False)
    values = result.values.to_dict()
    assert {name for name, value in values.items() if value is None} == {
        *("q", "color", "ids", "since", "x_trace"),
    }


@pytest.mark.anyio
@pytest.mark.parametrize("example", [ITEM, FULL], ids=["required", "all"])
async def test_a_model_arrives_and_comes_back(
    example: Node, call: Callable[..., Generated]
) -> None:
    item = SHOP.models.ItemInput.from_dict(example)
    created = await call("create_item_items_post", "items", body=item)
    assert type(created).__name__ == "ItemOutput"
    written = created.to_dict()
    assert {name: written[name] for name in example} == example
    assert created.id == uuid.UUID(ITEM["id"])
    assert type(created.pet).__name__ == "Cat"


@pytest.mark.anyio
async def test_other_kinds_of_results_are_read(call: Callable[..., Generated]) -> None:
    page = await call("list_items_items_get", "items", count=2)
    assert [item.name for item in page.items] == ["ab", "ab"]
    assert page.next_ is None
    assert await call("get_item_items_item_id_get", "items", 1) is None
    assert await call("delete_item_items_item_id_delete", "items", 1) is None
    assert await call("put_list_list_put", "default", body=[1, 2]) == (1, 2)
    assert await call("text_text_get", "default") == "ä"
    assert (await call("picture_picture_get", "default")).payload == b"\x89PNG"
    body = SHOP.models.BodyPutManyManyPut(a=1, b="x")
    many = await call("put_many_many_put", "default", body=body)
    assert many.additional_properties == {"x": 1}


@pytest.mark.anyio
async def test_forms_and_files_arrive(call: Callable[..., Generated]) -> None:
    form = SHOP.models.BodySendFormFormPost(user="ä &", tries=[1, 2], ok=True)
    result = await call("send_form_form_post", "default", body=form)
    assert result.values.to_dict() == {"user": "ä &", "tries": [1, 2], "ok": True}
    file = SHOP.types.File
    files = SHOP.models.BodyUploadUploadPost(
        file=file(b"abc", "a.txt"), more=[file(b"d"), file(b"")], raw=file(b"\x00\xff"), note="ä"
    )
    result = await call("upload_upload_post", "default", body=files)
    assert result.values.to_dict() == {"name": "a.txt", "sizes": [3, 1, 0, 2], "note": "ä"}


@pytest.mark.anyio
async def test_an_error_of_the_framework_is_raised(call: Callable[..., Generated]) -> None:
    item = SHOP.models.ItemInput.from_dict(ITEM | {"tags": ["x"] * 2})
    with pytest.raises(SHOP.errors.InvalidInputError, match="tags must not contain an item twice"):
        await call("create_item_items_post", "items", body=item)
    with pytest.raises(SHOP.errors.InvalidInputError, match="item_id must be at least 1"):
        await call("find_items_items_item_id_of_shop_get", "items", 0, "a", must=True)


def test_examples_round_trip() -> None:
    round_trip(SHOP.models.ItemInput, FULL)
    round_trip(SHOP.models.Page, {"items": [FULL, ITEM], "next": "n"})
