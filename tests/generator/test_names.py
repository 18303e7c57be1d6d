"""Enums, awkward names, and texts that are dangerous inside code."""

from __future__ import annotations

import ast
import inspect
import pickle
import sys

import pytest

from generator.names import BASE_ERRORS, constant, error_class, unique
from generator.text import docstring, literal, one_line, raw_literal, section
from tests.generator.support import (
    Node,
    answer,
    content,
    contract,
    operation,
    parameter,
    round_trip,
    to,
)

TEXT: Node = {"type": "string"}
NUMBER: Node = {"type": "integer"}

# --- enums

ENUMS = contract(
    "enums",
    {
        "Color": {
            "type": "string",
            "title": "颜色 · Color",
            "enum": ["RED", "BLUE"],
            "x-enum-varnames": ["COLOR_RED", "COLOR_BLUE"],
            "x-enum-descriptions": ["Red · 红", "Blue · 蓝"],
        },
        "Open": {"type": "string", "enum": ["A"], "x-open-enum": True},
        "Level": {"type": "integer", "enum": [0, 1, -2]},
        "Named": {"type": "integer", "enum": [1, 2], "x-enum-varnames": ["low", "high-est"]},
        "Awkward": {
            "type": "string",
            "enum": [
                *("a-b", "2fa", "", "支付成功", "VALUES", "values", "None", "class", "%", "&"),
                *("_hidden", "A B", "a\nb", '"', "\\", "mro", "upper", "😀", "A_B"),
            ],
        },
        "Repeated": {"type": "string", "enum": ["x", "x", "X", None]},
        "Default": {"type": "string", "enum": ["on"], "default": "off"},
        "Holder": {
            "type": "object",
            "properties": {
                "color": to("Color"),
                "wide": to("Open"),
                "level": to("Level"),
                "repeated": to("Repeated"),
                "awkward": to("Awkward"),
                "inline": {"type": "string", "enum": ["x"]},
                "same": {"type": "object", "properties": {"inline": {"enum": ["y"]}}},
                "default": to("Default"),
                "colors": {"type": "array", "items": to("Color")},
            },
        },
    },
    openapi="3.1.0",
)


def test_an_enum_is_a_text_with_constants() -> None:
    color = ENUMS.models.Color
    assert color.RED == "RED"
    assert (str(color.RED), repr(color.RED), f"{color.RED:>5}") == ("RED", "Color.RED", "  RED")
    assert {color.RED: 1}["RED"] == 1
    assert color.VALUES == ("RED", "BLUE")
    assert isinstance(color.BLUE, color)
    assert color.__doc__.startswith("颜色 · Color.")
    assert pickle.loads(pickle.dumps(color.RED)) == color.RED  # noqa: S301 - our own bytes


def test_an_unknown_value_is_kept_and_visible() -> None:
    example = {"color": "GREEN", "level": 9, "colors": ["RED", "GREY"]}
    read = ENUMS.models.Holder.from_dict(example)
    assert read.to_dict() == example
    assert (read.color, str(read.color), read.color.is_known) == ("GREEN", "GREEN", False)
    assert repr(read.color) == "Color(GREEN, unknown)"
    assert repr(read.level) == "Level(9, unknown)"
    assert [color.is_known for color in read.colors] == [True, False]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("color", "GREEN", "must be one of RED, BLUE"),
        ("level", 9, "must be one of 0, 1, -2"),
        ("color", 1, "must be text"),
        ("level", True, "must be a whole number"),
    ],
)
def test_an_unknown_value_is_not_sent(name: str, value: object, rule: str) -> None:
    with pytest.raises(ENUMS.errors.InvalidInputError, match=rule):
        ENUMS.models.Holder(**{name: value}).check("body")


def test_an_open_list_may_be_sent_beyond() -> None:
    ENUMS.models.Holder(wide=ENUMS.models.Open("B")).check("body")


def test_numbers_make_enums_too() -> None:
    level = ENUMS.models.Level
    assert (level.VALUE_0, level.VALUE_MINUS_2) == (0, -2)
    assert (str(level.VALUE_1), repr(level.VALUE_1), level.VALUE_1 + 1) == ("1", "Level.VALUE_1", 2)
    assert (ENUMS.models.Named.LOW, ENUMS.models.Named.HIGH_EST) == (1, 2)
    assert round_trip(ENUMS.models.Holder, {"level": -2}).level is not True


