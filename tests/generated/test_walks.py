"""The walks of generator/README.md are those that a call takes, and as short as it says."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import httpx
import pytest
from wechatpay_ecommerce_refund import Client
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

from tests.conftest import REFUND, SUB_MCHID
from tests.generated.test_calls import Trusting
from tests.generated.test_settle import RESULT

README = Path(__file__).parents[2] / "generator" / "README.md"
MOST = 8
"""Functions of ours from `sync` to the wire."""


class Walk:
    """The functions of the package that one call enters, before and after the wire."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.back: list[str] = []
        self.stack: list[str] = []
        self.deepest = 0

    def note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and is_ours(frame):
            self.entered.append(frame.f_code.co_qualname)
            self.deepest = max(self.deepest, len([*ours(frame)]))

    def answer(self, _: httpx.Request) -> httpx.Response:
        """Play the wire."""
        self.stack = [*ours(inspect.currentframe())]
        self.out, self.entered = self.entered, self.back
        self.depth_out, self.deepest = self.deepest, 0
        return httpx.Response(200, content=RESULT)


def is_ours(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__", "")
    return module.startswith("wechatpay_ecommerce_refund") and "<" not in frame.f_code.co_name


def ours(frame: FrameType | None) -> Iterator[str]:
    while frame:
        if is_ours(frame):
            yield frame.f_code.co_qualname
        frame = frame.f_back


@pytest.fixture(scope="module")
def walk() -> Walk:
    found = Walk()
    http = httpx.Client(transport=httpx.MockTransport(found.answer))
    client = Client(Trusting(), base_url="https://a.example", http=http)
    body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
    before = sys.getprofile()
    sys.setprofile(found.note)
    try:
        create_return_advance.sync(REFUND, client=client, body=body)
    finally:
        sys.setprofile(before)
    return found


def stops(title: str) -> list[str]:
    """Return the stops of a walk of the README."""
    line = re.search(rf"^- \*\*{title}\*\*: (.*)$", README.read_text("utf-8"), re.MULTILINE)
    assert line, title
    return re.findall(r"`([\w.]+)`", line[1].partition(". ")[0])


def is_walked(stops: list[str], entered: list[str]) -> bool:
    """Whether the stops are entered in this order."""
    left = iter(entered)
    return all(stop in left for stop in stops)


def test_a_number_reaches_the_wire_in_eight_functions(walk: Walk) -> None:
    named = stops("`refund_id` from `sync` to the wire")
    assert len(named) <= MOST
    plain = [name.rpartition(".")[2] if "checks" in name else name for name in named]
    assert is_walked(plain, walk.out), walk.out
    assert walk.stack == ["Client.call", "sync"], "the library is called from the client itself"
    assert walk.depth_out <= MOST


def test_a_response_becomes_a_model_as_the_readme_says(walk: Walk) -> None:
    assert is_walked(stops("a response from socket to model"), walk.back), walk.back
    assert walk.deepest <= MOST


def test_a_walk_that_was_not_taken_is_noticed(walk: Walk) -> None:
    assert not is_walked(["bind", "sync"], walk.out)
    assert not is_walked(["sync", "missing"], walk.out)
