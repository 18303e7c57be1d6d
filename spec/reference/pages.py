"""Write the pages which are made from the spec, in one language: the reference and the errors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from spec.lenient import METHODS
from spec.reference.languages import Language, said

Json = dict[str, Any]
Rows = Iterable[Iterable[str]]
ROOT = Path(__file__).parents[2]
WORDS: dict[str, Json] = yaml.safe_load(
    (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
)
SAMPLES: Json = WORDS.pop("samples")


def operations(spec: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and operation, the parameters of the path among the operation's own."""
    for path, item in spec["paths"].items():
        for method in (key for key in item if key in METHODS):
            parameters = item.get("parameters", []) + item[method].get("parameters", [])
            yield path, method, item[method] | {"parameters": parameters}


class Page:
    """One page in one language."""

    def __init__(self, spec: Json, language: Language) -> None:
        self.spec = spec
        self.language: Language = language
        self.words = {name: texts[language] for name, texts in WORDS.items()}

    def say(self, text: str) -> str:
        """Return a text of the spec in the page's language."""
        return said(text, self.language)

    def cell(self, text: str) -> str:
        """Return a text of the spec for a cell of a table."""
        return " ".join(self.say(text).split())

    def at(self, node: Json) -> Json:
        """Return what a reference stands for."""
        while "$ref" in node:
            found = self.spec
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def table(self, heads: str, rows: Rows) -> list[str]:
        """Return a table; a line break inside a cell becomes a space, a pipe an entity."""
        names = [self.words.get(head, head) for head in heads.split()]
        lines = [names, ["---"] * len(names), *rows]
        return ["", *("| " + " | ".join(_flat(cell) for cell in line) + " |" for line in lines), ""]