def test_awkward_values_get_names_of_their_own() -> None:
    awkward: type[str] = ENUMS.models.Awkward
    names = {name: str(value) for name, value in vars(awkward).items() if type(value) is awkward}
    assert names == {
        "A_B": "a-b",
        "A_B_2": "A B",
        "A_B_3": "a\nb",
        "A_B_4": "A_B",
        "VALUE_2FA": "2fa",
        "VALUE_2": "",
        "支付成功": "支付成功",
        "VALUES_": "VALUES",
        "VALUES_2": "values",
        "NONE": "None",
        "CLASS": "class",
        "VALUE_8": "%",
        "VALUE_9": "&",
        "HIDDEN": "_hidden",
        "VALUE_13": '"',
        "VALUE_14": "\\",
        "MRO": "mro",
        "UPPER": "upper",
        "VALUE_17": "😀",
    }
    assert set(ENUMS.models.Awkward.VALUES) == set(names.values())
    assert repr(awkward("支付成功")) == "Awkward.支付成功"
    for value in names.values():
        assert round_trip(ENUMS.models.Holder, {"awkward": value}).awkward.is_known


def test_a_value_that_is_listed_twice_stands_once() -> None:
    repeated = ENUMS.models.Repeated
    assert repeated.VALUES == ("x", "X")
    assert (repeated.X, repeated.X_2) in {("x", "X"), ("X", "x")}
    round_trip(ENUMS.models.Holder, {"repeated": None})


def test_inline_enums_are_named_after_their_place() -> None:
    assert ENUMS.models.HolderInline.VALUES == ("x",)
    assert ENUMS.models.HolderSameInline.VALUES == ("y",)


# --- names

MEMBERS: list[str] = [
    *(
        "class",
        "from",
        "field",
        "models",
        "members",
        "to_dict",
        "from_dict",
        "part",
        "parts",
        "check",
    ),
    *("additional_properties", "_x", "date", "datetime", "self", "cls", "type", "id", "list"),
    *("金额", "a-b", "2nd", "%", "Sequence", "sequence", "Mapping", "camelCase", "_members"),
    *("is_explained", "src_dict", "d", "None", "__init__", "__dict__", "_unlisted", "Literal"),
    *("additional", "member", "where", "data", "T", "str", "int", "property", "c.d", "x/y~z"),
]
SCHEMAS = [
    *("Response", "Client", "Any", "Model", "String", "Mapping", "Sequence", "Literal", "ClassVar"),
    *("Types", "Errors", "Operation", "Union", "None", "Type", "models", "错误", "2fa", "a-b.c"),
    *("Json", "File", "Exception", "Annotations", "List", "Str", "Reader", "Self", "UUID", "Call"),
    *("OpenText", "ClassVariable", "TypeChecking", "Checks", "Reading", "Final", "Attrs"),
]
PARAMETERS = [
    *("client", "body", "bind", "url", "params", "headers", "self", "OPERATION", "sync", "asyncio"),
    *("quote", "class", "Final", "httpx", "金额", "x-y", "1st", "_m", "_t", "response"),
    *("checks", "reading", "segment", "each", "place", "to_json", "item", "path"),
    *("sync_detailed", "query", "kwargs", "arguments", "Sequence", "str", "annotations"),
]
NAMES = contract(
    "names",
    {
        "Awkward": {
            "type": "object",
            "required": ["class", "金额"],
            "properties": dict.fromkeys(MEMBERS, TEXT),
        },
        **{
            name: {"type": "object", "properties": {"value": {"type": "array", "items": NUMBER}}}
            for name in SCHEMAS
        },
        "Holder": {
            "type": "object",
            "properties": {f"m{i}": to(name) for i, name in enumerate(SCHEMAS)},
        },
    },
    {
        "/p": {
            "post": operation(
                "post",
                *(parameter(name, "query") for name in PARAMETERS),
                body=content(to("Client")),
                responses={"200": answer(to("Response"))},
            )
        },
        "/{client}/{body}/{self}": {
            "get": operation(
                "client", *(parameter(name, "path") for name in ("client", "body", "self"))
            )
        },
        "/same": {
            "get": operation("types", parameter("id", "query"), parameter("id", "header")),
        },
    },
)


