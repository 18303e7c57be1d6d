"""One JSON line for each vector of errors and models: what the stock client makes of it.

wechatpay_auth signs, verifies and decrypts; tests/auth tests it with the other vectors.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
from stock.models import ReturnAdvance
from wechatpay import RefusedError, check


def main(folder: Path) -> None:
    for case in cases(folder / "error_bodies.json"):
        body = base64.b64decode(case["given"]["body"])
        read = attrs.asdict(RefusedError.read(case["given"]["status"], body, verified=False))
        del read["verified"]
        say(case, read)
    for case in cases(folder / "models.json"):
        try:
            content = check(base64.b64decode(case["given"]["body"]), ReturnAdvance)
        except ValueError as error:
            say(case, {"error": str(error)})
        else:
            say(case, model(ReturnAdvance.from_dict(content)))


def cases(path: Path) -> Iterator[dict[str, Any]]:
    for group in json.loads(path.read_text(encoding="utf-8"))["groups"]:
        yield from group["cases"]


def model(read: ReturnAdvance) -> dict[str, Any]:
    found = read.to_dict()
    time = instant(found.pop("success_time", None))
    for name in read.additional_properties:
        del found[name]
    found |= {"return_amount": str(read.return_amount), "extra": read.additional_properties}
    return {"model": found, "success_time_utc": time and time.astimezone(UTC).isoformat()}


def instant(text: str | None) -> datetime | None:
    """Read a time; one without an offset is none."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo else None


def say(case: dict[str, Any], found: dict[str, Any]) -> None:
    print(json.dumps({"id": case["id"], **found}))


main(Path(sys.argv[1]))
