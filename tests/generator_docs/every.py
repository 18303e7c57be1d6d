"""Goes full circle with every page of a folder, or with 1,000 made ones; counts and measures.

A page is read, scaffolded and compared with its scaffold, which has to agree with it. `--valid`
gives the scaffold to both linters. `--added` adds a value to each list of the page, which drift has
to tell. `--generate` builds and imports the client.

`python -m tests.generator_docs.every [FOLDER] [--valid] [--added] [--generate] [--part 1/4]`
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import yaml
from openapi_spec_validator import validate

from generator.build import generate, problems
from generator.docs import openapi, sources
from generator.docs.compare import compare
from generator.docs.model import UnreadableError
from generator.docs.scaffold import scaffold
from generator.problems import GenerationError

from .added import missed
from .made import MARKUPS, made

T = TypeVar("T")

SECONDS_FOR_A_THOUSAND = 15.0
_UNFINISHED = "an unfinished text"


@dataclass
class Circle:
    """What was counted, and the seconds of the processor for each step."""

    valid: bool = False
    added: bool = False
    generated: bool = False
    counts: Counter[str] = field(default_factory=Counter[str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    def timed(self, step: str, work: Callable[[], T]) -> T:
        started = time.process_time()
        try:
            return work()
        finally:
            took = time.process_time() - started
            self.seconds[step] = self.seconds.get(step, 0) + took

    def failures(self, source: str, text: str) -> Iterator[str]:
        """Yield what goes wrong with a page."""
        self.counts["pages"] += 1
        try:
            page = self.timed("read", lambda: sources.parse(text, source))
        except UnreadableError:
            self.counts["refused"] += 1
            return
        if not page.operations:
            self.counts["notices" if page.notices else "refused"] += 1
            return
        self.counts["operations"] += len(page.operations)
        self.counts["notes"] += len(page.notes)
        document = self.timed("scaffold", lambda: scaffold(page))
        spec = self.timed("load", lambda: openapi.read_text(document, source))
        found = self.timed("compare", lambda: compare(page, spec))
        for one in found.differences:
            yield f"{source}:{one.page_line}: {one.kind} {one.subject}: {one.page} {one.spec}"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scaffold.yaml"
            path.write_text(document, encoding="utf-8")
            if self.valid:
                for told in self.timed("validate", lambda: list(_invalid(path))):
                    yield f"{source}: {told}"
            if self.generated:
                for told in self.timed("generate", lambda: list(_broken(path))):
                    yield f"{source}: {told}"
        if self.added:
            yield from self.timed("added", lambda: list(missed(page, text, spec)))

    def summary(self) -> str:
        """Return counts, and seconds for each step and each command."""
        told = ", ".join(f"{count} {kind}" for kind, count in self.counts.items())
        steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in self.seconds.items())
        commands = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.commands.items())
        return f"{told}\nsteps: {steps}\nfor 1,000 pages: {commands}"

    @property
    def commands(self) -> dict[str, float]:
        """The seconds that `scaffold` and `drift` take for 1,000 such pages."""
        per = 1000 / max(1, self.counts["pages"])
        parts = {"scaffold": ("read", "scaffold"), "drift": ("read", "load", "compare")}
        return {
            name: per * sum(self.seconds.get(step, 0) for step in steps)
            for name, steps in parts.items()
        }


def _invalid(path: Path) -> Iterator[str]:
    try:
        validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except Exception as error:  # noqa: BLE001 - whatever the validator raises is a finding
        yield f"invalid: {str(error).splitlines()[0]}"
    yield from (f"lint: {one}" for one in problems(path) if _UNFINISHED not in str(one))


def _broken(path: Path) -> Iterator[str]:
    try:
        package = generate(spec=path, output=path.parent, draft=True)
    except GenerationError as error:
        yield f"not generated: {error}"
        return
    others = _taken_out(package.name)
    sys.path.insert(0, str(path.parent))
    importlib.invalidate_caches()
    try:
        for module in [package, *sorted((package / "models").glob("[a-z]*.py"))]:
            name = ".".join(module.relative_to(path.parent).with_suffix("").parts)
            importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - whatever an import raises is a finding
        yield f"not imported: {error!r}"
    finally:
        sys.path.remove(str(path.parent))
        _taken_out(package.name)
        sys.modules.update(others)


def _taken_out(package: str) -> dict[str, ModuleType]:
    """Take a package out of the modules that are imported, and return what it had there."""
    names = [name for name in sys.modules if name.split(".")[0] == package]
    return {name: sys.modules.pop(name) for name in names}


def made_pages(count: int = 1000) -> Iterator[tuple[str, str]]:
    """Yield the pages of the property test."""
    for seed in range(count // len(MARKUPS)):
        for markup in MARKUPS:
            yield f"{markup}-{seed}.md", made(seed, markup).page


def _of(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.md")):
        if path.name != "README.md":
            yield str(path), path.read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Go full circle with all pages, or with one part of several; 1 if one of them fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.generator_docs.every")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path)
    for step in ("--valid", "--added", "--generate"):
        parser.add_argument(step, action="store_true")
    parser.add_argument("--part", default="1/1")
    options = parser.parse_args(arguments)
    part, parts = map(int, options.part.split("/"))
    pages: Iterable[tuple[str, str]] = _of(options.folder) if options.folder else made_pages()
    circle = Circle(valid=options.valid, added=options.added, generated=options.generate)
    failed = 0
    for index, (source, text) in enumerate(pages):
        if index % parts == part - 1:
            for told in circle.failures(source, text):
                failed += 1
                sys.stdout.write(f"{told}\n")
                sys.stdout.flush()
    slow = [name for name, took in circle.commands.items() if took > SECONDS_FOR_A_THOUSAND]
    sys.stdout.write(f"{failed} failures; {circle.summary()}\n")
    for name in slow:
        sys.stdout.write(f"{name} takes more than {SECONDS_FOR_A_THOUSAND:g} s\n")
    return 1 if failed or slow else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
