"""The generator's command line."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from . import build
from .adopt import cli as adopt
from .changes import cli as changes
from .docs import cli as docs
from .problems import GenerationError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 for success, 1 for differences, 2 for what is not understood."""
    # A console that has no Chinese must not end the command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="python -m generator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("generate", "write the client package"),
        ("check", "compare the committed package with a fresh one"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--spec", type=Path, default=build.SPEC, help="OpenAPI file")
        command.add_argument("--config", type=Path, default=build.CONFIG, help="settings file")
        command.add_argument("--output", type=Path, default=build.OUTPUT, help="folder to write to")
        command.add_argument(
            *("--skip", "-s"),
            metavar="OPERATION",
            action="append",
            default=[],
            help="operation to leave out, by operationId or as in 'GET /path'; repeatable",
        )
        command.add_argument(
            "--draft", action="store_true", help="take unfinished texts, marked as a draft"
        )
    lint = commands.add_parser("lint", help="say all that is wrong with the spec")
    lint.add_argument("--spec", type=Path, default=build.SPEC, help="OpenAPI file")
    docs.add_commands(commands, build.SPEC)
    changes.add_commands(commands)
    adopt.add_commands(commands)
    options = parser.parse_args(arguments)
    if "run" in options:
        return int(options.run(options))
    if options.command == "lint":
        problems = build.problems(options.spec)
        print("\n".join(map(str, problems)) or f"{options.spec} is well")
        return 2 if problems else 0
    sources = (options.spec, options.config, options.output)
    choices = {"skip": options.skip, "draft": options.draft}
    try:
        if options.command == "generate":
            print(f"wrote {build.generate(*sources, **choices)}")
            return 0
        found = build.differences(*sources, **choices)
    except OSError as error:
        print(f"{error}; nothing was written.", file=sys.stderr)
        return 2
    except GenerationError as error:
        count = len(error.problems)
        print(error, file=sys.stderr)
        print(f"{count} problem{'s' * (count > 1)}; nothing was written.", file=sys.stderr)
        return 2
    if found:
        print("\n".join(found))
        print("The committed package is not what the spec and the templates give: generate it.")
        return 1
    print("the committed package is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
