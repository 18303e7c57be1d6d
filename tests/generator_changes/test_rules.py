"""Each change of a spec is told as itself, with those for whom it breaks."""

from __future__ import annotations

import pytest

from generator.changes.facts import facts
from generator.changes.rules import Change, Step, changes, step
from generator.tree import load

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: 1.0.0}
servers: [{url: "https://one"}]
security: [{key: []}]
paths:
  /shop/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, maxLength: 32}}
      - {name: page, in: query, schema: {type: integer}}
    post:
      operationId: openShop
      tags: [shop]
      summary: Open
      x-error-codes:
        - {status: 403, code: NO_AUTH, kind: business}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties:
                name: {$ref: "#/components/schemas/Name"}
                note: {type: string, enum: [A, B]}
      responses:
        "200":
          description: done
          content:
            application/json:
              schema:
                type: object
                required: [state]
                properties:
                  state: {type: string, enum: [OPEN, SHUT], x-open-enum: true}
                  strict: {type: string, enum: [X]}
                  owner: {$ref: "#/components/schemas/Name"}
                  goods: {type: array, items: {type: object, properties: {sku: {type: string}}}}
        "404": {description: none}
components:
  schemas:
    Name: {type: string, maxLength: 16, description: a name}
"""
POST = "POST /shop/{id}"
MAJOR, MINOR, PATCH = Step.MAJOR, Step.MINOR, Step.PATCH
CASES: dict[str, tuple[str, str, list[Change]]] = {
    "new optional field": (
        "note: {",
        "more: {type: string}\n                note: {",
        [Change(MINOR, f"{POST}: body more", "added")],
    ),
    "new required field": (
        "required: [name]",
        "required: [name, note]",
        [Change(MAJOR, f"{POST}: body note", "required: False → True", ("request", "Python"))],
    ),
    "request field removed": (
        "                note: {type: string, enum: [A, B]}\n",
        "",
        [Change(MAJOR, f"{POST}: body note", "no longer taken", ("request", "Python"))],
    ),
    "parameter removed": (
        "      - {name: page, in: query, schema: {type: integer}}\n",
        "",
        [Change(MAJOR, f"{POST}: query page", "no longer taken", ("request", "Python"))],
    ),
    "parameter required": (
        "in: query, schema",
        "in: query, required: true, schema",
        [Change(MAJOR, f"{POST}: query page", "required: False → True", ("request", "Python"))],
    ),
    "request value removed": (
        "[A, B]",
        "[A]",
        [Change(MAJOR, f"{POST}: body note", "value B removed", ("request", "Python"))],
    ),
    "request value added": (
        "[A, B]",
        "[A, B, C]",
        [Change(MINOR, f"{POST}: body note", "value C added")],
    ),
    "value added to an open list": (
        "[OPEN, SHUT]",
        "[OPEN, SHUT, SOLD]",
        [Change(MINOR, f"{POST}: response 200 state", "value SOLD added")],
    ),
    "value added to a closed list": (
        "[X]",
        "[X, Y]",
        [Change(MAJOR, f"{POST}: response 200 strict", "value Y added", ("response",))],
    ),
    "response field no longer sure": (
        "                required: [state]\n",
        "",
        [
            Change(
                MAJOR,
                f"{POST}: response 200 state",
                "required: True → False",
                ("response", "Python"),
            )
        ],
    ),
    "response field removed with all below it": (
        "                  goods: {type: array, items: {type: object, properties: "
        "{sku: {type: string}}}}\n",
        "",
        [
            Change(
                MAJOR, f"{POST}: response 200 goods", "no longer answered", ("response", "Python")
            )
        ],
    ),
    "nested type": (
        "{sku: {type: string}}",
        "{sku: {type: integer}}",
        [
            Change(
                MAJOR,
                f"{POST}: response 200 goods[].sku",
                "type: string → integer",
                ("response", "Python"),
            )
        ],
    ),
    "shorter shared schema": (
        "maxLength: 16",
        "maxLength: 8",
        [
            Change(MAJOR, f"{POST}: body name", "maxLength: 16 → 8", ("request",)),
            Change(MINOR, f"{POST}: response 200 owner", "maxLength: 16 → 8"),
        ],
    ),
    "longer parameter": (
        "maxLength: 32",
        "maxLength: 64",
        [Change(MINOR, f"{POST}: path id", "maxLength: 32 → 64")],
    ),
    "operation removed": (
        "    post:",
        "    put:",
        [
            Change(MAJOR, POST, "operation removed", ("request", "Python")),
            Change(MINOR, "PUT /shop/{id}", "operation added"),
        ],
    ),
    "operation renamed": (
        "openShop",
        "startShop",
        [Change(MAJOR, f"{POST}: operation", "operationId: openShop → startShop", ("Python",))],
    ),
    "error added": (
        "      requestBody:",
        "        - {status: 429, code: SLOW, kind: business}\n      requestBody:",
        [Change(MINOR, f"{POST}: error 429 SLOW business", "error code added")],
    ),
    "success status changed": (
        '"200"',
        '"201"',
        [
            Change(MAJOR, f"{POST}: response 200", "status no longer answered", ("response",)),
            Change(MINOR, f"{POST}: response 201", "added"),
        ],
    ),
    "error status no longer listed": (
        '        "404": {description: none}\n',
        "",
        [Change(MINOR, f"{POST}: response 404", "status no longer listed")],
    ),
    "other media type": (
        "      requestBody:\n        content:\n          application/json",
        "      requestBody:\n        content:\n          text/plain",
        [
            Change(
                MAJOR,
                f"{POST}: body",
                "media type application/json: True → none",
                ("request", "Python"),
            ),
            Change(
                MAJOR, f"{POST}: body", "media type text/plain: none → True", ("request", "Python")
            ),
        ],
    ),
    "lower limit": (
        "schema: {type: integer}",
        "schema: {type: integer, minimum: 1}",
        [Change(MAJOR, f"{POST}: query page", "minimum: none → 1", ("request",))],
    ),
    "pattern": (
        "maxLength: 32",
        "maxLength: 32, pattern: ^a$",
        [Change(MAJOR, f"{POST}: path id", "pattern: none → ^a$", ("request",))],
    ),
    "null in a response": (
        "strict: {type: string,",
        "strict: {type: string, nullable: true,",
        [
            Change(
                MAJOR,
                f"{POST}: response 200 strict",
                "nullable: none → True",
                ("response", "Python"),
            )
        ],
    ),
    "null in a request": (
        "note: {type: string,",
        "note: {type: string, nullable: true,",
        [Change(MINOR, f"{POST}: body note", "nullable: none → True")],
    ),
    "list of values closed": (
        "x-open-enum: true",
        "x-open-enum: false",
        [Change(MAJOR, f"{POST}: response 200 state", "x-open-enum: True → False", ("response",))],
    ),
    "values in another order": (
        "[A, B]",
        "[B, A]",
        [Change(PATCH, f"{POST}: body note", "values in another order")],
    ),
    "values for what was free": (
        "sku: {type: string}",
        "sku: {type: string, enum: [S]}",
        [Change(MINOR, f"{POST}: response 200 goods[].sku", "values listed")],
    ),
    "security": (
        "{key: []}",
        "{other: []}",
        [
            Change(
                MAJOR,
                f"{POST}: operation",
                "security: [{'key': []}] → [{'other': []}]",
                ("request",),
            )
        ],
    ),
    "host": (
        "https://one",
        "https://two",
        [Change(MINOR, "spec", "servers: https://one → https://two")],
    ),
    "reworded": (
        "summary: Open",
        "summary: Open it",
        [Change(PATCH, f"{POST}: operation", "summary reworded")],
    ),
    "moved into a component": (
        "{type: string, enum: [A, B]}\n",
        '{$ref: "#/components/schemas/Note"}\n',
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_change(name: str) -> None:
    old, new, expected = CASES[name]
    assert SHOP.count(old) == 1
    text = SHOP.replace(old, new)
    if not expected:
        text += "    Note: {type: string, enum: [A, B]}\n"
    before, after = (facts(load(one, "spec"), "spec") for one in (SHOP, text))
    assert changes(before, after) == expected


def test_no_change() -> None:
    same = facts(load(SHOP, "spec"), "spec")
    assert changes(same, same) == []
    assert step([]) is Step.NONE


def test_every_case_is_seen_from_both_ends() -> None:
    """A change in one direction is one in the other as well."""
    for old, new, expected in CASES.values():
        if expected:
            text = SHOP.replace(old, new)
            before, after = (facts(load(one, "spec"), "spec") for one in (text, SHOP))
            assert changes(before, after)


def test_a_lost_mark_of_idempotence_changes_how_callers_behave() -> None:
    marked = SHOP.replace("summary: Open", "summary: Open\n      x-idempotent: {reason: r}")
    old, new = (facts(load(text, "shop.yaml"), "shop.yaml") for text in (marked, SHOP))
    told = "x-idempotent removed: the client retries it no more; query the outcome before a retry"
    assert changes(old, new) == [Change(MAJOR, f"{POST}: operation", told, ("request", "Python"))]
    gained = Change(
        MINOR, f"{POST}: operation", "x-idempotent added: the client retries it by itself"
    )
    assert changes(new, old) == [gained]
