"""Writes the first tests of a package: each operation is called with the spec's own examples."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from pprint import pformat
from typing import NamedTuple, cast

from ..docs.writing import TODO
from ..extension_rules import notices
from ..spec import Document, mapping, result_content, result_statuses, sent_content
from ..tree import Node

_CONTENT = b"(bytes)"
_WIDTH = 96
_WITH_ACCOUNTS = "/return-advance"
"""What the sandbox keeps accounts of, so that it refuses the numbers of an example."""

_PREPARED = "wechatpay_sandbox.platform.next(faults.answer(200, dumps(RESPONSE)))"

CONFTEST = '''"""The client of the first tests calls the sandbox, which plays openapi.yaml."""

import httpx
import pytest
from {package} import Client


@pytest.fixture
def client(wechatpay_sandbox):
    transport = wechatpay_sandbox.transport
    return Client(
        wechatpay_sandbox.auth,
        http=httpx.Client(transport=transport),
        async_http=httpx.AsyncClient(transport=transport),
        retries=0,
    )
'''

_MODULE = '''"""{title}: the first calls, with the examples of openapi.yaml."""

import asyncio

{imports}
{examples}
def test_{name}(client{fixtures}):
{prepare}    result = {name}.sync({arguments})
{checks}


def test_{name}_under_asyncio(client{prepared}):
{prepare}    result = asyncio.run({name}.asyncio({arguments}))
{short_checks}
'''


_NOTICE = '''"""The notice {name}: made by the sandbox, read by the auth object."""

import pytest
from {package} import notices
from wechatpay_auth import WeChatPayAuth


@pytest.mark.parametrize("event", {events})
def test_notice_{name}(event, wechatpay_sandbox):
    auth = WeChatPayAuth.from_env(wechatpay_sandbox.environment)
    sent = wechatpay_sandbox.platform.notice(event)
    notice = auth.read_notice(sent.headers.lines, sent.body)
    assert notices.read_notice(notice).to_dict() == notice.resource
'''


class _Endpoint(NamedTuple):
    """The module of one operation, as the generator wrote it."""

    group: str
    name: str
    arguments: dict[str, str]
    """Annotations of the required arguments without the client, by name."""
    positional: list[str]


def first_tests(document: Document, package: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of a test module for each operation and each notice."""
    endpoints = dict(_endpoints(package))
    for path, method, operation in document.operations():
        endpoint = endpoints.get(str(operation.get("operationId")))
        if endpoint is not None:
            made = _Module(document, package, path, method, operation, endpoint)
            yield f"test_{endpoint.name}.py", made.text()
    for webhook, stated in notices(document).items():
        name = re.sub(r"\W", "_", webhook)
        events = [event for event in stated["events"] if TODO not in event]
        if events:
            text = _NOTICE.format(name=name, package=package.name, events=events)
            yield f"test_notice_{name}.py", text


