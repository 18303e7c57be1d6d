"""The last certificate download, kept on disk.

What is kept is the platform's reply as it came: certificates still encrypted, signature still
attached. Loading it runs the same checks as downloading it, so the file needs no trust: whoever
can write it, but does not know the APIv3 key, cannot put a certificate into it. It is private
all the same.
"""

import base64
import contextlib
import json
import os
import tempfile
from pathlib import Path

from ._verification import SIGNATURE_HEADERS, SIGNATURE_TYPE, Reply

_MAX_BYTES = 4_000_000
_HEADERS = (*SIGNATURE_HEADERS, SIGNATURE_TYPE)


class ReplyCache:
    """One file for one merchant. Trouble with the disk is never the caller's trouble."""

    def __init__(self, directory: str | os.PathLike[str], mchid: str) -> None:
        self.path = Path(directory) / f"wechatpay-certificates-{mchid}.json"

    def load(self) -> Reply | None:
        """The reply that was kept, as unproven as it was when it came; None if there is none."""
        try:
            if self.path.stat().st_size > _MAX_BYTES:
                return None
            kept = json.loads(self.path.read_bytes())
            headers = {str(name): str(value) for name, value in kept["headers"].items()}
            return Reply.of(200, headers, base64.b64decode(kept["body"]))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def store(self, reply: Reply) -> None:
        """Keep a reply. Readers see the old file or the new one, never a part."""
        kept = {
            "headers": {name: value for name in _HEADERS if (value := reply.header(name))},
            "body": base64.b64encode(reply.body).decode("ascii"),
        }
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp: a new file of its own, readable by this user only.
            descriptor, name = tempfile.mkstemp(dir=self.path.parent, suffix=".tmp")
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    json.dump(kept, file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
