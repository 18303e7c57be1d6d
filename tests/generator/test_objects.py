"""Objects, lists, maps, null and compositions."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

from tests.generator.support import Generated, Node, contract, round_trip, to

TEXT: Node = {"type": "string"}
NUMBER: Node = {"type": "integer"}


def closed(**properties: Node) -> Node:
    return {"type": "object", "properties": properties, "additionalProperties": False}


# --- nesting and lists

NESTED = contract(
    "nested",
    {
        "Order": {
            "type": "object",
            "required": ["address"],
            "properties": {
                "address": {
                    "type": "object",
                    "required": ["city"],
                    "properties": {
                        "city": {"type": "string", "maxLength": 5},
                        "geo": {"type": "object", "properties": {"lat": {"type": "number"}}},
                    },
                },
                "tags": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2},
                "grid": {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {"type": "integer", "minimum": 0},
                    },
                },
                "lines": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"sku": TEXT}},
                },
                "parent": to("Order"),
                "history": {"type": "array", "items": to("Event")},
                "untyped": {"type": "array", "items": {}},
            },
        },
        "Event": {"type": "object", "properties": {"order": to("Order"), "note": to("Note")}},
        "Note": {"type": "string", "minLength": 1},
        "Alias": to("Event"),
        "Listed": {"type": "array", "items": to("Event")},
        "Holder": {"type": "object", "properties": {"events": to("Listed"), "same": to("Alias")}},
        "Untold": {"properties": {"a": NUMBER}},
        "List31": {"type": "object", "properties": {"a": {"type": "array"}, "b": {"items": TEXT}}},
    },
    openapi="3.1.0",
)
ORDER: Node = {
    "address": {"city": "Bern", "geo": {"lat": 46.9}},
    "tags": ["a"],
    "grid": [[1, 2], []],
    "lines": [{"sku": "x"}, {"sku": "y", "new": [1, {"z": None}]}],
    "parent": {"address": {"city": "Rom"}},
    "history": [{"order": {"address": {"city": "Ulm"}}, "note": "n"}],
    "untyped": [1, "a", None, {"b": []}],
}


def test_nested_and_recursive_objects_round_trip() -> None:
    order = round_trip(NESTED.models.Order, ORDER)
    assert order.address.geo.lat == 46.9
    assert order.history[0].order.address.city == "Ulm"
    assert order.lines[1].additional_properties == {"new": [1, {"z": None}]}


@pytest.mark.parametrize("first", ["order", "event", "holder"])
def test_models_that_need_each_other_can_be_imported_in_any_order(first: str) -> None:
    assert NESTED.folder.is_dir()
    program = (
        f"import nested.models.{first}, nested.models as m;"
        "m.Order.from_dict({'address': {'city': 'a'}, 'history': [{}]}).check('body');"
        "m.Event.from_dict({'order': {'address': {'city': 'a'}}}).check('body')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=NESTED.folder.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_models_are_immutable_comparable_and_can_be_copied() -> None:
    order = NESTED.models.Order.from_dict(ORDER)
    with pytest.raises(AttributeError):
        order.tags = ()
    assert pickle.loads(pickle.dumps(order)) == order  # noqa: S301 - our own bytes
    assert copy.deepcopy(order) == order
    assert order != NESTED.models.Order.from_dict({**ORDER, "tags": ["b"]})


def test_a_list_given_by_hand_equals_one_that_was_read() -> None:
    event = NESTED.models.Event()
    by_hand = NESTED.models.Holder(events=[event])
    assert by_hand == NESTED.models.Holder.from_dict({"events": [{}]})
    assert hash(by_hand) == hash(NESTED.models.Holder(events=(event,)))


@pytest.mark.parametrize(
    ("changes", "where", "rule"),
    [
        ({"address": {"city": "Zurich"}}, "body.address.city", "at most 5 characters"),
        ({"tags": []}, "body.tags", "at least 1 items"),
        ({"tags": ["a", "b", "c"]}, "body.tags", "at most 2 items"),
        ({"grid": [[], [1, 1]]}, "body.grid[1]", "not contain an item twice"),
        ({"grid": [[], [1, -1]]}, "body.grid[1][1]", "at least 0"),
        ({"parent": {"address": {"city": "Zurich"}}}, "body.parent.address.city", "at most 5"),
        ({"history": [{"note": ""}]}, "body.history[0].note", "not be empty"),
    ],
)
def test_a_broken_rule_names_its_place(changes: Node, where: str, rule: str) -> None:
    with pytest.raises(NESTED.errors.InvalidInputError, match=rule) as caught:
        NESTED.models.Order.from_dict({**ORDER, **changes}).check("body")
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"address": {}}, "address.city is missing"),
        ({"address": []}, "address must be an object, not list"),
        ({"lines": {}}, "lines must be a list, not dict"),
        ({"grid": [[], ["a"]]}, r"grid\[1\]\[0\] must be a whole number, not str"),
    ],
)
def test_a_reply_of_another_shape_names_its_place(changes: Node, problem: str) -> None:
    with pytest.raises(NESTED.errors.InvalidResponseError, match=f"^{problem}"):
        NESTED.models.Order.from_dict({**ORDER, **changes})


def test_another_model_is_not_accepted() -> None:
    order = NESTED.models.Order(address=NESTED.models.Event())
    with pytest.raises(
        NESTED.errors.InvalidInputError, match=r"body\.address must be a OrderAddress"
    ):
        order.check("body")


def test_short_forms_of_types_are_understood() -> None:
    round_trip(NESTED.models.List31, {"a": [1, "x"], "b": ["y"]})
    with pytest.raises(NESTED.errors.InvalidResponseError):
        NESTED.models.List31.from_dict({"b": [1]})
    assert round_trip(NESTED.models.Untold, {"a": 1}).a == 1
    assert NESTED.models.Holder.from_dict({"same": {"note": "n"}}).same.note == "n"


# --- maps

MAPS = contract(
    "maps",
    {
        "Typed": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        "OfModels": {"type": "object", "additionalProperties": to("Typed")},
        "Open": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": True},
        "Any": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": {}},
        "Closed": {**closed(a=TEXT), "required": ["a"]},
        "Sized": {"additionalProperties": NUMBER, "minProperties": 1, "maxProperties": 2},
        "Mixed": {
            "type": "object",
            "properties": {"at": {"type": "string", "format": "date-time"}},
            "additionalProperties": NUMBER,
        },
    },
)


@pytest.mark.parametrize(
    ("model", "example"),
    [
        ("Typed", {"x": 1, "y": 2}),
        ("OfModels", {"x": {"y": 1}, "z": {}}),
        ("Open", {"a": "b", "c": {"d": [1]}}),
        ("Any", {"c": None}),
        ("Closed", {"a": "b"}),
        ("Sized", {"": 1, "from_dict": 2}),
        ("Mixed", {"at": "2018-06-08T10:34:56+08:00", "n": 1}),
    ],
)
def test_a_map_round_trips(model: str, example: Node) -> None:
    round_trip(getattr(MAPS.models, model), example)


def test_a_typed_map_checks_its_values() -> None:
    with pytest.raises(MAPS.errors.InvalidResponseError, match=r"x must be a whole number"):
        MAPS.models.Typed.from_dict({"x": "1"})
    with pytest.raises(MAPS.errors.InvalidInputError, match=r"body\.x must be at least 1"):
        MAPS.models.Typed(additional_properties={"x": 0}).check("body")
    nested = MAPS.models.OfModels.from_dict({"x": {"y": 0}})
    with pytest.raises(MAPS.errors.InvalidInputError, match=r"body\.x.y must be at least 1"):
        nested.check("body")


def test_a_closed_object_keeps_what_it_reads_and_sends_nothing_else() -> None:
    read = MAPS.models.Closed.from_dict({"a": "b", "new": 1})
    assert read.to_dict() == {"a": "b", "new": 1}
    with pytest.raises(MAPS.errors.InvalidInputError, match=r"body\.new is not a field"):
        read.check("body")


def test_the_number_of_members_is_checked() -> None:
    for size, rule in ((0, "at least 1 fields"), (3, "at most 2 fields")):
        sized = MAPS.models.Sized(additional_properties=dict.fromkeys("abc"[:size], 1))
        with pytest.raises(MAPS.errors.InvalidInputError, match=rule):
            sized.check("body")


def test_a_member_that_can_not_be_read_is_no_value_of_a_typed_map() -> None:
    read = MAPS.models.Mixed.from_dict({"at": "soon", "n": 1})
    assert read.to_dict() == {"at": "soon", "n": 1}


def test_a_listed_member_can_not_be_smuggled_past_its_rule() -> None:
    smuggled = MAPS.models.Closed(a="b", additional_properties={"a": 1})
    assert smuggled.to_dict() == {"a": "b"}
    smuggled = MAPS.models.Mixed(additional_properties={"at": 1})
    with pytest.raises(MAPS.errors.InvalidInputError, match=r"body\.at must be given as a field"):
        smuggled.check("body")


# --- null

NULL_30 = contract(
    "null_30",
    {
        "Holder": {
            "type": "object",
            "required": ["must"],
            "properties": {
                "must": {"type": "string", "nullable": True, "maxLength": 3},
                "may": {"type": "integer", "nullable": True},
                "model": {"nullable": True, "allOf": [to("Inner")], "description": "Own text."},
                "inline": {"type": "object", "nullable": True, "properties": {"a": NUMBER}},
                "many": {"type": "array", "items": {"type": "integer", "nullable": True}},
                "kind": {"type": "string", "enum": ["A", None], "nullable": True},
                "sort": {"type": "string", "enum": ["A"], "nullable": True},
                "anything": {"nullable": True},
                "at": {"type": "string", "format": "date-time", "nullable": True},
                "shared": to("Shared"),
            },
        },
        "Inner": {"type": "object", "properties": {"a": NUMBER}},
        "Shared": {"type": "object", "nullable": True, "properties": {"a": NUMBER}},
    },
)
NULL_31 = contract(
    "null_31",
    {
        "Holder": {
            "type": "object",
            "required": ["must"],
            "properties": {
                "must": {"type": ["string", "null"], "maxLength": 3},
                "may": {"anyOf": [NUMBER, {"type": "null"}]},
                "model": {"oneOf": [to("Inner"), {"type": "null"}]},
                "inline": {"type": ["object", "null"], "properties": {"a": NUMBER}},
                "many": {"type": "array", "items": {"type": ["integer", "null"]}},
                "kind": {"enum": ["A", None]},
                "sort": {"type": ["string", "null"], "enum": ["A", None]},
                "anything": {},
                "at": {"type": ["string", "null"], "format": "date-time"},
                "shared": to("Shared"),
                "none": {"type": "null"},
                "alone": {"type": ["integer"]},
                "single": {"oneOf": [to("Inner")]},
                "inner": {"anyOf": [{"type": "string", "maxLength": 3}]},
            },
        },
        "Inner": {"type": "object", "properties": {"a": NUMBER}},
        "Shared": {"type": ["object", "null"], "properties": {"a": NUMBER}},
    },
    openapi="3.1.0",
)
NULLS = pytest.mark.parametrize("contract", [NULL_30, NULL_31], ids=["3.0", "3.1"])
VALUES: Node = {
    "must": "abc",
    "may": 1,
    "model": {"a": 1},
    "inline": {"a": 2},
    "many": [1, None],
    "kind": "A",
    "sort": "A",
    "anything": {"x": None},
    "at": "2018-06-08T10:34:56+08:00",
    "shared": {"a": 3},
}


@NULLS
def test_both_spellings_of_null_mean_the_same(contract: Generated) -> None:
    read = round_trip(contract.models.Holder, VALUES)
    assert type(read.inline).__name__ == "HolderInline"
    assert type(read.shared).__name__ == "Shared"
    assert type(read.kind).__name__ == "HolderKind"


@NULLS
def test_null_survives(contract: Generated) -> None:
    for name in set(VALUES) - {"must", "many"}:
        read = round_trip(contract.models.Holder, {"must": None, name: None})
        assert getattr(read, name) is None
    assert contract.models.Holder(must=None).to_dict() == {"must": None}


@NULLS
def test_null_can_be_sent_for_an_optional_member(contract: Generated) -> None:
    holder = contract.models.Holder(must="a", additional_properties={"may": None})
    holder.check("body")
    assert holder.to_dict() == {"must": "a", "may": None}


@NULLS
def test_a_limit_beside_null_counts(contract: Generated) -> None:
    with pytest.raises(contract.errors.InvalidInputError, match="at most 3 characters"):
        contract.models.Holder(must="four").check("body")
    with pytest.raises(contract.errors.InvalidResponseError, match="must is missing"):
        contract.models.Holder.from_dict({})


def test_null_is_not_sent_where_the_contract_has_none() -> None:
    holder = NESTED.models.Untold(additional_properties={"a": None})
    with pytest.raises(NESTED.errors.InvalidInputError, match=r"body\.a must be given as a field"):
        holder.check("body")


# --- allOf

BASE: Node = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "maxLength": 4},
        "level": to("Level"),
        "size": {"type": "number", "minimum": 1},
        "address": {"type": "object", "properties": {"city": TEXT}},
    },
}
ALL_OF = contract(
    "all_of",
    {
        "Base": BASE,
        "Level": {"type": "string", "enum": ["LOW", "HIGH"]},
        "Beside": {"allOf": [to("Base")], "properties": {"own": TEXT}, "required": ["own"]},
        "Inline": {"allOf": [to("Base"), {"properties": {"own": TEXT}, "required": ["own"]}]},
        "Stricter": {
            "allOf": [to("Base")],
            "required": ["size"],
            "properties": {
                "id": {"minLength": 2, "description": "Own text."},
                "size": {"type": "integer", "maximum": 9},
            },
        },
        "Deep": {"allOf": [{"allOf": [to("Inline")], "properties": {"deep": TEXT}}]},
        "Two": {"allOf": [to("Base"), to("Other")]},
        "Other": {"type": "object", "properties": {"id": {"type": "string", "minLength": 3}}},
        "Map": {"allOf": [to("Counts")], "properties": {"own": TEXT}},
        "Counts": {"type": "object", "additionalProperties": NUMBER, "maxProperties": 2},
        "Code": {"allOf": [{"type": "string", "minLength": 2}, {"maxLength": 3}]},
        "Short": {"allOf": [to("Code")], "maxLength": 2},
        "Renamed": {"allOf": [to("Base")], "description": "The same."},
        "Texts": {
            "type": "object",
            "properties": {
                "code": to("Code"),
                "short": to("Short"),
                "same": to("Renamed"),
                "inline": {"allOf": [to("Base"), {"properties": {"extra": NUMBER}}]},
            },
        },
    },
)


@pytest.mark.parametrize(
    ("model", "example"),
    [
        ("Beside", {"id": "1", "own": "x", "level": "LOW", "address": {"city": "Ulm"}}),
        ("Inline", {"id": "1", "own": "x", "size": 1.5}),
        ("Stricter", {"id": "12", "size": 2}),
        ("Deep", {"id": "1", "own": "x", "deep": "y"}),
        ("Two", {"id": "123"}),
        ("Map", {"own": "x", "n": 1}),
        ("Texts", {"code": "ab", "short": "ab", "same": {"id": "1"}, "inline": {"id": "2"}}),
    ],
)
def test_a_composition_has_the_members_of_all_its_parts(model: str, example: Node) -> None:
    round_trip(getattr(ALL_OF.models, model), example)


@pytest.mark.parametrize(
    ("model", "example", "problem"),
    [
        ("Beside", {"id": "1"}, "own is missing"),
        ("Inline", {"own": "x"}, "id is missing"),
        ("Stricter", {"id": "12"}, "size is missing"),
        ("Stricter", {"id": "12", "size": 1.5}, "size must be a whole number"),
        ("Deep", {"id": "1", "deep": "y"}, "own is missing"),
        ("Map", {"n": "x"}, "n must be a whole number"),
    ],
)
def test_a_composition_asks_for_what_any_part_requires(
    model: str, example: Node, problem: str
) -> None:
    with pytest.raises(ALL_OF.errors.InvalidResponseError, match=problem):
        getattr(ALL_OF.models, model).from_dict(example)


@pytest.mark.parametrize(
    ("model", "example", "rule"),
    [
        ("Stricter", {"id": "1", "size": 2}, "body.id must have at least 2"),
        ("Stricter", {"id": "12345", "size": 2}, "body.id must have at most 4"),
        ("Stricter", {"id": "12", "size": 0}, "body.size must be at least 1"),
        ("Stricter", {"id": "12", "size": 10}, "body.size must be at most 9"),
        ("Two", {"id": "12"}, "body.id must have at least 3"),
        ("Two", {"id": "12345"}, "body.id must have at most 4"),
        ("Map", {"a": 1, "b": 2, "c": 3}, "at most 2 fields"),
        ("Texts", {"code": "a"}, "body.code must have at least 2"),
        ("Texts", {"code": "abcd"}, "body.code must have at most 3"),
        ("Texts", {"short": "abc"}, "body.short must have at most 2"),
    ],
)
def test_a_composition_checks_the_rules_of_all_its_parts(
    model: str, example: Node, rule: str
) -> None:
    with pytest.raises(ALL_OF.errors.InvalidInputError, match=rule):
        getattr(ALL_OF.models, model).from_dict(example).check("body")


def test_a_part_with_a_name_keeps_its_class() -> None:
    same = ALL_OF.models.Texts.from_dict({"same": {"id": "1"}}).same
    assert type(same) is ALL_OF.models.Base


# --- readOnly, writeOnly

ONE_WAY = contract(
    "one_way",
    {
        "Account": {
            "type": "object",
            "required": ["id", "password", "name"],
            "properties": {
                "id": {"type": "integer", "readOnly": True},
                "password": {"type": "string", "writeOnly": True},
                "name": TEXT,
            },
        }
    },
    {
        "/accounts": {
            "post": {
                "operationId": "create",
                "requestBody": {"content": {"application/json": {"schema": to("Account")}}},
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {"application/json": {"schema": to("Account")}},
                    }
                },
            }
        }
    },
)


def test_a_member_is_asked_for_only_in_its_direction() -> None:
    account = ONE_WAY.models.Account(name="n", password="p")  # noqa: S106 - not one
    account.check("body")
    assert round_trip(ONE_WAY.models.Account, {"id": 1, "name": "n"}).id == 1
    with pytest.raises(ONE_WAY.errors.InvalidResponseError, match="name is missing"):
        ONE_WAY.models.Account.from_dict({"id": 1})
