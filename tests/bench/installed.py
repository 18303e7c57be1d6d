"""What a user has installed: a folder to import from, without the rest of this environment.

Here, tools bring packages that change what is measured: httpx imports click and rich where it
finds them. So everybody is measured with what `pip install` would have brought them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent
OURS = "wechatpay-ecommerce-refund"

_SOURCES = (ROOT / "generated" / "wechatpay_ecommerce_refund", ROOT / "auth" / "wechatpay_auth")


def needed(*wanted: str) -> dict[str, str]:
    """The distributions that `pip install` would bring for these, with their versions.

    Raises:
        PackageNotFoundError: One of them is not installed here.
    """
    found: dict[str, str] = {}
    waiting = [Requirement(text) for text in wanted]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower().replace("_", "-")
        package = distribution(name)
        found[name] = package.version
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            waiting += [
                one
                for one in map(Requirement, package.requires or ())
                if one.marker is None or one.marker.evaluate({"extra": extra})
            ]
    return dict(sorted(found.items()))


def install(folder: Path, *wanted: str, authority: str = "") -> Path:
    """Fill a folder with links to all that these need; ours come from the sources.

    Args:
        folder: A new folder.
        wanted: Requirements.
        authority: A certificate in PEM that everybody there trusts, beside the usual ones. So
            nobody is configured in an unusual way, and whoever reads the whole list for each
            connection pays for its whole length.
    """
    folder.mkdir(parents=True)
    for name in needed(*wanted):
        for entry in _top_level(name):
            (folder / entry.name).symlink_to(entry)
        if name == OURS:
            for source in _SOURCES:
                (folder / source.name).unlink(missing_ok=True)
                (folder / source.name).symlink_to(source)
    if authority and (folder / "certifi").exists():
        real = (folder / "certifi").resolve()
        (folder / "certifi").unlink()
        shutil.copytree(real, folder / "certifi")
        with (folder / "certifi" / "cacert.pem").open("a", encoding="ascii") as bundle:
            bundle.write("\n" + authority)
    return folder


def command(folder: Path, statement: str) -> list[str]:
    """How to run a statement there: the interpreter sees its own library and that folder."""
    start = f"import sys; sys.path.append({str(folder)!r}); {statement}"
    return [sys.executable, "-I", "-S", "-c", start]


def _top_level(name: str) -> Iterator[Path]:
    package = distribution(name)
    names = {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}
    # The link that makes our own an editable one means nothing elsewhere.
    return (
        Path(str(package.locate_file(one))) for one in sorted(names) if not one.endswith(".pth")
    )
