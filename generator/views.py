"""The views of the templates: the facts of the spec in Python words.

Each view is made from a property of openapi-python-client for names and structure, and from the
spec itself for everything that the parser drops (limits, units, texts, error tables).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property

import attrs
from openapi_python_client.parser.openapi import Endpoint, EndpointCollection, GeneratorData
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.enum_property import EnumProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.strings import PythonIdentifier

from .encrypted import has_any
from .expressions import Expressions, optional
from .extension_rules import DOWNLOAD_FIELDS, model_of, notices
from .names import constant, error_class, unique
from .problems import GenerationError
from .spec import Document, mapping, notes
from .text import literal, paragraphs, see, sentence
from .tree import Node

IMPORTED = frozenset(
    {
        "ClassVar",
        "DownloadRule",
        "File",
        "Final",
        "Json",
        "Literal",
        "Mapping",
        "OpenNumber",
        "OpenText",
        "Reader",
    }
    | {"Self", "Sequence", "TYPE_CHECKING", "UUID"}
)
"""Names that modules of models import."""

_ROWS = 8
"""Rows of the error tables in the docstring of an error."""

_SIZES = {"minProperties": "least", "maxProperties": "most"}
_RESERVED_FIELDS = frozenset({"additional_properties", "check", "from_dict", "to_dict"}) | IMPORTED


@attrs.frozen
class Server:
    """A host of the spec."""

    url: str
    description: str


@attrs.frozen
class ErrorClass:
    """An exception for error codes or statuses of the spec."""

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
    values: tuple[str, ...]
    doc: str


@attrs.frozen
class NoticeView:
    """What a notice holds, and the events it is sent for."""

    events: tuple[str, ...]
    module: str
    """The module of the model, below the package."""
    model: str

    @property
    def import_line(self) -> str:
        """The line that imports the model."""
        return f"from {self.module} import {self.model}"


@attrs.frozen
class Field:
    """A field of a model."""

    attribute: str
    name: str
    annotation: str
    required: bool
    doc: str
    read: str
    """What reads it, as an expression over `fields`."""
    written: str
    """Its form in JSON, as an expression."""
    checks: list[str]
    """The lines that check it before it is sent."""
    item: PropertyProtocol
    """What the parser made of it."""
    default: str
    """The default value or `attrs.field`, as the end of a declaration."""


@attrs.frozen
class ModelView:
    """A model."""

    title: str
    doc: str
    fields: tuple[Field, ...]
    additional: str
    """Type of a field that the spec does not list."""
    rest: str
    """What reads those fields, as an expression over `fields`."""
    additional_checks: list[str]
    """The lines that check them, and how many there are."""
    closed: bool
    lists: tuple[str, ...]
    """Attributes that may hold lists."""
    json: str
    """Type of a value of `to_dict`."""
    download: Mapping[str, object]
    """How it announces a file; empty if it announces none."""
    imports: tuple[str, ...]
    late_imports: tuple[str, ...]
    """Imports of models that need this one in turn, so that functions import them."""


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
    """The spec, as the templates need it."""

    def __init__(self, document: Document, data: GeneratorData) -> None:
        document.settle()
        self.document = document
        self._data = data
        self._root = document.root
        self._expressions = Expressions(document)
        self._models: dict[str, ModelView] = {}

    # --- the whole spec

    @property
    def version(self) -> str:
        """Version of the spec, which is the version of the package."""
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
        """Name of the header with the id for the platform's support."""
        return str(self._root.get("x-request-id-header", "X-Request-ID"))

    @property
    def must_be_verified(self) -> bool:
        """Whether responses are signed, so an unverified success has to be refused."""
        schemes: Node = self._root.get("components", {}).get("securitySchemes", {})
        return any("x-wechatpay-signature" in self.document.resolve(s) for s in schemes.values())

    @cached_property
    def client_options(self) -> list[ClientOption]:
        """Headers that are set once on the client."""
        found: dict[str, ClientOption] = {}
        for path, method, _ in self.document.operations():
            for parameter in self.document.parameters(path, method).values():
                if "x-client-option" not in parameter:
                    continue
                schema = self.document.resolve(parameter["schema"])
                values = tuple(str(value) for value in schema.get("enum", []))
                listed = ", ".join(map(literal, values))
                name = PythonIdentifier(parameter["x-client-option"], "option_")
                found[name] = ClientOption(
                    name=name,
                    header=parameter["name"],
                    annotation=f"Literal[{listed}]" if values else "str",
                    values=values,
                    doc=parameter.get("description", "").strip(),
                )
        return list(found.values())

    @cached_property
    def notices(self) -> list[NoticeView]:
        """Each notice with a model."""
        classes = {
            id(self._expressions.raw(model)): model.class_info for model in self._data.models
        }
        found: list[NoticeView] = []
        for notice in notices(self.document).values():
            known = classes[id(model_of(self.document, notice["resource"]))]
            module, name = f".models.{known.module_name}", str(known.name)
            found.append(NoticeView(tuple(notice["events"]), module, name))
        return found

    @cached_property
    def features(self) -> frozenset[str]:
        """The optional modules of the runtime which the package needs."""
        found: set[str] = set()
        if has_any(self.document):
            found |= {"sensitive", "extended"}
        for _, _, operation in self.document.operations():
            body = self.document.resolve(operation.get("requestBody", {}))
            if any("x-signed-part" in media for media in mapping(body, "content").values()):
                found |= {"uploads", "extended"}
            for response in self.document.responses(operation).values():
                if "x-unsigned" in response:
                    found |= {"unsigned", "extended"}
                if "x-download" in response:
                    found |= {"downloads", "extended"}
        if notices(self.document):
            found.add("notices")
        return frozenset(found)

    @cached_property
    def errors(self) -> list[ErrorClass]:
        """An exception for each named status and for each code of the error tables."""
        summaries: dict[str, str] = {}
        statuses: dict[str, set[int]] = {}
        classes: dict[str, str] = {}  # by code
        rows: dict[str, list[tuple[str, Node]]] = {}  # by code
        for _, _, operation in self.document.operations():
            for status, response in self.document.responses(operation).items():
                if "x-error-name" in response:
                    name = response["x-error-name"]
                    summaries.setdefault(name, response["description"].strip())
                    statuses.setdefault(name, set()).add(int(status))
                    classes |= dict.fromkeys(response.get("x-error-codes", ()), name)
            for row in operation.get("x-error-codes", []):
                rows.setdefault(row["code"], []).append((operation["operationId"], row))
        for code, [(_, row), *_] in rows.items():
            name = classes.setdefault(code, error_class(code))
            summaries.setdefault(name, f"{sentence(row['meaning'])} {row['title']}.")
        found: list[ErrorClass] = []
        for name, summary in summaries.items():
            codes = tuple(code for code, its in classes.items() if its == name)
            first = _first(summary)
            doc = paragraphs(
                f"{first}.",
                summary.removeprefix(first).removeprefix("."),
                _rows_doc(r for code in codes for r in rows.get(code, [])),
            )
            found.append(ErrorClass(name, first, doc, codes, tuple(sorted(statuses.get(name, ())))))
        return found

    def tag_doc(self, collection: EndpointCollection) -> str:
        """Docstring of a tag's package."""
        for tag in self._root.get("tags", []):
            if PythonIdentifier(tag["name"], "tag") == collection.tag:
                return paragraphs(tag.get("description"), see(tag))
        return f"Operations tagged {collection.tag}."

    # --- models

    def model(self, model: ModelProperty) -> ModelView:
        """Return the view of a model, made once: each operation that returns it asks for it."""
        pointer = self._expressions.where(model)
        if pointer not in self._models:
            self._models[pointer] = self._made_model(model)
        return self._models[pointer]

    def _made_model(self, model: ModelProperty) -> ModelView:
        raw = self._expressions.raw(model)
        properties = _properties(model)
        classes = {name for item in properties for name in self._classes(item)}
        attributes = unique(
            [str(item.python_name) for item in properties], _RESERVED_FIELDS | classes
        )
        fields = tuple(
            self._field(item, attribute, self._declared(raw, item))
            for item, attribute in zip(properties, attributes, strict=True)
        )
        additional = model.additional_properties
        title = f"{raw.get('title', model.class_info.name)}."
        late = self._cycles.get(str(model.class_info.name), frozenset[str]())
        imports = self._imports(model)
        has_files = any(self._expressions.holds_files(item) for item in properties)
        return ModelView(
            title=title,
            doc=paragraphs(title, raw.get("description")),
            fields=fields,
            additional=self._expressions.annotation(additional) if additional else "Json",
            rest=f"rest_of({self._expressions.reader(additional)})"
            if additional and not isinstance(additional, AnyProperty)
            else "rest()",
            additional_checks=self._additional_checks(raw, fields, additional),
            closed=raw.get("additionalProperties") is False,
            lists=tuple(
                field.attribute for field in fields if self._expressions.holds_lists(field.item)
            ),
            download=self._download(raw, fields),
            json="object" if has_files else "Json",
            imports=tuple(line for name, line in imports.items() if name not in late),
            late_imports=tuple(line for name, line in imports.items() if name in late),
        )

    def _download(self, raw: Node, fields: tuple[Field, ...]) -> dict[str, object]:
        rule = self._downloads.get(id(raw))
        if rule is None:
            return {}
        attributes = {field.name: field.attribute for field in fields}
        return {
            **{name.replace("-", "_"): attributes[rule[name]] for name in DOWNLOAD_FIELDS},
            "over": rule["over"],
            "max_bytes": rule["max-bytes"],
        }

    @cached_property
    def _downloads(self) -> dict[int, Node]:
        """Each `x-download` by the identity of the result's schema."""
        return {
            id(model_of(self.document, mapping(media, "schema"))): response["x-download"]
            for _, _, operation in self.document.operations()
            for response in self.document.responses(operation).values()
            if "x-download" in response
            for media in mapping(response, "content").values()
        }

    def _field(self, item: PropertyProtocol, attribute: str, declared: Node) -> Field:
        say = self._expressions
        annotation = say.annotation(item)
        name = item.name.get_untrusted_value()
        reader = self._present_reader(item)
        method = "required" if item.required else "optional"
        if not item.required and say.is_lenient(item):
            method = "if_readable"
        value = f"self.{attribute}"
        return Field(
            attribute=attribute,
            name=name,
            annotation=annotation if item.required else optional(annotation),
            required=item.required,
            doc=self._value_doc({**say.raw(item), **notes(declared)}) or f"Field {name}.",
            read=f"fields.text({literal(name)})"
            if item.required and reader == "reading.text"
            else f"fields.{method}({literal(name)}, {reader})",
            written=self._present(item, value),
            checks=say.checks(item, value, place(name), optional=not item.required),
            item=item,
            default=_default(required=item.required, shown=not say.holds_secrets(item)),
        )

    def _present_reader(self, item: PropertyProtocol) -> str:
        """Return what reads a field that is there; an optional one is never read from null."""
        return self._expressions.reader(
            item if item.required else self._expressions.without_null(item)[0]
        )

    def _present(self, item: PropertyProtocol, value: str) -> str:
        return self._expressions.written(
            item if item.required else self._expressions.without_null(item)[0], value
        )

    def _additional_checks(
        self, raw: Node, fields: tuple[Field, ...], additional: PropertyProtocol | None
    ) -> list[str]:
        say = self._expressions
        optionals = [field for field in fields if not field.required]
        nullable = [field for field in optionals if self._takes_null(field.item)]
        known = "".join(
            f", {argument}=({', '.join(literal(field.name) for field in found)},)"
            for argument, found in (("fields", optionals), ("nullable", nullable))
            if found
        )
        arguments = f"self.additional_properties, where{known}"
        if raw.get("additionalProperties") is False:
            lines = [f"checks.no_others({arguments})"]
        else:
            inner = (
                say.checks(additional, "value", "place")
                if additional
                else ["checks.anything(value, place)"]
            )
            lines = [f"for value, place in checks.others({arguments}):"]
            lines += [f"    {line}" for line in inner]
        sizes = "".join(f", {name}={literal(raw[k])}" for k, name in _SIZES.items() if k in raw)
        return [*lines, f"checks.size(self.to_dict(), where{sizes})"] if sizes else lines

    def _takes_null(self, item: PropertyProtocol) -> bool:
        inner, nullable = self._expressions.without_null(item)
        return nullable or isinstance(inner, NoneProperty | AnyProperty)

    def _classes(self, item: PropertyProtocol) -> dict[str, str]:
        """Return the classes that a value needs, and their modules."""
        return {
            str(found.class_info.name): str(found.class_info.module_name)
            for found in self._expressions.classes(item)
        }

    def imports_of(self, item: PropertyProtocol, package: str, *, local: Expressions) -> list[str]:
        """Return the lines that import what a value needs from a package of models."""
        found: list[str] = []
        for name, module in self._classes(item).items():
            known = local.local(name)
            behind = f" as {known}" if known != name else ""
            found.append(f"from {package}.{module} import {name}{behind}")
        return found

    def _imports(self, model: ModelProperty) -> dict[str, str]:
        """Return the classes that a model needs, and the lines that import them."""
        needed: dict[str, str] = {}
        for item in _parts(model):
            needed |= self._classes(item)
        needed.pop(str(model.class_info.name), None)
        return {name: f"from .{module} import {name}" for name, module in sorted(needed.items())}

    @cached_property
    def _cycles(self) -> dict[str, frozenset[str]]:
        """Return for each model those it needs that need it in turn."""
        needs = {
            str(model.class_info.name): {
                name for item in _parts(model) for name in self._classes(item)
            }
            for model in self._data.models
        }
        return {
            name: frozenset(other for other in direct if name in _reached(needs, other))
            for name, direct in needs.items()
        }

    def _declared(self, raw: Node, item: PropertyProtocol) -> Node:
        """Return a field as the model itself has it: a reference may carry texts of its own."""
        name = item.name.get_untrusted_value()
        declared: Node = {}
        for part in (*raw.get("allOf", []), raw):
            declared = part.get("properties", {}).get(name, declared)
        return declared

    def enum(self, enum: EnumProperty) -> EnumView:
        """Return the view of an enum."""
        raw = self._expressions.raw(enum)
        values: list[str | int] = raw["enum"]
        spare: list[str] = raw.get("x-enum-varnames", [""] * len(values))
        docs: list[str] = raw.get("x-enum-descriptions", [str(value) for value in values])
        names = unique(
            [constant(value, spare[index], index) for index, value in enumerate(values)],
            frozenset({"VALUES"}),
        )
        title = f"{raw.get('title', enum.class_info.name)}."
        note = "An open list: other values are kept as they come, see `is_known`."
        return EnumView(
            title,
            paragraphs(title, raw.get("description"), note),
            tuple(
                EnumValue(name, value, f"{doc}." if doc else "Empty.")
                for name, value, doc in zip(names, values, docs, strict=True)
            ),
        )

    # --- operations

    @property
    def endpoints(self) -> Iterator[Endpoint]:
        """All operations, as the parser names them."""
        for collection in self._data.endpoint_collections_by_tag.values():
            yield from collection.endpoints

    def endpoint(self, operation_id: str) -> tuple[str, Endpoint]:
        """Return the package and the endpoint of an operation."""
        if operation_id not in self._by_id:
            told = f"a link names the operation {operation_id}, which does not exist"
            raise GenerationError(told)
        return self._by_id[operation_id]

    @cached_property
    def _by_id(self) -> dict[str, tuple[str, Endpoint]]:
        """Package and endpoint by operationId; links of large specs ask a thousand times."""
        return {
            str(self.raw_operation(endpoint).get("operationId")): (str(tag), endpoint)
            for tag, collection in self._data.endpoint_collections_by_tag.items()
            for endpoint in collection.endpoints
        }

    def place(self, endpoint: Endpoint) -> tuple[str, str]:
        """Return path and method of an operation as the spec has them."""
        pointer = endpoint.summary.get_untrusted_value()
        _, _, path, method = pointer.split("/")
        return path.replace("~1", "/").replace("~0", "~"), method

    def raw_operation(self, endpoint: Endpoint) -> Node:
        """Return an operation as the spec has it."""
        return self.document.at(endpoint.summary.get_untrusted_value())

    def responses(self, endpoint: Endpoint) -> dict[str, Node]:
        """Return an operation's responses by status."""
        return self.document.responses(self.raw_operation(endpoint))

    def links(self, endpoint: Endpoint) -> list[Node]:
        """Return the links of an operation's responses."""
        return [
            self.document.resolve(link)
            for response in self.responses(endpoint).values()
            for link in response.get("links", {}).values()
        ]

    def request_body(self, endpoint: Endpoint) -> Node:
        """Return an operation's request body."""
        return self.document.resolve(self.raw_operation(endpoint).get("requestBody", {}))

    def raw_parameter(self, endpoint: Endpoint, location: str, name: str) -> Node:
        """Return a parameter as the spec has it."""
        return self.document.parameters(*self.place(endpoint))[location, name]

    def parameter_doc(self, parameter: Node) -> str:
        """Docstring of a parameter."""
        schema = self.document.resolve(parameter["schema"])
        own = {**notes(parameter["schema"]), **_only(parameter, "description", "example")}
        return self._value_doc({**schema, **own})

    def _value_doc(self, raw: Node) -> str:
        """Docstring of a value: title, meaning, unit, limits, example."""
        rules = self._apart_from_null(raw)
        title = f"{raw['title']}." if "title" in raw else None
        facts = [
            f"Unit: {raw['x-unit']}." if "x-unit" in raw else "",
            _span(rules.get("minLength"), rules.get("maxLength"), " characters"),
            _span(rules.get("minItems"), rules.get("maxItems"), " items"),
            _span(rules.get("minimum"), rules.get("maximum"), ""),
            f"Default: {raw['default']}." if _is_scalar(raw.get("default")) else "",
            f"Example: {raw['example']}." if _is_scalar(raw.get("example")) else "",
            "Deprecated." if raw.get("deprecated") else "",
        ]
        return paragraphs(title, raw.get("description"), " ".join(filter(None, facts)))

    def _apart_from_null(self, raw: Node) -> Node:
        """Return the only option of a union beside null; any other schema as it is."""
        options = [option for option in raw.get("anyOf", []) if option.get("type") != "null"]
        return self.document.resolve(options[0]) if len(options) == 1 else raw


