"""The way from pages to passing calls, as a user types it; its transcript opens the README.

`python -m tests.generator_adopt.journey` writes the transcript into generator/README.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = Path(__file__).parent / "pages"
README = ROOT / "generator" / "README.md"
_BLOCK = re.compile(r"(?<=<!-- journey -->\n```console\n).*?(?=```\n<!-- /journey -->)", re.DOTALL)


class Journey:
    """A folder that pages were adopted into, and what the terminal showed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown = ""

    def adopt(self, *pages: str) -> int:
        """Run the command as `python -m generator` does, beside the pages."""
        arguments = ["adopt", *(str(PAGES / page) for page in pages), "--into", str(self.folder)]
        start = time.monotonic()
        command = [sys.executable, "-m", "generator", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
        seconds = time.monotonic() - start
        typed = " ".join(["python -m generator adopt", *pages, "--into", self.folder.name])
        told = f"{done.stdout}{done.stderr}".replace(str(self.folder), self.folder.name)
        told = told.replace(f"{PAGES}/", "")
        self.shown += f"$ {typed}\n{told}# exit status {done.returncode}, {seconds:.0f} s\n"
        return done.returncode


def travelled(folder: Path) -> Journey:
    """Adopt the refund group: first one page, then the others."""
    journey = Journey(folder)
    journey.adopt("refunds-apply-4012476892.md")
    journey.adopt(*sorted(page.name for page in PAGES.iterdir()))
    return journey


def written(text: str) -> str:
    """Return the transcript in a README."""
    (found,) = _BLOCK.findall(text)
    return str(found)


def without_times(text: str) -> str:
    """Replace what differs from run to run: seconds."""
    return re.sub(r"\d+(\.\d+)? ?s\b( \(\d+:\d\d:\d\d\))?", "N s", text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        transcript = travelled(Path(scratch) / "refunds").shown
    before = README.read_text(encoding="utf-8")
    README.write_text(_BLOCK.sub(lambda _: transcript, before), encoding="utf-8")
