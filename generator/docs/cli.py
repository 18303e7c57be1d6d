"""The commands for documentation pages: drift and scaffold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from . import contract, report, scaffold, sources
from .compare import compare
from .difference import Comparison
from .model import UnreadableError

if TYPE_CHECKING:
    # What add_subparsers returns has no public name.
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def add_commands(commands: Commands, spec: Path) -> None:
    """Add the commands to a parser; each sets `run`, a function from options to an exit code."""
    text = "compare documentation pages with the contract"
    drift = commands.add_parser("drift", help=text, description=text)
    drift.add_argument(
        "pages",
        metavar="PAGE",
        nargs="*",
        help="file, URL or - for standard input; without any, the pages that the contract names",
    )
    drift.add_argument("--spec", type=Path, default=spec, help="OpenAPI file")
    drift.add_argument("--format", choices=report.FORMATS, default="table", help="output format")
    drift.add_argument(
        "--timeout", type=float, default=sources.TIMEOUT, help="seconds that a page may take"
    )
    drift.set_defaults(run=_drift)
    text = "print the contract of a page's operations, to finish by hand"
    start = commands.add_parser("scaffold", help=text, description=text)
    start.add_argument("page", metavar="PAGE", help="file, URL or - for standard input")
    start.add_argument(
        "--timeout", type=float, default=sources.TIMEOUT, help="seconds that the page may take"
    )
    start.set_defaults(run=_scaffold)


def _drift(options: argparse.Namespace) -> int:
    try:
        ours = contract.read(options.spec)
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found: list[Comparison] = []
    for source in options.pages or sources.official_pages(ours):
        try:
            found.append(compare(sources.read(source, timeout=options.timeout), ours))
        except UnreadableError as error:
            reason = str(error).removeprefix(f"{source}: ")
            found.append(Comparison(source=source, kind="unknown", unreadable=reason))
    width = None if sys.stdout.isatty() else 160
    sys.stdout.write(report.render(found, options.format, contract=str(options.spec), width=width))
    return report.exit_code(found)


def _scaffold(options: argparse.Namespace) -> int:
    try:
        text = scaffold.scaffold(sources.read(options.page, timeout=options.timeout))
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(text)
    return 0
