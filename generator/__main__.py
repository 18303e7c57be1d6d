"""The generator's command line."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from . import build
from .changes import cli as changes
from .docs import cli as docs
from .document import GenerationError


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
    docs.add_commands(commands, build.SPEC)
    changes.add_commands(commands)
    options = parser.parse_args(arguments)
    if "run" in options:
        return int(options.run(options))
    sources = (options.spec, options.config, options.output)
    try:
        if options.command == "generate":
            print(f"wrote {build.generate(*sources)}")
            return 0
        found = build.differences(*sources)
    except GenerationError as error:
        print(error, file=sys.stderr)
        return 2
    if found:
        print("\n".join(found))
        print("The committed package is not what the contract and the templates give: generate it.")
        return 1
    print("the committed package is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
