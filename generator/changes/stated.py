"""Names what outside of the spec states facts that changed: the vectors, the sandbox's table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .rules import Change, Step

FIELDS = ("spec/vectors/maker/models.py",)
CODES = ("spec/vectors/maker/errors.py", "tests/sandbox/wechatpay_sandbox/_errors.py")


def stated(root: Path, changes: Sequence[Change]) -> list[str]:
    """Return a line for each file that has, or lacks, a field or code that changed."""
    return list(dict.fromkeys(line for change in changes for line in _lines(root, change)))


def _lines(root: Path, change: Change) -> Iterator[str]:
    _, colon, place = change.where.partition(": ")
    is_code = place.startswith("error ")
    names = re.findall(r"[A-Z][A-Z0-9_]+" if is_code else r"[A-Za-z_]\w*", place)
    if not colon or not names or change.step is Step.PATCH:
        return
    for file in CODES if is_code else FIELDS:
        path = root / file
        if path.exists():
            known = re.search(rf"\b{names[-1]}\b", path.read_text(encoding="utf-8"))
            verb = "states" if known else "lacks"
            yield f"{file} {verb} {names[-1]}: {change.what}"