def place(name: str) -> str:
    """Return the place of a field as an f-string over `where`."""
    inside = literal(name)[1:-1].replace("{", "{{").replace("}", "}}")
    return f'f"{{where}}.{inside}"'


def _properties(model: ModelProperty) -> list[PropertyProtocol]:
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def _parts(model: ModelProperty) -> list[PropertyProtocol]:
    """Return everything whose classes a model names."""
    additional = model.additional_properties
    return [*_properties(model), *([additional] if additional else [])]


def _reached(needs: Mapping[str, Set[str]], start: str) -> set[str]:
    """Return what a model needs, directly or not."""
    found: set[str] = set()
    todo = [start]
    while todo:
        for name in needs.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def _default(*, required: bool, shown: bool) -> str:
    if shown:
        return "" if required else " = None"
    return f" = attrs.field({'' if required else 'default=None, '}repr=False)"


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, dict | list)


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
    """Say where the error tables list a code and what helps.

    Each import of an operation reads the docstrings of all errors, so that a code which a
    thousand operations share has no line for each.
    """
    lines = list(
        dict.fromkeys(
            f"- {operation}, {row['status']}: {row['meaning']} ({row['title']}); {row['remedy']}."
            for operation, row in rows
        )
    )
    more = [f"- and {len(lines) - _ROWS} more rows."] if len(lines) > _ROWS else []
    return "\n".join([*lines[:_ROWS], *more]) or None
