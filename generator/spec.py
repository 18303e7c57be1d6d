"""OpenAPI as a tree: its structure, and look-ups in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, cast

from . import tree
from .problems import GenerationError, Problem
from .tree import Node, line_of, node, nodes

Kind: TypeAlias = Literal[
    "document",
    "components",
    "path",
    "operation",
    "parameter",
    "header",
    "body",
    "response",
    "link",
    "media",
    "schema",
    "scheme",
]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SCHEMAS = "#/components/schemas/"
OCTETS = "application/octet-stream"
FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}
"""Headers that are no parameters, says OpenAPI: client, auth plugin and body set them."""
_STEPS = 1000
"""Steps that a reference may take through the tree before it goes in a circle."""


class Place(NamedTuple):
    """A node of the spec and where it stands."""

    kind: Kind
    pointer: str
    """JSON pointer without the leading `#`."""
    node: Node


ONE, _LIST, _MAP = "one", "list", "map"
CHILDREN: Mapping[Kind, Mapping[str, tuple[str, Kind]]] = {
    "document": {"paths": (_MAP, "path"), "components": (ONE, "components")},
    "components": {
        "schemas": (_MAP, "schema"),
        "parameters": (_MAP, "parameter"),
        "requestBodies": (_MAP, "body"),
        "responses": (_MAP, "response"),
        "links": (_MAP, "link"),
        "headers": (_MAP, "header"),
        "securitySchemes": (_MAP, "scheme"),
    },
    "path": {
        "parameters": (_LIST, "parameter"),
        **dict.fromkeys(METHODS, (ONE, "operation")),
    },
    "operation": {
        "parameters": (_LIST, "parameter"),
        "requestBody": (ONE, "body"),
        "responses": (_MAP, "response"),
    },
    "parameter": {"schema": (ONE, "schema")},
    "header": {"schema": (ONE, "schema")},
    "body": {"content": (_MAP, "media")},
    "response": {
        "content": (_MAP, "media"),
        "headers": (_MAP, "header"),
        "links": (_MAP, "link"),
    },
    "media": {"schema": (ONE, "schema")},
    "schema": {
        "properties": (_MAP, "schema"),
        "items": (ONE, "schema"),
        "additionalProperties": (ONE, "schema"),
        "allOf": (_LIST, "schema"),
        "anyOf": (_LIST, "schema"),
        "oneOf": (_LIST, "schema"),
    },
    "link": {},
    "scheme": {},
}
"""What may stand below a node of each kind, and how: alone, in a list, or by name."""

_NOTES = {
    *("title", "summary", "description", "default", "example", "examples", "externalDocs"),
    *("deprecated", "readOnly", "writeOnly", "xml"),
}


def children(place: Place) -> Iterator[Place]:
    """Yield the nodes right below a node; none below a reference.

    Raises:
        GenerationError: Something else stands where a node belongs.
    """
    return (child for _, _, child in below(place))


def below(place: Place) -> Iterator[tuple[str, str | int | None, Place]]:
    """Yield the key of each node below, its name or number under that key, and the node."""
    kind, pointer, holder = place
    if "$ref" in holder and kind != "path":
        return
    for key, (form, inner) in CHILDREN[kind].items():
        value: object = holder.get(key)
        absent = key not in holder or (value is None and form != ONE)
        if absent or (key == "additionalProperties" and isinstance(value, bool)):
            continue
        for name, child in _entries(value, form, f"{pointer}/{key}"):
            where = f"{pointer}/{key}" + ("" if name is None else f"/{escaped(str(name))}")
            if not isinstance(child, dict):
                raise _misplaced(where, child, "an object")
            yield key, name, Place(inner, where, cast("Node", child))


def _entries(value: object, form: str, pointer: str) -> Iterator[tuple[str | int | None, object]]:
    if form == ONE:
        yield None, value
    elif form == _LIST:
        if not isinstance(value, list):
            raise _misplaced(pointer, value, "a list")
        yield from enumerate(cast("list[object]", value))
    else:
        if not isinstance(value, dict):
            raise _misplaced(pointer, value, "an object")
        for name, item in cast("Node", value).items():
            if not (name.startswith("x-") and pointer == "/paths"):
                yield name, item


def _misplaced(pointer: str, value: object, wanted: str) -> GenerationError:
    return GenerationError(f"#{pointer}: must be {wanted}, not {tree.named(value)}")


def walk(holder: Node, pointer: str = "", kind: Kind = "document") -> Iterator[Place]:
    """Yield a node and all nodes below it, parents first; references are not followed.

    A parent may be changed before its children are asked for.
    """
    waiting = [Place(kind, pointer, holder)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting += reversed(list(children(place)))


def copied(place: Place, own: Callable[[Place], Node], problems: list[Problem]) -> Node:
    """Return a copy of a node and of all below it.

    Args:
        place: The node.
        own: Gives the copy of one node, its children as they are or as they should be copied.
        problems: Gets what stands where a node belongs.
    """
    found = own(place)
    try:
        entries = list(below(Place(place.kind, place.pointer, found)))
    except GenerationError as error:
        problems += error.problems
        return found
    for key in {key for key, _, _ in entries}:
        copies = {
            name: copied(child, own, problems) for other, name, child in entries if other == key
        }
        if None in copies:
            found[key] = copies[None]
        else:
            found[key] = copies if isinstance(found[key], dict) else list(copies.values())
    return found


def mapping(holder: Node, key: str) -> Node:
    """Return the object at a key, an empty one if there is none."""
    return node(holder.get(key))


def listing(holder: Node, key: str) -> list[Node]:
    """Return the list of objects at a key, an empty one if there is none."""
    return nodes(holder.get(key))


def escaped(name: str) -> str:
    """Return a name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def unescaped(part: str) -> str:
    """Return the name that a part of a JSON pointer stands for."""
    return part.replace("~1", "/").replace("~0", "~")


