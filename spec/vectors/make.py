"""Write the vector files, or with --check compare them with what would be written."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from maker import (
    certificates,
    encryption,
    errors,
    models,
    notices,
    requests,
    responses,
    uploads,
)
from maker.document import Json
from maker.openssl import ToolError

HERE = Path(__file__).parent
MAKERS = {
    "request_signing": requests.make,
    "response_verification": responses.make,
    "certificate_decryption": certificates.make,
    "error_bodies": errors.make,
    "models": models.make,
    "encryption": encryption.make,
    "notices": notices.make,
    "uploads": uploads.make,
}


def written(content: Json) -> str:
    """Return the text of a vector file."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Make all files; return 1 when --check finds a difference or openssl is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, report differences")
    check: bool = parser.parse_args().check
    stale: list[str] = []
    for kind, make in MAKERS.items():
        path = HERE / f"{kind}.json"
        try:
            text = written(make())
        except ToolError as error:
            sys.stderr.write(f"{kind}: {error}\n")
            return 1
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.is_file() or path.read_bytes() != text.encode():
            stale.append(path.name)
    if stale:
        sys.stderr.write(f"not as made by make.py: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
