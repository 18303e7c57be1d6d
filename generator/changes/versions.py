"""Where the two versions come from, and which number the next one gets."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

from ..docs.blocks import Heading
from ..docs.markdown import blocks
from ..problems import UnreadableError
from .rules import Step


class Version(NamedTuple):
    """A semantic version."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version.

        Raises:
            UnreadableError: It is none.
        """
        found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
        if found is None:
            raise UnreadableError(f"not a version: {text}")
        return cls(*map(int, found.groups()))

    def after(self, step: Step) -> Version:
        """Return the next version; below 1.0.0 each step is one smaller."""
        if self.major == 0:
            step = Step(max(step - 1, Step.PATCH)) if step else step
        return {
            Step.NONE: self,
            Step.PATCH: Version(self.major, self.minor, self.patch + 1),
            Step.MINOR: Version(self.major, self.minor + 1, 0),
            Step.MAJOR: Version(self.major + 1, 0, 0),
        }[step]


def last_tag(repository: Path) -> str | None:
    """Return the newest tag of a release, if there is any."""
    done = _git(repository, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def text_at(repository: Path, revision: str, path: str) -> str:
    """Return a file as it was.

    Raises:
        UnreadableError: There is no such revision, or no such file in it.
    """
    done = _git(repository, "show", f"{revision}:{path}")
    if done.returncode:
        raise UnreadableError(f"{revision}:{path}: {done.stderr.decode().strip()}")
    return done.stdout.decode("utf-8")


def extract(repository: Path, revision: str, path: str, target: Path) -> Path:
    """Put a folder as it was below `target` and return it.

    Raises:
        UnreadableError: There is no such revision, or no such folder in it.
    """
    done = _git(repository, "archive", revision, path)
    if done.returncode:
        raise UnreadableError(f"{revision}:{path}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(target, filter="data")
    return target / path


def files_changed(repository: Path, revision: str, *paths: str) -> list[str]:
    """Return files that differ from a revision with lines added and removed, new ones included."""
    done = _git(repository, "diff", "--stat=100", "--summary", revision, "--", *paths)
    lines = done.stdout.decode("utf-8", "replace").rstrip().split("\n") if done.stdout else []
    fresh = _git(repository, "ls-files", "--others", "--exclude-standard", "--", *paths)
    return [*lines, *(f" {name} | new" for name in fresh.stdout.decode().split())]


def changelog_sections(text: str) -> dict[str, int]:
    """Return the versions that a changelog has sections for, with the length of each."""
    found: dict[str, int] = {}
    version = ""
    for block in blocks(text):
        if isinstance(block, Heading):
            match = re.match(r"\[?v?(\d+\.\d+\.\d+)", block.text.plain)
            version = match[1] if match else version
            if match:
                found[version] = 0
        elif version:
            found[version] += 1
    return found


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments],  # noqa: S607  # whichever git people use
        capture_output=True,
        check=False,
    )
