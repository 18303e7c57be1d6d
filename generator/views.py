"""What the templates see: the contract's facts, put into Python words.

Each view is made from a property of openapi-python-client for names and structure, and from the
contract itself for everything that the parser drops (limits, units, texts, error tables).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import attrs
from openapi_python_client.parser.openapi import Endpoint, EndpointCollection, GeneratorData
from openapi_python_client.parser.properties.enum_property import EnumProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.strings import PythonIdentifier, pascal_case

from .document import Document, GenerationError, Node
from .expressions import Expressions, optional
from .operations import OperationView
from .text import literal, paragraphs, see, sentence

RESERVED_MEMBERS = {"additional_properties", "check", "from_dict", "parts", "to_dict"}
"""Names of the model base that a member of the same name would hide."""


@attrs.frozen
class Server:
    """A host of the contract."""

    url: str
    description: str


@attrs.frozen
class ErrorClass:
    """An exception that stands for error codes or statuses of the contract."""

    name: str
    summary: str
    doc: str
    codes: tuple[str, ...]
    statuses: tuple[int, ...]


@attrs.frozen
class ClientOption:
    """A header that is set once on the client."""

    name: str
    header: str
    annotation: str
    doc: str


@attrs.frozen
class Member:
    """A member of a model."""

    attribute: str
    name: str
    annotation: str
    codec: str
    required: bool
    doc: str


@attrs.frozen
class ModelView:
    """A model."""

    title: str
    doc: str
    members: tuple[Member, ...]
    additional: Member
    closed: bool


@attrs.frozen
class EnumValue:
    """A value of an enum."""

    name: str
    value: str | int
    doc: str


@attrs.frozen
class EnumView:
    """An enum."""

    title: str
    doc: str
    values: tuple[EnumValue, ...]


class Spec:
    """The contract, as the templates ask for it."""

    def __init__(self, document: Document, data: GeneratorData) -> None:
        self._document = document
        self._data = data
        self._root = document.root
        self._expressions = Expressions(document)

    # --- the whole contract

    @property
    def version(self) -> str:
        """Version of the contract, and so of the package."""
        return str(self._root["info"]["version"])

    @property
    def title_doc(self) -> str:
        """Docstring of the package."""
        info = self._root["info"]
        return paragraphs(f"{info['title']}.", info.get("description"), see(self._root))

    @property
    def servers(self) -> list[Server]:
        """Hosts with an absolute URL, variables filled with their defaults."""
        found: list[Server] = []
        for server in self._root.get("servers", []):
            url = server["url"]
            for name, variable in server.get("variables", {}).items():
                url = url.replace(f"{{{name}}}", str(variable["default"]))
            if "://" in url:
                found.append(Server(url, server.get("description", "")))
        return found

    @property
    def request_id_header(self) -> str:
        """Name of the header that support asks for."""
        return str(self._root.get("x-request-id-header", "X-Request-ID"))

    @property
    def must_be_verified(self) -> bool:
        """Whether replies are signed, so that an unverified success must not be believed."""
        schemes: Node = self._root.get("components", {}).get("securitySchemes", {})
        return any("x-wechatpay-signature" in self._document.resolve(s) for s in schemes.values())

    @cached_property
    def client_options(self) -> list[ClientOption]:
        """Headers that are set once on the client."""
        found: dict[str, ClientOption] = {}
        for path, method, _ in self._document.operations():
            for parameter in self._document.parameters(path, method).values():
                if "x-client-option" not in parameter:
                    continue
                schema = self._document.resolve(parameter["schema"])
                values = ", ".join(literal(value) for value in schema.get("enum", []))
                name = PythonIdentifier(parameter["x-client-option"], "option_")
                found[name] = ClientOption(
                    name=name,
                    header=parameter["name"],
                    annotation=f"Literal[{values}]" if values else "str",
                    doc=parameter.get("description", "").strip(),
                )
        return list(found.values())

    @cached_property
    def errors(self) -> list[ErrorClass]:
        """An exception for each named status and for each code of the error tables."""
        named: dict[str, tuple[Node, set[int]]] = {}
        rows: dict[str, list[tuple[str, Node]]] = {}
        for _, _, operation in self._document.operations():
            for status, response in self._document.responses(operation).items():
                if "x-error-name" in response:
                    _, statuses = named.setdefault(response["x-error-name"], (response, set()))
                    statuses.add(int(status))
            for row in operation.get("x-error-codes", []):
                rows.setdefault(row["code"], []).append((operation["operationId"], row))
        found: list[ErrorClass] = []
        taken: set[str] = set()
        for name, (response, statuses) in named.items():
            codes = tuple(response.get("x-error-codes", ()))
            taken.update(codes)
            summary = response["description"].strip()
            doc = paragraphs(summary, _rows_doc(r for code in codes for r in rows.get(code, [])))
            found.append(ErrorClass(name, _first(summary), doc, codes, tuple(sorted(statuses))))
        for code, entries in rows.items():
            if code not in taken:
                _, row = entries[0]
                summary = f"{sentence(row['meaning'])} {row['title']}。"
                doc = paragraphs(summary, _rows_doc(entries))
                found.append(
                    ErrorClass(pascal_case(code.lower()), _first(summary), doc, (code,), ())
                )
        return found

    def tag_doc(self, collection: EndpointCollection) -> str:
        """Docstring of a tag's package."""
        for tag in self._root.get("tags", []):
            if PythonIdentifier(tag["name"], "tag") == collection.tag:
                return paragraphs(tag.get("description"), see(tag))
        return f"Operations tagged {collection.tag}."

    # --- models

    def model(self, model: ModelProperty) -> ModelView:
        """Return the view of a model."""
        raw = self._expressions.raw(model)
        properties = [*(model.required_properties or []), *(model.optional_properties or [])]
        members = tuple(self._member(item) for item in properties)
        additional = model.additional_properties
        return ModelView(
            title=f"{raw.get('title', model.class_info.name)}.",
            doc=paragraphs(f"{raw.get('title', model.class_info.name)}.", raw.get("description")),
            members=members,
            additional=Member(
                attribute="additional_properties",
                name="",
                annotation=self._expressions.annotation(additional) if additional else "_t.Json",
                codec=self._expressions.codec(additional) if additional else "_t.Anything()",
                required=True,
                doc="",
            ),
            closed=raw.get("additionalProperties") is False,
        )

    def _member(self, item: PropertyProtocol) -> Member:
        annotation = self._expressions.annotation(item)
        name = item.name.get_untrusted_value()
        attribute = str(item.python_name)
        return Member(
            attribute=f"{attribute}_" if attribute in RESERVED_MEMBERS else attribute,
            name=name,
            annotation=annotation if item.required else optional(annotation),
            codec=self._expressions.codec(item),
            required=item.required,
            doc=self._value_doc(self._expressions.raw(item)) or f"Member {name}.",
        )

    def enum(self, enum: EnumProperty) -> EnumView:
        """Return the view of an enum."""
        raw = self._expressions.raw(enum)
        values = [value for value in raw["enum"] if value is not None]
        names = raw.get("x-enum-varnames", [])
        docs = raw.get("x-enum-descriptions", [])
        found: list[EnumValue] = []
        for index, value in enumerate(values):
            # Prefixed variable names are for languages whose enums share one name space.
            name = _constant(str(value)) or _constant(str(names[index]) if names else "")
            doc = docs[index] if len(docs) == len(values) else f"{value}"
            found.append(EnumValue(name or f"VALUE_{index}", value, f"{doc}."))
        if len({value.name for value in found}) != len(found):
            raise GenerationError(f"{enum.class_info.name}: two values get the same name")
        title = f"{raw.get('title', enum.class_info.name)}."
        note = "An open list: other values are kept as they come, see `is_known`."
        return EnumView(title, paragraphs(title, raw.get("description"), note), tuple(found))

    # --- operations

    def operation(self, endpoint: Endpoint) -> OperationView:
        """Return the view of an operation."""
        return OperationView(self, self._expressions, endpoint)

    def endpoint(self, operation_id: str) -> tuple[str, Endpoint]:
        """Return the package and the endpoint of an operation."""
        for tag, collection in self._data.endpoint_collections_by_tag.items():
            for endpoint in collection.endpoints:
                if self.raw_operation(endpoint).get("operationId") == operation_id:
                    return str(tag), endpoint
        raise GenerationError(f"a link names the operation {operation_id}, which does not exist")

    def raw_operation(self, endpoint: Endpoint) -> Node:
        """Return an operation as the contract has it."""
        operation: Node = self._root["paths"][endpoint.path.get_untrusted_value()][endpoint.method]
        return operation

    def responses(self, endpoint: Endpoint) -> dict[str, Node]:
        """Return an operation's responses by status."""
        return self._document.responses(self.raw_operation(endpoint))

    def raw_parameter(self, endpoint: Endpoint, location: str, name: str) -> Node:
        """Return a parameter as the contract has it."""
        path = endpoint.path.get_untrusted_value()
        return self._document.parameters(path, endpoint.method)[location, name]

    def parameter_doc(self, parameter: Node) -> str:
        """Docstring of a parameter."""
        schema = self._document.resolve(parameter["schema"])
        return self._value_doc({**schema, **_only(parameter, "description", "example")})

    def _value_doc(self, raw: Node) -> str:
        """Docstring of a value: title, meaning, unit, limits, example."""
        facts: list[str] = []
        if "x-unit" in raw:
            facts.append(f"Unit: {raw['x-unit']}.")
        facts.append(_span(raw.get("minLength"), raw.get("maxLength"), " characters"))
        facts.append(_span(raw.get("minimum"), raw.get("maximum"), ""))
        if "default" in raw:
            facts.append(f"Default: {raw['default']}.")
        if "example" in raw and not isinstance(raw["example"], dict | list):
            facts.append(f"Example: {raw['example']}.")
        title = f"{raw['title']}." if "title" in raw else None
        return paragraphs(title, raw.get("description"), " ".join(filter(None, facts)))


def _constant(text: str) -> str | None:
    """Return a value as the name of a class attribute, if it can be one."""
    name = text.upper()
    return name if name.isidentifier() and not name.startswith("_") else None


def _span(low: float | None, high: float | None, unit: str) -> str:
    if low and high is not None:
        return f"{low} to {high}{unit}."
    if high is not None:
        return f"At most {high}{unit}."
    return f"At least {low}{unit}." if low is not None else ""


def _only(node: Node, *keys: str) -> Node:
    return {key: node[key] for key in keys if key in node}


def _first(text: str) -> str:
    return text.splitlines()[0].split(". ")[0].rstrip(".")


def _rows_doc(rows: Iterable[tuple[str, Node]]) -> str | None:
    """Say where the error tables list a code and what helps."""
    lines = dict.fromkeys(
        f"- {operation}, {row['status']}: {row['meaning']} ({row['title']}); {row['remedy']}."
        for operation, row in rows
    )
    return "\n".join(lines) or None
