"""The command adopt: pages become a spec, a package and its first tests, which then run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..docs import sources
from ..docs.model import UnreadableError
from ..problems import GenerationError
from .folder import Folder

if TYPE_CHECKING:
    from ..docs.cli import Commands


def add_commands(commands: Commands) -> None:
    """Add the command to a parser; it sets `run`, a function from options to an exit code."""
    text = "make spec, package and first tests of the operations on documentation pages"
    adopt = commands.add_parser("adopt", help=text, description=text)
    adopt.add_argument(
        "pages",
        metavar="PAGE",
        nargs="*",
        help="file, URL or - for standard input; without any, the folder is brought up to date",
    )
    adopt.add_argument(
        "--into", metavar="FOLDER", type=Path, required=True, help="folder to write to"
    )
    adopt.add_argument(
        "--timeout", type=float, default=sources.TIMEOUT, help="seconds that a page may take"
    )
    adopt.add_argument(
        "--without-texts", action="store_true", help="leave the words of the pages out"
    )
    adopt.add_argument("--no-run", action="store_true", help="write the tests without running them")
    adopt.set_defaults(run=_adopt)


def _adopt(options: argparse.Namespace) -> int:
    folder = Folder(options.into, _say)
    try:
        pages = [sources.read(source, timeout=options.timeout) for source in options.pages]
        folder.add(pages, texts=not options.without_texts)
    except (UnreadableError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}; nothing was written.\n")
        return 2
    try:
        package = folder.generate()
        folder.write_tests(package)
    except (GenerationError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n{folder.spec} is written; change it and run adopt again.\n")
        return 2
    passed = options.no_run or folder.run_tests()
    _say(folder.left_open().rstrip() or "no TODO is left")
    return 0 if passed else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