class Reference(Page):
    """The reference: operations, samples, models, headers, signature."""

    def text(self) -> str:
        """Return the page."""
        words = self.words
        lines = [f"# {words['reference']}", "", self.say(self.spec["info"]["description"])]
        servers = (
            (_code(one["url"]), self.say(one["description"])) for one in self.spec["servers"]
        )
        lines += self.table("host meaning", servers)
        for path, method, operation in operations(self.spec):
            lines += self.operation(path, method, operation)
        lines += ["", f"## {words['samples-title']}", "", words["samples-intro"], ""]
        for name, sample in SAMPLES.items():
            lines += self.sample(name, sample)
        lines += ["", f"## {words['models']}", ""]
        for name, schema in self.spec["components"]["schemas"].items():
            lines += self.model(name, schema)
        lines += ["", f"## {words['response-headers']}", ""]
        lines += self.table(
            "header meaning example",
            (
                (_code(name), self.cell(header["description"]), _code(header["example"]))
                for name, header in self.spec["components"]["headers"].items()
            ),
        )
        for scheme in self.spec["components"]["securitySchemes"].values():
            lines += self.signature(scheme)
        return "\n".join([*lines, ""])

    def operation(self, path: str, method: str, operation: Json) -> Iterator[str]:
        """Yield all that is known of an operation."""
        words = self.words
        yield from (
            "",
            f"({operation['operationId']})=",
            f"## {self.say(operation['summary'])}",
            "",
        )
        yield from ("```text", f"{method.upper()} {path}", "```", "")
        page = operation["externalDocs"]
        yield f"`{operation['operationId']}` · [{self.say(page['description'])}]({page['url']})"
        yield from ("", self.say(operation["description"]), "", f"### {words['facts']}", "")
        yield from self.table("fact answer", self.facts(operation))
        yield from ("", f"### {words['request']}", "")
        parameters = (
            self.field(one["name"], one["schema"] | one, one["in"], required=one["required"])
            for one in map(self.at, operation["parameters"])
        )
        body = self.at(operation.get("requestBody", {}))
        fields, examples = self.content(body, "body")
        yield from self.table("name where meaning rules example", [*parameters, *fields])
        yield from examples
        yield from ("", f"### {words['responses']}", "")
        rows, shown = list[list[str]](), list[str]()
        for status, response in operation["responses"].items():
            found = self.at(response)
            rows.append([_code(status), self.cell(found["description"]), self.seen(found)])
            shown += self.content(found, "", named=status)[1]
        yield from self.table("status meaning error-and-codes", rows)
        yield from shown
        yield from ("", f"### {words['error-codes']}", "")
        rows = [self.error(row) for row in operation["x-error-codes"]]
        yield from self.table("status-and-code kind meaning remedy", rows)

    def facts(self, operation: Json) -> Iterator[tuple[str, str]]:
        """Yield what the extensions say of an operation."""
        words = self.words
        mark = operation.get("x-idempotent")
        answer = f"{words['yes']} {self.cell(mark['reason'])}" if mark else words["not-retried"]
        yield words["idempotent"], answer
        for name, source in operation.get("x-echoes", {}).items():
            yield words["echo"], words["echo-of"].format(name, source.rsplit(".", 1)[-1])
        if poll := operation.get("x-poll"):
            final = ", ".join(map(_code, poll["final"]))
            days = poll["within"] // 86400
            pauses = (f"{poll['first-pause'] // 60} min", f"{poll['longest-pause'] // 3600} h")
            yield words["poll"], words["poll-until"].format(poll["field"], final, *pauses, days)
        for response in map(self.at, operation["responses"].values()):
            for link in response.get("links", {}).values():
                if link.get("x-settles-outcome"):
                    other = f"[{link['operationId']}](#{link['operationId']})"
                    yield words["settles"], f"{other}: {self.cell(link['description'])}"

    def field(self, name: str, schema: Json, where: str, *, required: bool) -> list[str]:
        """Return a row of a table of fields."""
        words, found = self.words, self.at(schema) | schema
        if "schema" in found:
            found = self.at(found["schema"]) | found
        title = self.cell(found["title"]) if "title" in found else ""
        rules = [words["required"] if required else words["optional"], *self.rules(found)]
        meaning = f"**{title}** {self.cell(found['description'])}".strip()
        example = _code(found["example"]) if "example" in found else ""
        return [_code(name), where, meaning, "<br>".join(rules), example]

    def rules(self, schema: Json) -> Iterator[str]:
        """Yield type, limits and unit of a value."""
        words = self.words
        kind = schema.get("type", "")
        yield f"{kind} ({schema['format']})" if "format" in schema else kind or words["any-type"]
        if "maxLength" in schema:
            yield words["length"].format(schema.get("minLength", 0), schema["maxLength"])
        if "pattern" in schema:
            yield _code(schema["pattern"])
        if "minimum" in schema:
            yield f"≥ {schema['minimum']}"
        if "x-unit" in schema:
            yield words["unit"].format(words.get(schema["x-unit"], schema["x-unit"]))
        if "enum" in schema:
            yield ", ".join(map(_code, schema["enum"]))

    def content(self, body: Json, where: str, named: str = "") -> tuple[list[list[str]], list[str]]:
        """Return the fields of a body, and its examples."""
        rows, lines = list[list[str]](), list[str]()
        for media in body.get("content", {}).values():
            schema = self.at(media["schema"])
            for name, one in schema.get("properties", {}).items():
                required = name in schema.get("required", [])
                rows.append(self.field(name, one, where, required=required))
            for example in media.get("examples", {}).values():
                label = " · ".join(filter(None, (named, self.say(example["summary"]))))
                text = json.dumps(self.at(example)["value"], ensure_ascii=False, indent=2)
                lines += _folded(label, "json", text)
        return rows, lines

    def seen(self, response: Json) -> str:
        """Return the client's error for a response and the codes seen with it."""
        codes = ", ".join(map(_code, response.get("x-error-codes", [])))
        return "<br>".join(filter(None, (_code(response.get("x-error-name", "")), codes)))

    def error(self, row: Json) -> list[str]:
        """Return a row of the table of error codes."""
        meaning = row["title"] if self.language == "zh" else row["meaning"]
        code = f"{row['status']}<br>{_code(row['code'])}"
        return [code, self.words[row["kind"]], self.cell(meaning), self.cell(row["remedy"])]

    def sample(self, name: str, sample: Json) -> Iterator[str]:
        """Yield programs that tests run, folded."""
        for file in sample["files"]:
            path = ROOT / file
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".md":
                text = text.split("```python\n", 1)[1].split("```", 1)[0]
            yield from _folded(f"{name} · {path.name}", sample["lexer"], text.rstrip())

    def model(self, name: str, schema: Json) -> Iterator[str]:
        """Yield a schema: its fields, or its values with their meaning."""
        words = self.words
        yield from ("", f"### {name}", "", f"**{self.say(schema['title'])}**", "")
        yield from (self.say(schema["description"]), "")
        if "enum" in schema:
            meanings = schema.get("x-enum-descriptions", [""] * len(schema["enum"]))
            rows = [
                [_code(value), self.cell(text)]
                for value, text in zip(schema["enum"], meanings, strict=True)
            ]
            yield from self.table("value meaning", rows)
            if schema.get("x-open-enum"):
                yield from ("", words["open"], "")
        elif "properties" in schema:
            required = schema.get("required", [])
            rows = [
                self.field(one, found, "", required=one in required)
                for one, found in schema["properties"].items()
            ]
            yield from self.table(
                "name meaning rules example", ([row[0], *row[2:]] for row in rows)
            )
        else:
            yield from self.table(
                "rules example", [self.field(name, schema, "", required=True)[3:]]
            )

    def signature(self, scheme: Json) -> Iterator[str]:
        """Yield how to sign and how to verify."""
        words, rules = self.words, scheme["x-wechatpay-signature"]
        yield from ("", f"## {words['signature']}", "", self.say(scheme["description"]), "")
        for side in ("request", "response"):
            yield from ("", f"### {words[f'{side}-message']}", "")
            parts = ([_code(one["part"]), self.cell(one["rule"])] for one in rules[side]["message"])
            yield from self.table("part meaning", parts)
        yield from ("", f"### {words['header-fields']}", "")
        fields = (
            [_code(name), self.cell(text)] for name, text in rules["request"]["fields"].items()
        )
        yield from self.table("name meaning", fields)
        yield from ("", f"### {words['verification']}", "")
        for number, one in enumerate(rules["response"]["verification"], 1):
            yield f"{number}. `{one['reason']}`: {self.cell(one['rule'])}"


