"""The commands for versions of the spec: changes and release-check."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .. import build
from ..checks import unfinished
from ..problems import UnreadableError
from ..spec import Document
from ..tree import Node, load, node
from . import facts, opinion, package, report, rules, versions
from .stated import stated
from .versions import Version

if TYPE_CHECKING:
    from ..docs.cli import Commands

_SPEC = "spec/openapi.yaml"
_PACKAGE = "generated/wechatpay_ecommerce_refund"
_REDOCLY = "spec/lint/node_modules/.bin/redocly"
_BASE = "revision or OpenAPI file to compare with; the last release if there is one, else HEAD"


def add_commands(commands: Commands) -> None:
    """Add the commands to a parser; each sets `run`, a function from options to an exit code."""
    text = "say what changed in spec and package, for whom it breaks, which version follows"
    changes = commands.add_parser("changes", help=text, description=text)
    changes.add_argument("--base", metavar="REV|FILE", help=_BASE)
    changes.add_argument("--root", type=Path, default=build.ROOT, help=argparse.SUPPRESS)
    changes.add_argument("--format", choices=("table", "json", "markdown"), default="table")
    changes.set_defaults(run=_changes)
    text = "fail unless version and changelog follow from the changes"
    check = commands.add_parser("release-check", help=text, description=text)
    check.add_argument("--base", metavar="REV|FILE", help=_BASE)
    check.add_argument("--root", type=Path, default=build.ROOT, help=argparse.SUPPRESS)
    check.set_defaults(run=_release_check)


def _changes(options: argparse.Namespace) -> int:
    try:
        found = compare(options.root, options.base)
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    width = None if sys.stdout.isatty() else 160
    sys.stdout.write(report.render(found, options.format, width=width))
    return 0


def _release_check(options: argparse.Namespace) -> int:
    try:
        found = compare(options.root, options.base)
        changelog = (options.root / "CHANGELOG.md").read_text(encoding="utf-8")
        released = bool(options.base or versions.last_tag(options.root))
        problems = release_problems(found, changelog, released=released)
        problems += drafts(options.root)
    except (UnreadableError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    well = f"version {found.version} and CHANGELOG.md follow from the changes"
    sys.stdout.write("\n".join(problems or [well]) + "\n")
    return 1 if problems else 0


def release_problems(found: report.Report, changelog: str, *, released: bool = True) -> list[str]:
    """Return what keeps a version from being released; before the first, any number will do."""
    problems: list[str] = []
    if released and found.version < found.next_version:
        problems.append(
            f"{found.summary()} The spec says {found.version}: "
            f"set info.version to {found.next_version} or higher"
        )
    sections = versions.changelog_sections(changelog)
    if not sections.get(str(found.version)):
        problems.append(f"CHANGELOG.md says nothing about {found.version}")
    newest = next(iter(sections), None)
    if newest is not None and newest != str(found.version):
        problems.append(f"CHANGELOG.md begins with {newest}, the spec is {found.version}")
    return problems


def drafts(root: Path) -> list[str]:
    """Return what is still a draft: unfinished texts of the spec, and a package made with them."""
    spec = Document.load(root / _SPEC)
    problems = [f"{_SPEC}:{spec.line(one.pointer)}: {one}" for one in unfinished(spec)]
    package = root / _PACKAGE / "__init__.py"
    if f'{build.DRAFT}"' in package.read_text(encoding="utf-8"):
        problems.append(f"{_PACKAGE} is a draft; generate it without --draft")
    return problems


def compare(root: Path, base: str | None) -> report.Report:
    """Compare spec and package of a checkout with a base.

    Raises:
        UnreadableError: A version can't be read.
        GenerationError: The package of a base that is a file can't be generated.
    """
    base = base or versions.last_tag(root) or "HEAD"
    new = (root / _SPEC).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if Path(base).is_file():
            old = Path(base).read_text(encoding="utf-8")
            before = build.generate(spec=Path(base), output=folder / "generated")
            files: list[str] = []
        else:
            old = versions.text_at(root, base, _SPEC)
            before = versions.extract(root, base, _PACKAGE, folder)
            files = versions.files_changed(root, base, "spec", "generated")
        difference = package.difference(before, root / _PACKAGE)
        copy = folder / "base.yaml"
        copy.write_text(old, encoding="utf-8")
        second = None
        if old != new:
            second = opinion.second_opinion(root / _REDOCLY, copy, root / _SPEC)
    trees = load(old, base), load(new, _SPEC)
    flat = [facts.facts(tree, name) for tree, name in zip(trees, (base, _SPEC), strict=True)]
    found = rules.changes(*flat)
    return report.Report(
        base=base,
        base_version=_version(trees[0]),
        version=_version(trees[1]),
        spec=tuple(found),
        package=difference,
        opinion=second,
        files=tuple(files),
        stated=tuple(stated(root, found)),
    )


def _version(tree: Node) -> Version:
    return Version.parse(str(node(tree.get("info")).get("version")))
