"""Operations as the templates ask for them: paths, checks, signatures, docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal, TypeAlias

import attrs
from openapi_python_client.parser.bodies import Body
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import Property
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.responses import Response

from .encrypted import in_request, in_response
from .expressions import Expressions, joined, optional
from .extension_rules import MULTIPART
from .forms import digest_field
from .names import unique
from .problems import GenerationError, Problem
from .spec import is_json, mapping, plain_type, result_content
from .text import literal, paragraphs, section, see, sentence
from .tree import Node
from .views import Field, Spec

TAKEN = frozenset(
    {"Call", "Client", "File", "Final", "Json", "Literal", "Mapping", "Operation", "Response"}
    | {"Sequence", "UUID", "SensitiveResult"}
)
"""Names that modules of operations import beside models."""

RESERVED_ARGUMENTS = TAKEN | {
    *("OPERATION", "bind", "body", "client", "each", "place", "checks", "reading"),
    *("RULE", "polling", "options", "sleep", "time", "async_sleep"),
    *("segment", "with_commas", "json_body", "file_body", "form_body", "multipart_body", "to_json"),
    *("form", "signed_form", "extended_call", "sensitive_call"),
}
"""Names that generated functions use themselves."""

Location: TypeAlias = Literal["path", "query", "header"]


@attrs.frozen
class Argument:
    """A parameter of a generated function."""

    wire: str
    name: str
    location: Location
    annotation: str
    required: bool
    written: str
    """Its form in JSON, as an expression."""
    checks: list[str]
    rules: list[str]
    """The lines that would check it under another name, to compare with other parameters."""
    doc: str


@attrs.frozen
class BodyView:
    """The request body."""

    annotation: str
    written: str
    """The expression that serialises it."""
    checks: list[str]
    required: bool
    form: str | None = None
    """The expression for a form of which one part is signed."""


@attrs.frozen
class ResultView:
    """A kind of success."""

    status: str
    annotation: str
    reader: str


@attrs.frozen
class SettlingQuery:
    """The operation that tells how another one ended."""

    package: str
    module: str
    local: str
    """What its module is called where it is imported."""
    arguments: str


@attrs.frozen
class PollView:
    """How to wait until an operation's result is final."""

    rule: Mapping[str, object]
    """Arguments of `Rule`."""
    signature: str
    """The parameters of the settling query, which say all that the operation needs."""
    create: str
    """Arguments of the operation's own `bind`, made from those."""
    query: str
    """Arguments of the `bind` of the settling query."""
    names: list[str]