# --- words about nodes


def notes(schema: Node) -> Node:
    """Return what a schema says without deciding which values are valid."""
    return {key: schema[key] for key in schema if key in _NOTES or key.startswith("x-")}


def renamed(schema: Node) -> str | None:
    """Return the reference of a schema that is no more than another one with texts of its own."""
    for key in ("allOf", "anyOf", "oneOf"):
        parts = listing(schema, key)
        beside = set(schema) - {key, "type", "nullable"} - set(notes(schema))
        if len(parts) == 1 and "$ref" in parts[0] and not beside:
            return str(parts[0]["$ref"])
    return None


def plain_type(content_type: str) -> str:
    """Return a content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Whether a content type is JSON."""
    plain = plain_type(content_type)
    return plain == "application/json" or plain.endswith("+json")


def is_body_type(content_type: str) -> bool:
    """Whether a request body of a content type can be written."""
    plain = plain_type(content_type)
    return is_json(plain) or plain in FORMS or plain == OCTETS or plain.startswith("text/")


def sent_content(body: Node) -> list[str]:
    """Return the content type that a request has, JSON if there is a choice; several if not."""
    known = [
        content_type for content_type in mapping(body, "content") if is_body_type(content_type)
    ]
    return list(filter(is_json, known))[:1] or known


def is_argument(parameter: Node) -> bool:
    """Whether a parameter is one of the generated functions."""
    ignored = parameter["in"] == "header" and parameter["name"].lower() in _IGNORED_HEADERS
    return not ignored and "x-client-option" not in parameter


def result_content(response: Node) -> str | None:
    """Return the content type that a client asks for, JSON if it can choose."""
    content = mapping(response, "content")
    ranks = [
        [content_type for content_type in content if is_json(content_type)],
        [content_type for content_type in content if content_type.startswith("text/")],
        [content_type for content_type in content if not plain_type(content_type).endswith("xml")],
        list(content),
    ]
    return next((rank[0] for rank in ranks if rank), None)


def result_statuses(responses: Mapping[str, Node]) -> set[str]:
    """Return the statuses whose response is a result; the others stand for errors."""
    found = {
        status
        for status, response in responses.items()
        if status.startswith("2") and "x-error-name" not in response
    }
    # A default covers success only where no success is spelled out.
    return found or ({"default"} & set(responses))


def content(holder: Node) -> tuple[str | None, Node | None]:
    """Return the first media type of a body and its schema."""
    for media, entry in mapping(holder, "content").items():
        return media, mapping(node(entry), "schema")
    return None, None


# --- look-ups


