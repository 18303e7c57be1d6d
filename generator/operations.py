"""Operations as the templates ask for them: descriptors, signatures, docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.responses import Response

from .expressions import Expressions, joined, optional
from .names import unique
from .problems import GenerationError
from .spec import is_json, plain_type, result_content
from .text import paragraphs, section, see, sentence
from .tree import Node

if TYPE_CHECKING:
    from .views import Spec

RESERVED_ARGUMENTS = frozenset({"OPERATION", "bind", "body", "client"})
"""Names that generated functions use themselves."""

Location: TypeAlias = Literal["path", "query", "header", "cookie"]


@attrs.frozen
class Argument:
    """A parameter of a generated function."""

    wire: str
    name: str
    location: Location
    annotation: str
    codec: str
    required: bool
    style: str
    """How a list or an object is written, as further arguments."""
    doc: str


@attrs.frozen
class BodyView:
    """A content type that a request may have."""

    content_type: str
    annotation: str
    codec: str


@attrs.frozen
class ResultView:
    """A kind of success."""

    status: str
    kinds: tuple[str, ...]
    reader: str


@attrs.frozen
class SettlingQuery:
    """The operation that tells how another one ended."""

    package: str
    module: str
    arguments: str


class OperationView:
    """An operation."""

    def __init__(self, spec: Spec, expressions: Expressions, endpoint: Endpoint) -> None:
        self._spec = spec
        self._expressions = expressions
        self._endpoint = endpoint
        self._raw = spec.raw_operation(endpoint)
        self.path, method = spec.place(endpoint)
        self.method = method.upper()
        self.name: str = self._raw.get("operationId", str(endpoint.name))
        self.idempotent = self._is_idempotent()
        self.parameters = self._arguments()
        self.bodies = [
            BodyView(
                body.content_type.get_untrusted_value(),
                expressions.annotation(body.prop),
                expressions.codec(body.prop),
            )
            for body in endpoint.bodies
        ]
        self.body_required = bool(endpoint.bodies) and endpoint.bodies[0].prop.required
        self.results = [self._result(response) for response in endpoint.responses]
        self.result = joined(kind for result in self.results for kind in result.kinds)

    @staticmethod
    def _located(endpoint: Endpoint) -> Iterator[tuple[Location, list[PropertyProtocol]]]:
        yield "path", [*endpoint.path_parameters]
        yield "query", [*endpoint.query_parameters]
        yield "header", [*endpoint.header_parameters]
        yield "cookie", [*endpoint.cookie_parameters]

    @property
    def accept(self) -> str:
        """Value of the Accept header."""
        contents = [
            result_content(self._spec.responses(self._endpoint)[result.status])
            for result in self.results
        ]
        types = list(dict.fromkeys(plain_type(content) for content in contents if content))
        if not types:
            return "application/json"  # what an error would be
        return ", ".join(types) if all(map(is_json, types)) else "*/*"

    @property
    def doc(self) -> str:
        """Docstring of the module."""
        return paragraphs(self._summary, see(self._raw))

    @property
    def _summary(self) -> str:
        summary = self._raw.get("summary") or f"{self.method} {self.path}"
        return f"{summary.rstrip('.')}."

    @cached_property
    def query(self) -> SettlingQuery | None:
        """The operation that tells how this one ended, where a link names it."""
        return self._settling_query(self._link) if self._link else None

    @property
    def query_module(self) -> str | None:
        """Name of the module of that operation."""
        return str(self._spec.endpoint(self._link["operationId"])[1].name) if self._link else None

    @cached_property
    def _link(self) -> Node | None:
        links = self._spec.links(self._endpoint)
        return next((link for link in links if link.get("x-settles-outcome")), None)

    def _settling_query(self, link: Node) -> SettlingQuery:
        package, endpoint = self._spec.endpoint(link["operationId"])
        view = self._spec.operation(endpoint)
        if view.result != self.result:
            raise GenerationError(f"{self.name}: {view.name} can't settle it, its result differs")
        if view.bodies or view.method != "GET":
            raise GenerationError(f"{self.name}: {view.name} can't settle it, it is no query")
        arguments: list[str] = []
        for parameter in view.parameters:
            if parameter.wire in link.get("parameters", {}):
                expression = str(link["parameters"][parameter.wire])
                value, codec = self._expression(expression, may_be_none=not parameter.required)
                # The query is bound when it is needed, and then it must not refuse what it gets.
                if codec != parameter.codec:
                    raise GenerationError(
                        f"{self.name}: {expression} has other rules than {parameter.wire} of "
                        f"{view.name}, which settles it"
                    )
                keyword_only = parameter.location != "path"
                arguments.append(f"{parameter.name}={value}" if keyword_only else value)
            elif parameter.required:
                raise GenerationError(f"{self.name}: its link gives no {parameter.wire}")
        return SettlingQuery(package, str(endpoint.name), ", ".join(arguments))

    def _expression(self, expression: str, *, may_be_none: bool) -> tuple[str, str]:
        """Turn a runtime expression of a link into Python, and tell the codec of its value."""
        found: tuple[str, str] | None = None
        if parts := re.fullmatch(r"\$request\.(path|query|header)\.(.+)", expression):
            for parameter in self.parameters:
                here = (parameter.location, parameter.wire) == parts.groups()
                if here and (parameter.required or may_be_none):
                    found = parameter.name, parameter.codec
        elif parts := re.fullmatch(r"\$request\.body#/([^/]+)", expression):
            found = self._member_of_body(parts[1], may_be_none=may_be_none)
        if found is None:
            raise GenerationError(f"{self.name}: a link has the expression {expression}")
        return found

    def _member_of_body(self, wire: str, *, may_be_none: bool) -> tuple[str, str] | None:
        bodies = [body.prop for body in self._endpoint.bodies]
        if len(bodies) == 1 and isinstance(bodies[0], ModelProperty) and self.body_required:
            for member in self._spec.model(bodies[0]).members:
                if member.name == wire and (member.required or may_be_none):
                    return f"body.{member.attribute}", member.codec
        return None

    @property
    def echoes(self) -> dict[str, str]:
        """Members of the result that repeat a parameter, with the key of its argument."""
        known = {f"{p.location}:{p.wire}" for p in self.parameters if p.required}
        found: dict[str, str] = {}
        for member, expression in self._raw.get("x-echoes", {}).items():
            argument = str(expression).removeprefix("$request.").replace(".", ":", 1)
            if argument not in known:
                raise GenerationError(f"{self.name}: x-echoes has the expression {expression}")
            found[str(member)] = argument
        return found

    def _is_idempotent(self) -> bool:
        mark: object = self._raw.get("x-idempotent")
        if mark is not None and not (isinstance(mark, dict) and "reason" in mark):
            raise GenerationError(f"{self.name}: x-idempotent needs a reason")
        return mark is not None

    def _arguments(self) -> list[Argument]:
        located: list[tuple[Location, PropertyProtocol]] = [
            (location, item) for location, items in self._located(self._endpoint) for item in items
        ]
        reserved = RESERVED_ARGUMENTS | ({self.query_module} if self.query_module else set[str]())
        names = unique([str(item.python_name) for _, item in located], reserved)
        return [
            self._argument(location, item, name)
            for (location, item), name in zip(located, names, strict=True)
        ]

    def _argument(self, location: Location, item: PropertyProtocol, name: str) -> Argument:
        wire = item.name.get_untrusted_value()
        raw = self._spec.raw_parameter(self._endpoint, location, wire)
        # A URL or a header has no null: None stands for an absent parameter.
        kinds = [kind for kind in self._expressions.kinds(item) if kind != "None"]
        if not kinds:
            raise GenerationError(f"{self.name}: parameter {wire} can be nothing but null")
        annotation = joined(kinds)
        return Argument(
            wire=wire,
            name=name,
            location=location,
            annotation=annotation if item.required else optional(annotation),
            codec=self._expressions.codec(item, without_null=True),
            required=item.required,
            style=_style(location, raw),
            doc=self._spec.parameter_doc(raw),
        )

    def _result(self, response: Response) -> ResultView:
        status = response.status_code.pattern
        match response.source["attribute"]:
            case "response.json()":
                codec = self._expressions.codec(response.prop)
                kinds = tuple(self._expressions.kinds(response.prop))
                return ResultView(status, kinds, f"_o.json_result({codec})")
            case "response.text":
                return ResultView(status, ("str",), "_o.TEXT")
            case "response.content":
                return ResultView(status, ("_t.File",), "_o.BINARY")
            case _:
                return ResultView(status, ("None",), "_o.NOTHING")

    # --- signatures

    @property
    def signature(self) -> str:
        """Parameters of `bind`."""
        return self._signature(with_client=False)

    @property
    def client_signature(self) -> str:
        """Parameters of the functions that send."""
        return self._signature(with_client=True)

    def _signature(self, *, with_client: bool) -> str:
        first = [f"{p.name}: {p.annotation}" for p in self.parameters if p.location == "path"]
        named = ["client: Client"] if with_client else []
        if self.bodies:
            body = joined(body.annotation for body in self.bodies)
            named.append(
                f"body: {body}" if self.body_required else f"body: {optional(body)} = None"
            )
        for parameter in self.parameters:
            if parameter.location != "path":
                default = "" if parameter.required else " = None"
                named.append(f"{parameter.name}: {parameter.annotation}{default}")
        return ", ".join([*first, *(["*"] if named else []), *named])

    @property
    def forward(self) -> str:
        """Arguments that the functions pass on to `bind`."""
        named = ["body=body"] if self.bodies else []
        named += [f"{p.name}={p.name}" for p in self.parameters if p.location != "path"]
        return ", ".join([*(p.name for p in self.parameters if p.location == "path"), *named])

    @property
    def function_doc(self) -> str:
        """Docstring of the functions that return the result alone."""
        arguments = [f"    {p.name}: {section(p.doc or p.wire, 8)}" for p in self.parameters]
        if self.bodies:
            about = self._spec.request_body(self._endpoint)
            arguments.append(f"    body: {section(about.get('description') or 'The request.', 8)}")
        position = len([p for p in self.parameters if p.location == "path"])
        arguments.insert(position, "    client: Where to send it, and how to sign it.")
        return paragraphs(
            self._summary,
            "Deprecated." if self._raw.get("deprecated") else None,
            self._raw.get("description"),
            "\n".join(["Args:", *arguments]),
            "Returns:\n    The result, proven and read.",
            "\n".join(["Raises:", *self._raises()]),
            see(self._raw),
        )

    def detailed_doc(self, plain: str) -> str:
        """Docstring of the functions that return the reply, beside those that are `plain`."""
        return paragraphs(
            self._summary,
            f"As `{plain}`, but the result comes with status, headers, Request-ID and raw content.",
        )

    def _raises(self) -> Iterator[str]:
        yield "    InvalidInput: An argument breaks a rule; nothing was sent."
        is_safe = self.method in {"GET", "HEAD", "OPTIONS"}
        if is_safe:
            yield "    InvalidReply: The reply is not what the contract says."
        else:
            yield "    OutcomeUnknown: It may or may not have happened: the platform failed, or no"
            yield "        reply was of use. The error says how to find out."
        rows: dict[str, Node] = {}
        for row in self._raw.get("x-error-codes", []):
            if is_safe or row["status"] < 500:  # otherwise it is the cause of an unknown outcome
                rows.setdefault(row["code"], row)
        names = {code: error.name for error in self._spec.errors for code in error.codes}
        for code, row in rows.items():
            yield f"    {names[code]}: {sentence(row['meaning'])} {row['title']}。"
        yield "    APIError: The platform refused it for another reason."
        yield "    httpx.TransportError: The network failed" + (
            "." if is_safe else ", and nothing was sent."
        )
        yield "    Exception: What the auth plugin raises if it can't sign" + (
            " or doesn't trust a reply." if is_safe else "."
        )


def _style(location: Location, raw: Node) -> str:
    if location != "query":
        return ""
    if raw.get("style") == "deepObject":
        return ", deep=True"
    return ", explode=False" if raw.get("explode") is False else ""