class OperationView:
    """An operation."""

    def __init__(self, spec: Spec, endpoint: Endpoint) -> None:
        self._spec = spec
        self._expressions = Expressions(spec.document, TAKEN)
        self._endpoint = endpoint
        self._raw = spec.raw_operation(endpoint)
        self.where = str(endpoint.summary.get_untrusted_value())
        """Pointer of the operation."""
        self.path, method = spec.place(endpoint)
        self.method = method.upper()
        self.name: str = self._raw.get("operationId", str(endpoint.name))
        self.idempotent = "x-idempotent" in self._raw
        self.parameters = self._arguments()
        self.body = self._body()
        self.results = [self._result(response) for response in endpoint.responses]
        self.kinds = [result.annotation for result in self.results]
        self.result = joined(self.kinds)

    @staticmethod
    def _located(endpoint: Endpoint) -> Iterator[tuple[Location, list[PropertyProtocol]]]:
        yield "path", [*endpoint.path_parameters]
        yield "query", [*endpoint.query_parameters]
        yield "header", [*endpoint.header_parameters]

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
    def is_safe(self) -> bool:
        """Whether it only reads."""
        return self.method in {"GET", "HEAD", "OPTIONS"}

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
        view = OperationView(self._spec, endpoint)
        if view.result != self.result:
            raise GenerationError(f"{self.where}: {view.name} can't settle it, its result differs")
        if view.body or view.method != "GET":
            raise GenerationError(f"{self.where}: {view.name} can't settle it, it is no query")
        arguments: list[str] = []
        for parameter in view.parameters:
            if parameter.wire in link.get("parameters", {}):
                expression = str(link["parameters"][parameter.wire])
                value, rules = self._expression(expression, may_be_none=not parameter.required)
                # The query is bound with the call: it must not refuse what the call accepts.
                if rules != parameter.rules:
                    raise GenerationError(
                        f"{self.where}: {expression} has other rules than {parameter.wire} of "
                        f"{view.name}, which settles it"
                    )
                keyword_only = parameter.location != "path"
                arguments.append(f"{parameter.name}={value}" if keyword_only else value)
            elif parameter.required:
                raise GenerationError(f"{self.where}: its link gives no {parameter.wire}")
        module = str(endpoint.name)
        local = f"{module}_" if module in RESERVED_ARGUMENTS else module
        return SettlingQuery(package, module, local, ", ".join(arguments))

    def _expression(self, expression: str, *, may_be_none: bool) -> tuple[str, list[str]]:
        """Turn a runtime expression of a link into Python, and tell the rules of its value."""
        found: tuple[str, list[str]] | None = None
        if parts := re.fullmatch(r"\$request\.(path|query|header)\.(.+)", expression):
            for parameter in self.parameters:
                here = (parameter.location, parameter.wire) == parts.groups()
                if here and (parameter.required or may_be_none):
                    found = parameter.name, parameter.rules
        elif parts := re.fullmatch(r"\$request\.body#/([^/]+)", expression):
            found = self._field_of_body(parts[1], may_be_none=may_be_none)
        if found is None:
            raise GenerationError(f"{self.where}: a link has the expression {expression}")
        return found

    def _field_of_body(self, wire: str, *, may_be_none: bool) -> tuple[str, list[str]] | None:
        body = self._body_property()
        if isinstance(body, ModelProperty) and body.required:
            for field in self._spec.model(body).fields:
                if field.name == wire and (field.required or may_be_none):
                    return f"body.{field.attribute}", self._rules(field.item)
        return None

    def _rules(self, item: PropertyProtocol) -> list[str]:
        inner, _ = self._expressions.without_null(item)
        return self._expressions.checks(inner, "value", "where")

    @cached_property
    def echoes(self) -> dict[str, str]:
        """Fields of the result that repeat a parameter, with the name of its argument."""
        known = {
            f"$request.{argument.location}.{argument.wire}": argument.name
            for argument in self.parameters
            if argument.required
        }
        found: dict[str, str] = {}
        for wire, expression in self._raw.get("x-echoes", {}).items():
            found[self._field_of_results(str(wire), "x-echoes")] = known[expression]
        return found

    def _field_of_results(self, wire: str, rule: str) -> str:
        """Return the attribute that a field has in every result."""
        attributes = {
            next((field.attribute for field in fields if field.name == wire), None)
            for fields in map(self._fields_of, self._endpoint.responses)
        }
        attribute = attributes.pop() if len(attributes) == 1 else None
        if attribute is None:
            raise GenerationError(f"{self.where}: {rule} names {wire}, which its result lacks")
        return attribute

    @cached_property
    def poll(self) -> PollView | None:
        """How to wait until the result is final, where the spec has a rule for it."""
        raw = self._raw.get("x-poll")
        if raw is None:
            return None
        if self.query is None or self._link is None:
            raise GenerationError(f"{self.where}: x-poll needs a link with x-settles-outcome")
        query = OperationView(self._spec, self._spec.endpoint(self._link["operationId"])[1])
        given = {str(self._link["parameters"][p.wire]): p.name for p in query.parameters}
        rule = {
            "field": self._field_of_results(raw["field"], "x-poll"),
            "final": [str(value) for value in raw["final"]],
            "first_pause": float(raw["first-pause"]),
            "longest_pause": float(raw["longest-pause"]),
            "within": float(raw["within"]),
        }
        path = [p.name for p in query.parameters if p.location == "path"]
        named = [p for p in query.parameters if p.location != "path"]
        return PollView(
            rule=rule,
            signature=", ".join(f"{p.name}: {p.annotation}" for p in query.parameters),
            create=self._arguments_from(given),
            query=", ".join([*path, *(f"{p.name}={p.name}" for p in named)]),
            names=[p.name for p in query.parameters],
        )

    def _arguments_from(self, given: dict[str, str]) -> str:
        """Return the arguments of `bind`, made from runtime expressions and their values."""
        arguments: list[str] = []
        for parameter in self.parameters:
            name = given.pop(f"$request.{parameter.location}.{parameter.wire}", None)
            if name is not None:
                keyword = "" if parameter.location == "path" else f"{parameter.name}="
                arguments.append(keyword + name)
            elif parameter.required:
                raise GenerationError(
                    f"{self.where}: x-poll: its link does not use {parameter.wire}"
                )
        body = self._body_property()
        if isinstance(body, ModelProperty):
            fields: list[str] = []
            for field in self._spec.model(body).fields:
                name = given.pop(f"$request.body#/{field.name}", None)
                if name is not None:
                    fields.append(f"{field.attribute}={name}")
                elif field.required:
                    raise GenerationError(
                        f"{self.where}: x-poll: its link does not use {field.name}"
                    )
            arguments.append(f"body={self._expressions.annotation(body)}({', '.join(fields)})")
        return ", ".join(arguments)

    def _fields_of(self, response: Response) -> tuple[Field, ...]:
        prop = response.prop
        return self._spec.model(prop).fields if isinstance(prop, ModelProperty) else ()

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
        say = self._expressions
        wire = item.name.get_untrusted_value()
        raw = self._spec.raw_parameter(self._endpoint, location, wire)
        # A URL or a header has no null: None stands for an absent parameter.
        inner, _ = say.without_null(item)
        annotation = say.annotation(inner)
        checks = say.checks(inner, name, literal(wire), optional=not item.required)
        if location == "path" and say.may_lead_elsewhere(inner):
            checks.append(f"checks.segment({name}, {literal(wire)})")
        written = say.written(inner, name)
        if isinstance(inner, ListProperty) and raw.get("explode") is False:
            written = f"with_commas({written})"
        if not item.required and written != name:
            written = f"None if {name} is None else {written}"
        return Argument(
            wire=wire,
            name=name,
            location=location,
            annotation=annotation if item.required else optional(annotation),
            required=item.required,
            written=written,
            checks=checks,
            rules=self._rules(item),
            doc=self._spec.parameter_doc(raw),
        )

    def _body_property(self) -> Property | None:
        return self._chosen.prop if self._chosen else None

    @property
    def _chosen(self) -> Body | None:
        return next(iter(self._endpoint.bodies), None)

    def _body(self) -> BodyView | None:
        if self._chosen is None:
            return None
        say, item = self._expressions, self._chosen.prop
        content_type = self._chosen.content_type.get_untrusted_value()
        written, behind = say.written(item, "body"), f", {literal(content_type)}"
        if isinstance(item, FileProperty):
            written = f"file_body(body{behind})"
        elif "x-signed-part" in self._media:
            return self._signed_form(item, written)
        elif plain_type(content_type) == MULTIPART:
            written = f"multipart_body({written})"
        elif plain_type(content_type) == "application/x-www-form-urlencoded":
            written = f"form_body({written}{behind})"
        else:
            written = f"json_body({written}{behind if content_type != 'application/json' else ''})"
        annotation = say.annotation(item)
        return BodyView(
            annotation=annotation if item.required else optional(annotation),
            written=written if item.required else f"None if body is None else {written}",
            checks=say.checks(item, "body", '"body"', optional=not item.required),
            required=item.required,
        )

    @property
    def _media(self) -> Node:
        """The media type of the body as the spec has it."""
        content = mapping(self._spec.request_body(self._endpoint), "content")
        found: Node = next(iter(content.values()), {})
        return found

    def _signed_form(self, item: Property, written: str) -> BodyView:
        digest = digest_field(self._spec.document, self._media)
        behind = f", digest={literal(digest)}" if digest else ""
        if not item.required:
            raise GenerationError(f"{self.where}: x-signed-part needs a body with required: true")
        return BodyView(
            annotation=self._expressions.annotation(item),
            written="form.body",
            checks=self._expressions.checks(item, "body", '"body"'),
            required=True,
            form=f"signed_form({written}, {literal(self._media['x-signed-part'])}{behind})",
        )

    @cached_property
    def is_unsigned(self) -> bool:
        """Whether its success is unsigned by design."""
        return any("x-unsigned" in one for one in self._spec.responses(self._endpoint).values())

    @cached_property
    def wrapping(self) -> tuple[str, str]:
        """What stands before and after the call, to tell the auth object or the client more."""
        before, after = "", ""
        about = ["signed=form.signed"] if self.body and self.body.form else []
        about += ["unsigned=True"] if self.is_unsigned else []
        if about:
            before, after = "extended_call(", f", {', '.join(about)})"
        paths = in_request(self._spec.document, self._raw)
        if paths or any(result.reader.startswith("SensitiveResult") for result in self.results):
            before = f"sensitive_call({before}"
            after += "".join(f", {literal(path)}" for path in paths) + ")"
        return before, after

    def _result(self, response: Response) -> ResultView:
        status = response.status_code.pattern
        match response.source["attribute"]:
            case "response.json()":
                reader = self._expressions.reader(response.prop)
                annotation = self._expressions.annotation(response.prop)
                found = self._spec.responses(self._endpoint)[status]
                if paths := in_response(self._spec.document, found):
                    fields = ", ".join(map(literal, paths))
                    return ResultView(status, annotation, f"SensitiveResult({reader}, [{fields}])")
                return ResultView(status, annotation, f"json_result({reader})")
            case "response.text":
                return ResultView(status, "str", "text_result")
            case "response.content":
                return ResultView(status, "File", "file_result")
            case _:
                return ResultView(status, "None", "no_result")

    # --- bind

    @property
    def imports(self) -> list[str]:
        """The lines that import models."""
        items = [item for _, items in self._located(self._endpoint) for item in items]
        items += [response.prop for response in self._endpoint.responses]
        items += [self._chosen.prop] if self._chosen else []
        found = [
            line
            for item in items
            for line in self._spec.imports_of(item, "...models", local=self._expressions)
        ]
        return list(dict.fromkeys(found))

    def result_imports(self, package: str) -> list[str]:
        """Return the lines that import the models of the results from a package of models."""
        return [
            line
            for response in self._endpoint.responses
            for line in self._spec.imports_of(response.prop, package, local=self._expressions)
        ]

    @property
    def checks(self) -> list[str]:
        """The lines that check all arguments."""
        lines = [line for parameter in self.parameters for line in parameter.checks]
        return [*lines, *(self.body.checks if self.body else [])]

    @property
    def target(self) -> str:
        """The path with its parameters, as an f-string."""
        names = {p.wire: p.written for p in self.parameters if p.location == "path"}
        parts = re.split(r"{([^}]*)}", self.path)
        if len(parts) == 1:
            return literal(self.path)
        texts = [literal(part)[1:-1].replace("{", "{{").replace("}", "}}") for part in parts[::2]]
        values = ["{segment(" + names[name] + ")}" for name in parts[1::2]]
        inside = "".join(text + value for text, value in zip(texts, [*values, ""], strict=True))
        return f'f"{inside}"'

    def located(self, location: str) -> list[Argument]:
        """Return the parameters that stand in one place."""
        return [parameter for parameter in self.parameters if parameter.location == location]

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
        if self.body:
            default = "" if self.body.required else " = None"
            named.append(f"body: {self.body.annotation}{default}")
        for parameter in self.parameters:
            if parameter.location != "path":
                default = "" if parameter.required else " = None"
                named.append(f"{parameter.name}: {parameter.annotation}{default}")
        return ", ".join([*first, *(["*"] if named else []), *named])

    @property
    def forward(self) -> str:
        """Arguments that the functions pass on to `bind`."""
        named = ["body=body"] if self.body else []
        named += [f"{p.name}={p.name}" for p in self.parameters if p.location != "path"]
        return ", ".join([*(p.name for p in self.parameters if p.location == "path"), *named])

    @property
    def function_doc(self) -> str:
        """Docstring of the functions that return the result alone."""
        arguments = [f"    {p.name}: {section(p.doc or p.wire, 8)}" for p in self.parameters]
        if self.body:
            about = self._spec.request_body(self._endpoint)
            arguments.append(f"    body: {section(about.get('description') or 'The request.', 8)}")
        position = len([p for p in self.parameters if p.location == "path"])
        arguments.insert(position, "    client: The client which signs and sends the call.")
        return paragraphs(
            self._summary,
            "Deprecated." if self._raw.get("deprecated") else None,
            self._raw.get("description"),
            "\n".join(["Args:", *arguments]),
            "Returns:\n    The result, verified and read.",
            "\n".join(["Raises:", *self._raises()]),
            see(self._raw),
        )

    def short_doc(self, way: str) -> str:
        """Docstring of the functions beside `sync`, which has the whole text."""
        return paragraphs(self._summary, f"{way} See `sync`.")

    def _raises(self) -> Iterator[str]:
        yield "    InvalidInputError: An argument breaks a rule; nothing was sent."
        if self.is_safe:
            yield "    InvalidResponseError: The response breaks the spec."
        else:
            yield "    OutcomeUnknown: It may or may not have happened: the platform failed, or no"
            yield "        usable response came. The error says what to do."
        rows: dict[str, Node] = {}
        for row in self._raw.get("x-error-codes", []):
            # A 5xx of a call that changes something is the cause of an OutcomeUnknown.
            if self.is_safe or row["status"] < 500:
                rows.setdefault(row["code"], row)
        names = {code: error.name for error in self._spec.errors for code in error.codes}
        for code, row in rows.items():
            yield f"    {names[code]}: {sentence(row['meaning'])} {row['title']}."
        yield "    APIError: The platform refused it for another reason."
        yield "    TransportError: Of httpx or httpx2. The network failed" + (
            "." if self.is_safe else ", and nothing was sent."
        )
        yield "    Exception: An error of the auth plugin: it cannot sign" + (
            " or verify the response." if self.is_safe else "."
        )