class Document:
    """An OpenAPI tree and look-ups in it."""

    def __init__(self, root: Node, source: str = "") -> None:
        self.root = root
        self.source = source
        self._targets: dict[str, tuple[str, Node]] | None = None

    def settle(self) -> None:
        """Remember from now on where each pointer leads: the tree changes no more."""
        self._targets = {}

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a YAML or JSON file."""
        return cls(tree.read(path), str(path))

    def at(self, pointer: str) -> Node:
        """Return the node at a JSON pointer, references on the way and at its end resolved."""
        return self.target(pointer)[1]

    def target(self, pointer: str) -> tuple[str, Node]:
        """Return the node that a JSON pointer leads to and its own pointer, without references."""
        if self._targets is None:
            return self._followed(pointer)
        if pointer not in self._targets:
            self._targets[pointer] = self._followed(pointer)
        return self._targets[pointer]

    def _followed(self, pointer: str) -> tuple[str, Node]:
        waiting = pointer.removeprefix("#").split("/")[1:]
        found = ""
        here: object = self.root
        for _ in range(_STEPS):
            reference: object = node(here).get("$ref")
            if isinstance(reference, str):
                if not reference.startswith("#/"):
                    raise GenerationError(f"{reference} is outside of this file")
                waiting = [*reference.split("/")[1:], *waiting]
                found, here = "", self.root
            if not waiting:
                if isinstance(here, dict):
                    return found, node(cast("object", here))
                raise GenerationError(f"{pointer} is no object")
            part = waiting.pop(0)
            found = f"{found}/{part}"
            try:
                if isinstance(here, list):
                    here = cast("list[object]", here)[int(part)]
                else:
                    here = node(here)[unescaped(part)]
            except (KeyError, IndexError, ValueError):
                raise GenerationError(f"{pointer} leads nowhere") from None
        raise GenerationError(f"{pointer} leads in a circle")

    def resolve(self, value: object) -> Node:
        """Return what a reference stands for; any other object as it is."""
        found = node(value)
        reference: object = found.get("$ref")
        return self.at(reference) if isinstance(reference, str) else found

    def original(self, pointer: str) -> tuple[str, Node]:
        """Return pointer and node of what a pointer leads to, references and new names followed."""
        seen: set[str] = set()
        found, here = self.target(pointer)
        while reference := renamed(here):
            if found in seen:
                raise GenerationError(f"{pointer} leads in a circle")
            seen.add(found)
            found, here = self.target(reference)
        return found, here

    def merged(self, value: object, _above: tuple[int, ...] = ()) -> Node:
        """Return a schema with the keywords of its parts, so that they read as one."""
        schema = self.resolve(value)
        if id(schema) in _above:
            raise GenerationError("a schema consists of itself; give the inner one a property")
        found: Node = {}
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in listing(schema, keyword):
                for key, inner in self.merged(part, (*_above, id(schema))).items():
                    found.setdefault(key, inner)
        return {**found, **schema}

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """Yield path, method and operation."""
        for path, item in mapping(self.root, "paths").items():
            for method in node(item):
                if not path.startswith("x-") and method in METHODS:
                    yield path, method, node(item[method])

    def parameters(self, path: str, method: str) -> dict[tuple[str, str], Node]:
        """Return an operation's parameters by location and name, those of its path included."""
        item: Node = self.root["paths"][path]
        found: dict[tuple[str, str], Node] = {}
        for holder in (item, item[method]):
            for parameter in map(self.resolve, listing(holder, "parameters")):
                found[parameter["in"], parameter["name"]] = parameter
        return found

    def responses(self, operation: Node) -> dict[str, Node]:
        """Return an operation's responses by status."""
        responses = mapping(operation, "responses")
        return {status: self.resolve(response) for status, response in responses.items()}

    def schemas_below(self, schema: Node) -> Iterator[Node]:
        """Yield a schema and all that it is made of, references followed, each once."""
        seen: set[int] = set()
        waiting = [schema]
        while waiting:
            found = self.resolve(waiting.pop())
            if id(found) not in seen:
                seen.add(id(found))
                yield found
                waiting += [below.node for below in children(Place("schema", "", found))]

    def reachable(self, holders: Iterable[object]) -> set[str]:
        """Return the references that some nodes make, directly or not."""
        seen: set[int] = set()
        found: set[str] = set()
        waiting = list(holders)
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += cast("list[object]", value)
            if not isinstance(value, dict) or id(cast("Node", value)) in seen:
                continue
            inner = cast("Node", value)
            seen.add(id(inner))
            waiting += inner.values()
            reference: object = inner.get("$ref")
            if isinstance(reference, str) and reference not in found:
                found.add(reference)
                waiting.append(self.or_nothing(inner))
        return found

    def or_nothing(self, value: object) -> Node:
        """Return what a reference stands for, an empty object if it leads nowhere."""
        try:
            return self.resolve(value)
        except GenerationError:
            return {}  # whoever needs it will say so

    def line(self, pointer: str) -> int:
        """Return the line of a place, or of what is nearest above it; 0 if that is not known."""
        here: object = self.root
        found = 0
        for part in pointer.removeprefix("#").split("/")[1:]:
            if "$ref" in node(here):
                here = self.or_nothing(here)
            name = unescaped(part)
            if isinstance(here, list) and part.isdecimal():
                entries = cast("list[object]", here)
                here = entries[int(part)] if int(part) < len(entries) else None
                found = tree.line(here) or found
            elif isinstance(here, dict) and name in here:
                found = line_of(cast("Node", here), name) or found
                here = cast("Node", here)[name]
            else:
                break
        return found
