"""Notices of a spec: models for what they hold, and the function which chooses one."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path

import attrs
import pytest

from tests.generator.beyond import BEYOND, NOTICES, SCHEMAS, SECRET, WEBHOOKS
from tests.generator.support import Generated, Node, contract, document, refused, to

RESOURCE: Node = {"refund_id": "50", "amount": {"refund": 1}, "new": [1]}


def test_an_event_of_the_spec_becomes_its_model() -> None:
    read = BEYOND.module("notices").parse_notice("REFUND.CLOSED", RESOURCE)
    assert (read.refund_id, read.amount.refund) == ("50", 1)
    assert read.additional_properties == {"new": [1]}


def test_any_other_event_stays_as_it_came() -> None:
    assert BEYOND.module("notices").parse_notice("REFUND.NEW", RESOURCE) is RESOURCE


def test_a_verified_notice_is_read_as_a_whole() -> None:
    @attrs.frozen
    class Notice:
        event_type: str
        resource: Node

    read = BEYOND.module("notices").read_notice(Notice("REFUND.SUCCESS", RESOURCE))
    assert type(read) is BEYOND.models.RefundNotice


def test_a_broken_resource_names_the_field() -> None:
    with pytest.raises(BEYOND.errors.InvalidResponseError, match="refund_id is missing"):
        BEYOND.module("notices").parse_notice("REFUND.CLOSED", {})


def test_without_a_notice_there_is_no_module_and_no_envelope() -> None:
    assert not hasattr(BEYOND.models, "Envelope")
    more: Generated = copy.deepcopy(NOTICES)
    del more["x-webhooks"]["refund"]["post"]["x-notice"]
    plain = contract("unnoticed", SCHEMAS, {}, **more)
    assert not (plain.folder / "notices.py").exists()
    assert "x-notice" not in inspect.getsource(plain.module("models"))


def test_a_model_that_no_operation_uses_is_whole() -> None:
    """Its encrypted fields are checked by a module of the runtime."""
    plain = contract("unused", SCHEMAS, {})
    assert plain.module("models.contact").sensitive is plain.module("sensitive")


def noticed(schemas: Node | None = None, second: Node | None = None, **changes: Generated) -> Node:
    more: Generated = copy.deepcopy(NOTICES)
    more["x-webhooks"]["refund"]["post"]["x-notice"].update(changes)
    more["x-webhooks"] |= second or {}
    return document({**SCHEMAS, **(schemas or {})}, {}, **more)


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (noticed(resource=to("Missing")), "#/components/schemas/Missing leads nowhere"),
        (noticed(resource={"type": "object"}), "lacks $ref; add it"),
        (noticed(events=[]), "#/x-webhooks/refund/post/x-notice/events"),
        (noticed(event="A"), "knows no event; it has events, original-type, resource"),
        (noticed({"RefundNotice": {"type": "string"}}), "must be an object"),
        (
            noticed(second={"again": WEBHOOKS["refund"]}),
            "REFUND.SUCCESS is an event of refund, too",
        ),
        (
            noticed({"RefundNotice": {"type": "object", "properties": {"name": SECRET}}}),
            "x-encrypted has no effect in a notice",
        ),
    ],
)
def test_a_wrong_notice_is_refused(broken: Node, problem: str, tmp_path: Path) -> None:
    assert problem in refused(broken, tmp_path)