class Operations:
    """All operations of a spec, as the templates ask for them."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._views: dict[int, OperationView] = {}

    def refuse(self) -> None:
        """Raise GenerationError for all links and echoes that can't be followed."""
        problems: list[Problem] = []
        for endpoint in self._spec.endpoints:
            try:
                view = self.view(endpoint)
                _ = view.query, view.echoes, view.poll
            except GenerationError as error:
                problems += error.problems
        if problems:
            raise GenerationError(*problems)

    def view(self, endpoint: Endpoint) -> OperationView:
        """Return the view of an operation."""
        if id(endpoint) not in self._views:
            self._views[id(endpoint)] = OperationView(self._spec, endpoint)
        return self._views[id(endpoint)]

    @property
    def settling_query(self) -> str:
        """Annotation of the call that settles any call of unknown outcome."""
        kinds = joined(kind for one in self._changing if one.query for kind in one.kinds)
        query = f"Call[{kinds or 'object'}]"
        all_have_one = bool(self._changing) and all(one.query for one in self._changing)
        return query if all_have_one else optional(query)

    @property
    def settling_imports(self) -> list[str]:
        """The lines that import what this annotation needs."""
        found = [
            line for one in self._changing if one.query for line in one.result_imports(".models")
        ]
        return list(dict.fromkeys(found))

    @cached_property
    def _changing(self) -> list[OperationView]:
        """The operations that do more than read."""
        return [one for one in map(self.view, self._spec.endpoints) if not one.is_safe]
