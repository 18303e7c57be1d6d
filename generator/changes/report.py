"""Tells what changed, for whom it breaks, and which version follows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .package import Difference
from .rules import Change, Step, step
from .versions import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is known about the way from one version to the next."""

    base: str
    base_version: Version
    version: Version
    spec: tuple[Change, ...]
    package: Difference
    opinion: str | None = None
    files: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    """What outside of the spec states facts that changed."""

    @property
    def step(self) -> Step:
        """The step that spec and package ask for."""
        return step([*self.spec, *self.package.changes()])

    @property
    def next_version(self) -> Version:
        """The lowest version that follows."""
        return self.base_version.after(self.step)

    def summary(self) -> str:
        """Say in a sentence what follows."""
        if self.step is Step.NONE:
            return f"No change since {self.base}, version {self.base_version}."
        name = self.step.name.lower()
        return f"A {name} change since {self.base}: {self.base_version} → {self.next_version}."


def render(report: Report, form: str, *, width: int | None = None) -> str:
    """Render a report as a table, JSON or Markdown."""
    if form == "json":
        return _json(report)
    if form == "markdown":
        return _markdown(report)
    return _table(report, width)


def _json(report: Report) -> str:
    facts = {
        "base": report.base,
        "base_version": str(report.base_version),
        "version": str(report.version),
        "step": report.step.name.lower(),
        "next_version": str(report.next_version),
        "spec": [one._asdict() | {"step": one.step.name.lower()} for one in report.spec],
        "package": {
            "added": report.package.added,
            "removed": report.package.removed,
            "changed": report.package.changed,
            "breaking": report.package.breaking,
        },
        "second_opinion": report.opinion,
        "files": report.files,
        "stated_elsewhere": report.stated,
    }
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def _rows(changes: Sequence[Change]) -> list[tuple[str, str, str, str]]:
    return [
        (one.step.name.lower(), one.where, one.what, ", ".join(one.breaks) or "nobody")
        for one in changes
    ]


_HEAD = ("step", "where", "what", "breaks")


def _lists(report: Report) -> list[tuple[str, list[str]]]:
    package = report.package
    return [
        ("files", [file.strip() for file in report.files]),
        ("public names added", list(package.added)),
        ("public names removed", list(package.removed)),
        ("signatures changed", [f"{name}: {old} → {new}" for name, old, new in package.changed]),
        ("breaks Python callers (griffe)", list(package.breaking)),
        ("stated outside of the spec: see to these", list(report.stated)),
        ("second opinion (redocly diff)", [report.opinion] if report.opinion else []),
    ]


def _table(report: Report, width: int | None) -> str:
    out = StringIO()
    console = Console(file=out, width=width, highlight=False)
    if report.spec:
        table = Table(*_HEAD, title=Text("spec"), box=box.SIMPLE, title_justify="left")
        for row in _rows(report.spec):
            table.add_row(*map(Text, row))
        console.print(table)
    for title, lines in _lists(report):
        if lines:
            console.print(Text(f"{title}:"))
            for line in lines:
                console.print(Text(f"  {line}"), soft_wrap=True)
    console.print(Text(report.summary()))
    return out.getvalue()


def _markdown(report: Report) -> str:
    parts = [f"### {report.summary()}"]
    if report.spec:
        rows = [_HEAD, ("---",) * len(_HEAD), *_rows(report.spec)]
        escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in escaped))
    for title, lines in _lists(report):
        if lines:
            parts.append("\n".join([f"**{title}**", "", *(f"- `{line}`" for line in lines)]))
    return "\n\n".join(parts) + "\n"
