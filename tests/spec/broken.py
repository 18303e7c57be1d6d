"""Break our own verifiers and signers, one line at a time, and require a vector to notice.

    python -m tests.spec.broken [python] [typescript] [go] [java]

The faults are tables: a line, which has to be there exactly once, and what replaces it. Those which
change nothing that a vector may forbid are in EQUIVALENT with the reason; they have to pass. Python
runs in this process. The others are built in build/cross/, where `make cross` put them.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import re
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import ClassVar

from tests.cross.judge import VECTORS, judge
from tests.cross.python import Python
from tests.spec import faulty_crypto
from tests.spec.faults_others import OTHERS
from tests.spec.faults_python import PYTHON

BUILD = Path(__file__).parents[2] / "build" / "cross"
UNBUILT = "it does not compile"
DECRYPTING = ("_api_v3_key", "_certificate_download", "_certificate_forms")
EQUIVALENT = {
    "age: 299 s": "the official SDKs differ at exactly 300 s, so either outcome is right",
    "time: with a plus sign": "the right number under a true signature",
    "base64: foreign characters are dropped": "what is left is the true signature",
    "base64: the URL alphabet": "what is left is the true signature",
    "base64: spaces around": "what is left is the true signature",
    "padding: DigestInfo without NULL, too": "RFC 8017 lets a verifier accept it",
    "padding: lengths in BER, too": "RFC 8017 lets a verifier accept it",
    "GCM nonce: only 12": "every real nonce has 12 characters",
    "ciphertext: strict base64": "no decoder is told to forgive",
    "ciphertext: of the URL alphabet": "this decoder takes the standard alphabet as well",
    "JSON: BOM dropped": "RFC 8259 lets a parser ignore the mark",
    "JSON: null is an empty object": "an empty object is refused for what it lacks",
    "JSON: a bad one is an empty object": "an empty object is refused for what it lacks",
    "body: any value is an object": "an empty object is refused for what it lacks",
    "amount: whole fractions": "888.0 is a whole number in JSON",
    "error: the status follows the code": "the client sets the status of the response afterwards",
}


@dataclass(frozen=True)
class Result:
    """What became of one fault; `noticed` is the first complaint of the judge."""

    language: str
    fault: str
    noticed: str | None

    @property
    def is_right(self) -> bool:
        """Whether a vector noticed it, unless nobody may."""
        was_built = self.noticed is None or not self.noticed.startswith(UNBUILT)
        return was_built and (self.noticed is None) == (self.fault in EQUIVALENT)


class Loader(importlib.machinery.SourceFileLoader):
    """Runs a module from its file's text, or from another one; compiles each text once."""

    AT_HAND: ClassVar[dict[str, object]] = {
        **{name: value for name, value in vars(faulty_crypto).items() if not name.startswith("__")},
        "json": json,
        "re": re,
        "base64": base64,
        "hashlib": hashlib,
        "parse": urllib.parse,
    }

    def __init__(self, module: str, path: str, text: str | None) -> None:
        super().__init__(module, path)
        self._text = text

    def exec_module(self, module: ModuleType) -> None:
        """Run the text."""
        if self._text is not None:
            vars(module).update(self.AT_HAND)
        text = Path(self.path).read_text(encoding="utf-8") if self._text is None else self._text
        exec(_compiled(self.path, text), vars(module))  # noqa: S102 - our own text


@functools.cache
def _compiled(path: str, text: str) -> CodeType:
    return compile(text, path, "exec", dont_inherit=True)


@dataclass(frozen=True)
class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of one package, one of them with another text."""

    broken: str
    text: str

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module of the package."""
        if fullname.partition(".")[0] != self.broken.partition(".")[0]:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            text = self.text if fullname == self.broken else None
            spec.loader = Loader(fullname, spec.origin, text)
        return spec


@contextmanager
def broken(module: str, line: str, instead: str) -> Generator[Python]:
    """Have a module with another line, and everything of its package imported anew."""
    package = module.partition(".")[0]
    found = importlib.util.find_spec(module)
    assert found is not None, module
    assert found.origin is not None, module
    text = Path(found.origin).read_text(encoding="utf-8")
    assert text.count(line) == 1, f"{text.count(line)} times in {module}: {line!r}"
    before = dict(_imported(package))
    finder = Finder(module, text.replace(line, instead))
    for name in before:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield Python()
    finally:
        sys.meta_path.remove(finder)
        for name in dict(_imported(package)):
            del sys.modules[name]
        sys.modules.update(before)


def _imported(package: str) -> list[tuple[str, ModuleType]]:
    return [one for one in sys.modules.items() if one[0].partition(".")[0] == package]


def python() -> Iterator[Result]:
    """Break our Python in each way."""
    for (module, line), faults in PYTHON.items():
        for fault, instead in faults.items():
            try:
                with broken(module, line, instead) as there:
                    noticed = next(there.complaints(_first(module, fault)), None)
                yield Result("python", fault, noticed)
            except SyntaxError as error:
                raise AssertionError(f"{fault}: {error}") from error


def _first(module: str, fault: str) -> str:
    """Name the vectors which should notice, to ask them first."""
    if module.startswith("wechatpay_ecommerce_refund"):
        return "error_bodies" if fault.startswith("error") else "models"
    if fault.startswith(("sign:", "header:")):
        return "request_signing"
    return "certificate_decryption" if module.endswith(DECRYPTING) else "response_verification"


def other(language: str) -> Iterator[Result]:
    """Break the signer and verifier of another language in each way."""
    project = OTHERS[language]
    place = BUILD / language / "my-client"
    for (file, line), faults in project.faults.items():
        path = place / file
        text = path.read_text(encoding="utf-8")
        assert text.count(line) == 1, f"{text.count(line)} times in {file}: {line!r}"
        try:
            for fault, instead in faults.items():
                path.write_text(text.replace(line, instead), encoding="utf-8")
                yield Result(language, fault, _noticed(place, project.build, project.run))
        finally:
            path.write_text(text, encoding="utf-8")


def _noticed(place: Path, build: tuple[str, ...], run: tuple[str, ...]) -> str | None:
    built = subprocess.run(build, cwd=place, check=False, capture_output=True, text=True)
    if built.returncode:
        return f"{UNBUILT}: {built.stdout}{built.stderr}"
    # A broken program may print what is no UTF-8.
    command = [*run, str(VECTORS)]
    done = subprocess.run(command, cwd=place, check=False, capture_output=True, errors="replace")
    if done.returncode:
        return f"it crashed: {done.stderr[:200]}"
    return next(iter(judge(done.stdout.splitlines())), None)


def main(names: list[str]) -> int:
    """Break the languages named, or Python; print the numbers and each fault nobody noticed."""
    everything: dict[str, Callable[[], Iterator[Result]]] = {"python": python}
    for language in OTHERS:
        everything[language] = lambda language=language: other(language)  # type: ignore[misc]
    wrong = 0
    for language in names or ["python"]:
        started = time.monotonic()
        results = list(everything[language]())
        for one in results:
            if not one.is_right:
                sys.stdout.write(f"  {one.fault}: {one.noticed or 'no vector notices it'}\n")
        equivalent = sum(one.fault in EQUIVALENT for one in results)
        missed = sum(not one.is_right for one in results)
        sys.stdout.write(
            f"{language}: {len(results)} faults, {len(results) - equivalent - missed} noticed, "
            f"{equivalent} equivalent, {missed} wrong ({time.monotonic() - started:.0f} s)\n"
        )
        wrong += missed
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