def test_awkward_members_round_trip() -> None:
    example = {name: f"value of {name}" for name in MEMBERS}
    read = round_trip(NAMES.models.Awkward, example)
    assert (read.class_, read.金额, read.check_) == (
        "value of class",
        "value of 金额",
        "value of check",
    )
    with pytest.raises(NAMES.errors.InvalidResponseError, match="class is missing"):
        NAMES.models.Awkward.from_dict({})


def test_awkward_schemas_are_models() -> None:
    example = {f"m{i}": {"value": [i]} for i in range(len(SCHEMAS))}
    assert len(example) == len(SCHEMAS)
    read = round_trip(NAMES.models.Holder, example)
    assert type(read.m0).__name__ == "Response"
    assert type(read.m5).__name__ == "MappingModel"


def test_awkward_parameters_arrive() -> None:
    module = NAMES.operation("post")
    arguments = [name for name in inspect.signature(module.bind).parameters if name != "body"]
    assert len(arguments) == len(PARAMETERS)
    body = NAMES.models.Client(value=[1])
    call = module.bind(body=body, **{name: f"{i}" for i, name in enumerate(arguments)})
    assert call.target.count("=") == len(PARAMETERS)
    for i, name in enumerate(PARAMETERS):
        assert f"{name}={i}" in [
            part.replace("%E9%87%91%E9%A2%9D", "金额") for part in call.target[3:].split("&")
        ]
    assert NAMES.operation("client").bind("a", "b", "c").target == "/a/b/c"
    same = NAMES.operation("types").bind(id_query="q", id_header="h")
    assert (same.target, same.headers["id"]) == ("/same?id=q", "h")


def test_names_are_made_unique() -> None:
    assert unique(["a", "b", "a", "a_2", "c"], {"b", "c_"}) == ["a", "b_", "a_3", "a_2", "c"]
    assert unique(["x", "x_"], {"x"}) == ["x_2", "x_"]
    assert constant("a", "SPARE", 0) == "A"
    assert constant("a b", "SPARE", 0) == "SPARE"
    assert constant("%", "%", 3) == "VALUE_3"


# --- texts

HAZARDS = [
    *('"""', '"', '""', "\\", "\\\\", 'ends with "', 'ends with \\"', "ends with \\", "'''"),
    *("\\N{BULLET}", "\\x", "\\u12", "{braces}", "{{ jinja }}", "{% raw %}", "# comment"),
    *(
        "a\x00b",
        "a\u2028b",
        "a\rb",
        "tab\tstop",
        "\x1b[31m",
        "\ufeff",
        "\ud800",
        "first\n\n\nsecond",
    ),
    *("\n\n", " leading", "trailing ", "x" * 200, "中" * 150, "*/ ;", '""" + boom() + """', "%s"),
]


@pytest.mark.parametrize("text", HAZARDS)
def test_a_text_is_safe_in_a_docstring(text: str) -> None:
    for code in (
        f'"""{docstring(text, 0)}"""',
        f'def f() -> None:\n    """{docstring(text, 4)}"""',
        f'"""Before.\n\n{section(text, 0)}\n"""',
        f'"""{docstring(f"A: {text}", 0)}"""',
    ):
        code.encode()
        tree = ast.parse(code)
        assert len(tree.body) == 1
        holder = tree.body[0] if isinstance(tree.body[0], ast.FunctionDef) else tree
        assert isinstance(holder, ast.Module | ast.FunctionDef)
        words = "".join(c if c.isprintable() else " " for c in text).split()
        assert (ast.get_docstring(holder) or "").split()[-len(words) :] == words if words else True


@pytest.mark.parametrize("text", HAZARDS)
def test_a_text_is_itself_in_a_literal(text: str) -> None:
    for written in (literal(text), raw_literal(text)):
        written.encode()
        assert ast.literal_eval(written) == text
        assert "\n" not in written


@pytest.mark.parametrize("text", HAZARDS)
def test_a_text_is_safe_in_a_comment(text: str) -> None:
    assert ast.dump(ast.parse(f"x = 1  # {one_line(text)}")) == ast.dump(ast.parse("x = 1"))


def hazardous(text: str) -> Node:
    """Return a schema that says a text wherever one may stand."""
    return {
        "type": "string",
        "title": text,
        "description": text,
        "default": text,
        "example": text,
        "externalDocs": {"url": text},
        "x-unit": text,
    }


