"""The commands for documentation pages: drift, scaffold and read."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

from . import merging, openapi, reading, remembered, report, scaffold, sources
from .compare import compare
from .difference import Comparison
from .model import Page, UnreadableError

if TYPE_CHECKING:
    # What add_subparsers returns has no public name.
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def add_commands(commands: Commands, spec: Path) -> None:
    """Add the commands to a parser; each sets `run`, a function from options to an exit code."""
    text = "compare documentation pages with the spec"
    drift = commands.add_parser("drift", help=text, description=text)
    drift.add_argument(
        "pages",
        metavar="PAGE",
        nargs="*",
        help="file, URL or - for standard input; without any, the pages that the spec names",
    )
    drift.add_argument("--spec", type=Path, default=spec, help="OpenAPI file")
    drift.add_argument(
        "--since",
        metavar="FACTS",
        type=Path,
        help="compare with what the pages stated before, instead: see remember",
    )
    drift.add_argument("--format", choices=report.FORMATS, default="table", help="output format")
    drift.add_argument(
        "--timeout", type=float, default=sources.TIMEOUT, help="seconds that a page may take"
    )
    drift.set_defaults(run=_drift)
    text = "write down what the pages state, for the next drift --since"
    keep = commands.add_parser("remember", help=text, description=text)
    keep.add_argument("pages", metavar="PAGE", nargs="*", help="as for drift")
    keep.add_argument("--spec", type=Path, default=spec, help="OpenAPI file")
    keep.add_argument(
        "--facts", type=Path, default=spec.parent / "pages.json", help="file to write"
    )
    keep.add_argument(
        "--timeout", type=float, default=sources.TIMEOUT, help="seconds that a page may take"
    )
    keep.set_defaults(run=_remember)
    text = "print the spec of a page's operations, to finish by hand"
    start = commands.add_parser("scaffold", help=text, description=text)
    start.add_argument("page", metavar="PAGE", help="file, URL or - for standard input")
    start.add_argument(
        "--timeout", type=float, default=sources.TIMEOUT, help="seconds that the page may take"
    )
    start.add_argument(
        "--into", metavar="SPEC", type=Path, help="add the operations to this OpenAPI file"
    )
    start.add_argument(
        "--without-texts", action="store_true", help="leave the words of the page out"
    )
    start.set_defaults(run=_scaffold)
    text = "read every page of a folder and report what is not understood"
    read = commands.add_parser("read", help=text, description=text)
    read.add_argument("folder", metavar="FOLDER", type=Path, help="folder of pages")
    read.add_argument(
        "--round-trips", action="store_true", help="compare each page with its own scaffold"
    )
    read.set_defaults(run=_read)


def _drift(options: argparse.Namespace) -> int:
    try:
        ours = openapi.read(options.spec)
        before = remembered.read(options.since) if options.since else None
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found: list[Comparison] = []
    for source in options.pages or sources.official_pages(ours):
        try:
            page = sources.read(source, timeout=options.timeout)
            if before is None:
                found.append(compare(page, ours))
            elif source in before:
                found.append(compare(remembered.with_digests(page), before[source]))
        except UnreadableError as error:
            reason = str(error).removeprefix(f"{source}: ")
            found.append(Comparison(source=source, kind="unknown", unreadable=reason))
    width = None if sys.stdout.isatty() else 160
    spec_file = str(options.since or options.spec)
    sys.stdout.write(report.render(found, options.format, spec=spec_file, width=width))
    return report.exit_code(found)


def _remember(options: argparse.Namespace) -> int:
    """Keep what was known of a page that can't be read today."""
    try:
        ours = openapi.read(options.spec)
        pages = remembered.read(options.facts) if options.facts.exists() else {}
        for source in options.pages or sources.official_pages(ours):
            pages[source] = sources.read(source, timeout=options.timeout)
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    remembered.write(options.facts, pages)
    return 0


def _read(options: argparse.Namespace) -> int:
    if not options.folder.is_dir():
        sys.stderr.write(f"{options.folder} is not a folder\n")
        return 2
    for line in reading.report(options.folder, round_trips=options.round_trips):
        sys.stdout.write(f"{line}\n")
    return 0


def _scaffold(options: argparse.Namespace) -> int:
    try:
        page = sources.read(options.page, timeout=options.timeout)
        told = _scaffolded(page, options.into, texts=not options.without_texts)
    except (UnreadableError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stderr.write(told)
    return 0


def _scaffolded(page: Page, into: Path | None, *, texts: bool) -> str:
    """Write a scaffold, and return what is left for a person."""
    if into is None:
        text = scaffold.scaffold(page, texts=texts)
        # In a file or a pipe it is a spec, and a spec is UTF-8 whatever the console has.
        out: TextIO = sys.stdout
        if not out.isatty() and isinstance(out, io.TextIOWrapper):
            out.reconfigure(encoding="utf-8")
        sys.stdout.write(text)
        return report.left_open(text)
    before = into.read_text(encoding="utf-8")
    text = merging.into(before, str(into), page, texts=texts)
    into.write_text(text, encoding="utf-8")
    return report.left_open(text)
