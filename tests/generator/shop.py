"""An application of another framework: FastAPI writes its contract and answers its calls."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, File, Form, Header, Path, Query, Response, UploadFile
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field


class Color(enum.StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    name: Annotated[str, Field(max_length=5)]


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: uuid.UUID
    name: Annotated[str, Field(pattern="^[a-z]+$", description="The name.", examples=["ab"])]
    color: Color = Color.RED
    level: Level | None = None
    tags: set[str] = set()
    prices: dict[str, float] = {}
    day: dt.date | None = None
    at: dt.datetime
    pet: Cat
    pets: list[Cat] = []
    tree: Node | None = None
    anything: Any = None
    nested: list[list[int]] = []
    flag: Literal[True] = True
    from_: Annotated[int | None, Field(alias="from")] = None


class Page(BaseModel):
    items: list[Item]
    next: str | None


class Received(BaseModel):
    """What arrived, so that a test can compare it with what was meant."""

    values: dict[str, Any]


app = FastAPI(title="Shop", version="1.2.3", description='A "shop".\n\nWith \\ and """.')


@app.get("/items/{item_id}/of/{shop:path}", tags=["items"])
def find_items(
    item_id: Annotated[int, Path(ge=1)],
    shop: str,
    must: Annotated[bool, Query()],
    q: Annotated[str | None, Query(max_length=3)] = None,
    color: Color | None = None,
    ids: Annotated[list[int] | None, Query()] = None,
    since: dt.datetime | None = None,
    x_trace: Annotated[str | None, Header()] = None,
) -> Received:
    """Find items."""
    since_text = since.isoformat() if since else None
    return Received(
        values={
            "item_id": item_id,
            "shop": shop,
            "must": must,
            "q": q,
            "color": color,
            "ids": ids,
            "since": since_text,
            "x_trace": x_trace,
        }
    )


@app.post("/items", status_code=201, tags=["items"])
def create_item(item: Item) -> Item:
    """Create an item."""
    return item


@app.get("/items", tags=["items"])
def list_items(count: int = 1) -> Page:
    """List items."""
    item = Item(
        id=uuid.UUID(int=1),
        name="ab",
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        pet=Cat(name="Tom"),
    )
    return Page(items=[item] * count, next=None)


@app.get("/items/{item_id}", tags=["items"])
def get_item(item_id: int) -> Item | None:
    """Get an item that is never there."""


@app.delete("/items/{item_id}", status_code=204, tags=["items"])
def delete_item(item_id: int) -> None:
    """Delete an item."""


@app.post("/form")
def send_form(
    user: Annotated[str, Form()],
    tries: Annotated[list[int], Form()],
    *,
    ok: Annotated[bool, Form()],
) -> Received:
    """Send a form."""
    return Received(values={"user": user, "tries": tries, "ok": ok})


@app.post("/upload")
async def upload(
    file: UploadFile,
    more: Annotated[list[UploadFile], File()],
    raw: Annotated[bytes, File()],
    note: Annotated[str, Form()] = "",
) -> Received:
    """Upload files."""
    sizes = [len(await part.read()) for part in (file, *more)]
    return Received(values={"name": file.filename, "sizes": [*sizes, len(raw)], "note": note})


@app.put("/many")
def put_many(a: Annotated[int, Body()], b: Annotated[str, Body()]) -> dict[str, int]:
    """Put two values."""
    return {b: a}


@app.put("/list")
def put_list(values: list[int]) -> list[int]:
    """Put a list."""
    return values


@app.get("/text", response_class=PlainTextResponse)
def text() -> str:
    """Get a text."""
    return "ä"


@app.get("/picture", responses={200: {"content": {"image/png": {}}}}, response_class=Response)
def picture() -> Response:
    """Get bytes."""
    return Response(b"\x89PNG", media_type="image/png")