class Errors(Reference):
    """All error codes of all operations, each with its remedies."""

    def text(self) -> str:
        """Return the page."""
        lines = [f"# {self.words['errors']}", "", self.words["errors-intro"], ""]
        found: dict[str, list[tuple[str, Json]]] = {}
        for _, _, operation in operations(self.spec):
            for row in operation["x-error-codes"]:
                found.setdefault(row["code"], []).append((operation["operationId"], row))
        for code, rows in sorted(found.items()):
            lines += ["", f"## {code}", ""]
            cells = ([f"[{name}](#{name})", *self.error(row)] for name, row in rows)
            lines += self.table("operation status-and-code kind meaning remedy", cells)
        lines += ["", f"## {self.words['without-rows']}", ""]
        others = {
            (status, self.cell(response["description"]), self.seen(response))
            for _, _, operation in operations(self.spec)
            for status, response in (
                (key, self.at(one)) for key, one in operation["responses"].items()
            )
            if "x-error-name" in response or status == "default"
        }
        told = ([_code(status), *cells] for status, *cells in sorted(others))
        lines += self.table("status meaning error-and-codes", told)
        return "\n".join([*lines, ""])


def _code(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if text else ""


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _folded(label: str, lexer: str, text: str) -> list[str]:
    """Return a block that opens on a click; a fence longer than any in the text."""
    opened = f"<details><summary>{label}</summary>"
    return ["", opened, "", f"````{lexer}", text, "````", "", "</details>", ""]