class _Module:
    def __init__(
        self,
        document: Document,
        package: Path,
        path: str,
        method: str,
        operation: Node,
        endpoint: _Endpoint,
    ) -> None:
        self._document = document
        self._package = package
        self._operation = operation
        self._endpoint = endpoint
        self._path = path
        self._parameters = document.parameters(path, method)
        self._imports: dict[str, set[str]] = {}
        self._import(f"api.{endpoint.group}", endpoint.name)
        self._examples: list[str] = []

    def text(self) -> str:
        """Return the text of the module."""
        arguments = ", ".join([*self._arguments(), "client=client"])
        checks, fixtures = self._checks()
        download = fixtures or any("client.download" in line for line in checks)
        prepared = ""
        if self._path.endswith(_WITH_ACCOUNTS):
            prepared = ", wechatpay_sandbox"
            self._imports["json"] = {"dumps"}
            self._imports["wechatpay_sandbox"] = {"faults"}
        return _MODULE.format(
            title=str(self._operation.get("summary", self._endpoint.name)).replace('"', "'"),
            imports="".join(
                f"from {module} import {', '.join(sorted(names))}\n"
                for module, names in sorted(self._imports.items())
            ),
            examples="\n".join([*self._examples, ""]) if self._examples else "",
            name=self._endpoint.name,
            fixtures=fixtures + prepared,
            prepared=prepared,
            prepare=f"    {_PREPARED}\n" if prepared else "",
            arguments=arguments,
            checks="\n".join(checks),
            short_checks="\n".join(checks[:1] if download else checks),
        )

    def _import(self, module: str, name: str) -> None:
        self._imports.setdefault(f"{self._package.name}.{module}", set()).add(name)

    def _arguments(self) -> Iterator[str]:
        endpoint = self._endpoint
        in_path = iter(re.findall(r"\{(.*?)\}", self._path))
        for name, annotation in endpoint.arguments.items():
            if name == "body":
                yield f"body={self._body(annotation)}"
                continue
            wire = next(in_path) if name in endpoint.positional else self._wire(name)
            value = self._typed(self._example_of(self._parameter(wire)), annotation)
            yield value if name in endpoint.positional else f"{name}={value}"

    def _wire(self, name: str) -> str:
        """Return the parameter that an argument is named after."""
        names = [wire for place, wire in self._parameters if place != "path"]
        return next((wire for wire in names if _plain(wire) == _plain(name)), name)

    def _parameter(self, wire: str) -> Node:
        found = [one for (_, name), one in self._parameters.items() if name == wire]
        return found[0] if found else {}

    def _example_of(self, holder: Node) -> object:
        """Return the example of a parameter or a media type, or of its schema."""
        for one in (holder, self._document.merged(holder.get("schema"))):
            if "example" in one:
                return cast("object", one["example"])
            for named in mapping(one, "examples").values():
                return cast("object", self._document.resolve(named).get("value"))
        schema = self._document.merged(holder.get("schema"))
        values = cast("list[object]", schema.get("enum") or ())
        return values[0] if values else {"integer": 1, "boolean": False}.get(schema["type"], "1")

    def _typed(self, value: object, annotation: str) -> str:
        """Write a value as the annotation wants it; a class takes the text of an enum."""
        kind = annotation.removesuffix(" | None")
        if kind.startswith("datetime."):
            self._imports.setdefault("datetime", set()).add(kind.removeprefix("datetime."))
            return f"{kind.removeprefix('datetime.')}.fromisoformat({value!r})"
        if kind in self._models():
            self._import("models", kind)
            return f"{kind}({value!r})"
        return repr(str(value) if kind == "str" else value)

    def _body(self, annotation: str) -> str:
        body = self._document.resolve(self._operation.get("requestBody"))
        media = sent_content(body)[0]
        content: Node = mapping(body, "content")[media]
        example = self._example_of(content)
        if annotation == "File":
            return self._file()
        if annotation not in self._models() or not isinstance(example, dict):
            return repr(example)
        self._import("models", annotation)
        fields = cast("Node", example)
        if not media.startswith("multipart/"):
            self._examples.append(f"REQUEST = {_written(fields)}\n")
            return f"{annotation}.from_dict(REQUEST)"
        return f"{annotation}({', '.join(self._parts(content, annotation, fields))})"

    def _file(self) -> str:
        self._import("types", "File")
        return f'File({_CONTENT!r}, "example.png", "image/png")'

    def _parts(self, content: Node, annotation: str, example: Node) -> Iterator[str]:
        """Yield the arguments of a form: its file, and the part which has the file's hash."""
        schema = self._document.merged(content.get("schema"))
        properties = mapping(schema, "properties")
        for attribute, kind in self._models()[annotation].items():
            wire = next((name for name in properties if _plain(name) == _plain(attribute)), "")
            if wire not in properties or wire not in schema.get("required", properties):
                continue
            value = example.get(wire)
            if self._document.merged(properties[wire]).get("format") == "binary":
                yield f"{attribute}={self._file()}"
            elif kind in self._models() and isinstance(value, dict):
                digest = {"sha256": hashlib.sha256(_CONTENT).hexdigest()}
                stated = cast("Node", value)
                known = {name: digest.get(name, one) for name, one in stated.items()}
                self._examples.append(f"{wire.upper()} = {_written(known)}\n")
                self._import("models", kind)
                yield f"{attribute}={kind}.from_dict({wire.upper()})"
            else:
                yield f"{attribute}={self._typed(value, kind)}"

    def _checks(self) -> tuple[list[str], str]:
        """Return the lines which check the result, and the fixtures that they need."""
        responses = self._document.responses(self._operation)
        status = min(result_statuses(responses), default="")
        response = responses.get(status, {})
        media = result_content(response)
        if media is None:
            return ["    assert result is None"], ""
        content: Node = mapping(response, "content")[media]
        if self._document.merged(content.get("schema")).get("format") == "binary":
            return [
                f"    assert result.payload == {str(content.get('example', '(bytes)'))!r}.encode()"
            ], ""
        said = mapping(response, "x-download")
        if said:
            lines = [
                f"    assert result.{said['hash-value']}",
                "    client.download(result, to=tmp_path / 'file')",
                "    assert (tmp_path / 'file').stat().st_size > 0",
            ]
            return lines, ", tmp_path"
        self._examples.append(f"RESPONSE = {_written(self._example_of(content))}\n")
        return ["    assert result.to_dict() == RESPONSE"], ""

    def _models(self) -> dict[str, dict[str, str]]:
        return _classes(self._package / "models")


def _endpoints(package: Path) -> Iterator[tuple[str, _Endpoint]]:
    for file in (package / "api").glob("*/*.py"):
        text = file.read_text(encoding="utf-8")
        named = re.search(r'^    name="(.*)",$', text, re.MULTILINE)
        functions = [
            node
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef) and node.name == "bind"
        ]
        if named and functions:
            stated = functions[0].args
            required = list(stated.args)
            for one, default in zip(stated.kwonlyargs, stated.kw_defaults, strict=True):
                required += [one] if default is None else []
            arguments = {one.arg: _annotation(one) for one in required}
            positional = [one.arg for one in stated.args]
            yield named[1], _Endpoint(file.parent.name, file.stem, arguments, positional)


def _annotation(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation) if argument.annotation else ""


def _classes(folder: Path) -> dict[str, dict[str, str]]:
    """Return the classes in a folder, with the annotations of their attributes."""
    found: dict[str, dict[str, str]] = {}
    for file in folder.glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = {
                    one.target.id: ast.unparse(one.annotation)
                    for one in node.body
                    if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                }
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())


def _written(value: object) -> str:
    return pformat(value, width=_WIDTH, sort_dicts=False)