SPEAKABLE = [text for text in HAZARDS if text != "\ud800"]  # no file of UTF-8 holds that one
ALL = "\n".join(SPEAKABLE)
TEXTS = contract(
    "texts",
    {
        "Hazard": {
            **hazardous(ALL),
            "type": "object",
            "properties": {str(i): hazardous(text) for i, text in enumerate(SPEAKABLE)},
        },
        "Listed": {
            **hazardous(ALL),
            "enum": [str(i) for i in range(len(SPEAKABLE))],
            "x-enum-descriptions": SPEAKABLE,
        },
        "Fixed": {"type": "object", "properties": {"a": {"enum": SPEAKABLE}}},
    },
    {
        "/a": {
            "post": operation(
                "post",
                parameter("q", "query", hazardous(ALL), description=ALL),
                parameter("Accept-Language", "header", TEXT, **{"x-client-option": "language"}),
                body=content(to("Hazard"), description=ALL),
                summary=ALL,
                description=ALL,
                tags=["t"],
                externalDocs={"url": ALL},
                responses={
                    "200": answer(to("Hazard")),
                    "429": {
                        "description": ALL,
                        "x-error-name": "LimitedError",
                        "x-error-codes": [ALL],
                    },
                },
                **{
                    "x-error-codes": [
                        {"status": 400, "code": "BAD", "title": t, "meaning": t, "remedy": t}
                        for t in (ALL, '"', "\\")
                    ]
                },
            )
        }
    },
    info={"title": ALL, "version": '1.0"\\{x}', "description": ALL},
    servers=[
        {"url": 'https://a.test/"\\{v}', "description": ALL, "variables": {"v": {"default": "x"}}}
    ],
    tags=[{"name": "t", "description": ALL, "externalDocs": {"url": ALL}}],
    externalDocs={"url": ALL},
    **{"x-request-id-header": "X-Trace"},
)


def test_no_text_breaks_the_code() -> None:
    assert TEXTS.module("client").SERVERS == ('https://a.test/"\\x',)
    assert TEXTS.module("operation").REQUEST_ID == "X-Trace"
    assert sys.modules["texts"].__version__ == '1.0"\\{x}'
    assert TEXTS.models.Fixed.__name__ == "Fixed"
    assert tuple(SPEAKABLE) == TEXTS.models.FixedA.VALUES
    assert '""" + boom() + """' in str(inspect.getdoc(TEXTS.operation("post", "t").sync))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("NOT_ENOUGH", "NotEnoughError"),
        ("PARAM_ERROR", "ParamError"),
        ("SYSTEM_ERROR", "PlatformSystemError"),
        ("SYSTEMERROR", "PlatformSystemError"),
        ("VALUE", "PlatformValueError"),
        ("INVALID_INPUT", "PlatformInvalidInputError"),
        ("ERROR", "Error"),
    ],
)
def test_the_exception_of_a_code_ends_in_error_and_hides_nothing(code: str, name: str) -> None:
    assert error_class(code) == name


def test_the_base_errors_are_those_of_every_package() -> None:
    module = TEXTS.module("base_errors")
    errors = dict(inspect.getmembers(module, inspect.isclass))
    declared = {name for name in errors if issubclass(errors[name], Exception)}
    assert declared == BASE_ERRORS


def test_codes_of_one_name_share_an_exception() -> None:
    rows: list[Node] = [
        {"status": 400, "code": code, "title": "坏", "meaning": "bad", "remedy": "mend it"}
        for code in ("SYSTEM_ERROR", "SYSTEMERROR", "TOO_MANY")
    ]
    busy = {"description": "Busy.", "x-error-name": "TooManyError"}
    responses = {"200": answer(TEXT), "429": busy}
    table: Node = {"x-error-codes": rows}
    get = operation("get", responses=responses, **table)
    errors = contract("codes", {}, {"/a": {"get": get}}).errors
    assert {
        "SYSTEM_ERROR": errors.PlatformSystemError,
        "SYSTEMERROR": errors.PlatformSystemError,
        "TOO_MANY": errors.TooManyError,
    } == errors.BY_CODE
    assert {429: errors.TooManyError} == errors.BY_STATUS
