"""Test the spec in other languages against the sandbox that runs around this program.

    python -m wechatpay_sandbox --backup -- python -m tests.cross.run [NAME ...]

For each language spec/README.md has a recipe. It is run as printed, in a folder of build/cross/
which looks like this repository. The client that it makes answers every vector, and plays
scenario.yaml with the sandbox. A missing tool is a failure.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.cross.judge import VECTORS, judge
from tests.cross.programs import BUILD, ROOT, FailedError, ran
from tests.cross.scenario import play
from tests.cross.sdks import JAVA, PEERS, Peer

RECIPE = re.compile(r"^```\n# (\w+): .*\n([^`]*)^```", re.MULTILINE)
SEEN_BY_RECIPES = ("spec", "tests")


@dataclass(frozen=True)
class Language:
    """A client that its recipe generates and builds."""

    name: str
    """In the README; in lower case, the folder here."""
    tools: tuple[str, ...]
    vectors: tuple[str, ...]
    """Called with the folder of the vectors."""
    live: tuple[str, ...]
    """Reads a call from each line of its input."""
    kinds: tuple[str, ...] | None = None
    """The vectors it answers, all if None."""

    def test(self) -> Iterator[str]:
        """Follow the recipe, and give every complaint about the client."""
        root = BUILD / self.name.lower()
        root.mkdir(parents=True, exist_ok=True)
        for name in SEEN_BY_RECIPES:
            if not (root / name).is_symlink():
                (root / name).symlink_to(ROOT / name)
        ran(root, ("bash", "-euxc", recipes()[self.name]))
        place = root / "my-client"
        yield from judge(ran(place, (*self.vectors, str(VECTORS))), self.kinds)
        yield from play(place, self.live)


LANGUAGES = (
    Language("TypeScript", ("node", "npm"), ("node", "dist/vectors.js"), ("node", "dist/live.js")),
    Language("Go", ("go",), ("bin/vectors",), ("bin/live",)),
    Language("Java", ("java", "mvn"), (*JAVA, "cross.Vectors"), (*JAVA, "cross.Live")),
    Language("PHP", ("java", "php"), ("php", "vectors.php"), ("php", "live.php")),
    Language("Rust", ("java", "cargo"), ("target/debug/vectors",), ("target/debug/live",)),
    # wechatpay_auth signs, verifies and decrypts for it; tests/auth answers the other vectors.
    Language(
        *("Python", (), ("python", "vectors.py"), ("python", "live.py")),
        kinds=("error_bodies", "models"),
    ),
)


def recipes() -> dict[str, str]:
    """Give the recipes of spec/README.md by language."""
    return dict(RECIPE.findall((ROOT / "spec" / "README.md").read_text(encoding="utf-8")))


def main(names: list[str]) -> int:
    """Test all languages and peers, or those named; return 1 when one fails."""
    projects: dict[str, Language | Peer] = {one.name.lower(): one for one in LANGUAGES}
    projects |= {f"peer-{one.name}": one for one in PEERS}
    if unknown := set(names) - projects.keys():
        sys.stderr.write(f"no such project: {', '.join(sorted(unknown))}\n")
        return 1
    failed = False
    for name in names or projects:
        started = time.monotonic()
        complaints = list(complaints_about(projects[name]))
        for complaint in complaints:
            say(f"  {complaint}")
        verdict = "FAILED" if complaints else "ok"
        say(f"{verdict} {name} ({time.monotonic() - started:.0f} s)")
        failed |= bool(complaints)
    return int(failed)


def complaints_about(project: Language | Peer) -> Iterator[str]:
    """Test a project whose tools are there."""
    missing = [tool for tool in project.tools if shutil.which(tool) is None]
    if missing:
        yield f"not installed: {', '.join(missing)}"
        return
    try:
        yield from project.test()
    except FailedError as error:
        yield str(error)


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
