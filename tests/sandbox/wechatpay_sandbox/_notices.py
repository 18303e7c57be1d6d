"""Notices (回调通知): signed and encrypted as the platform does, and sent to a URL on request."""

from __future__ import annotations

import datetime as dt
import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from ._contract import Contract
from ._crypto import encrypt
from ._errors import Json
from ._http import Headers

_CHINA = dt.timezone(dt.timedelta(hours=8))
_SECONDS = 5.0
"""What the platform waits for the merchant's response."""


@dataclass(frozen=True, slots=True)
class SentNotice:
    """What a merchant's service receives: `POST` with these headers and bytes."""

    headers: Headers
    body: bytes


def envelope(
    contract: Contract,
    event: str,
    *,
    resource: dict[str, Json] | None,
    fields: dict[str, Json],
    original_type: str | None,
    key: str,
    nonce: str,
    now: float,
) -> dict[str, Json]:
    """Write the body of a notice.

    Raises:
        ValueError: The spec has no such event, and no resource is given.
    """
    found = next((one for one in contract.notices if event in one.events), None)
    if found is None and resource is None:
        known = ", ".join(name for one in contract.notices for name in one.events) or "none"
        raise ValueError(f"event: the notices of the spec are {known}; give a resource for {event}")
    if resource is None and found is not None:
        made = found.resource if isinstance(found.resource, dict) else {}
        resource = made | _state(contract, found.schema, event)
    kind = original_type or (found.original_type if found else "")
    plain = json.dumps((resource or {}) | fields, ensure_ascii=False, separators=(",", ":"))
    return {
        "id": f"EV-{nonce}",
        "create_time": dt.datetime.fromtimestamp(int(now), _CHINA).isoformat(),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": event[-16:],
        "resource": {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": encrypt(key.encode(), nonce[-12:], kind, plain.encode()),
            "associated_data": kind,
            "nonce": nonce[-12:],
        },
    }


def _state(contract: Contract, schema: dict[str, Json], event: str) -> dict[str, Json]:
    """Give the field whose values include the state that the event is named after."""
    state = event.rpartition(".")[2]
    properties = contract.document.schema(schema, "").get("properties", {})
    for name, inner in properties.items():
        if state in contract.document.schema(inner, "").get("enum", []):
            return {name: state}
    return {}


def post(notice: SentNotice, url: str) -> dict[str, object]:
    """Send a notice once, and give the status and the body of the response.

    Raises:
        ValueError: The URL is none, or nobody responds there.
    """
    parts = urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise ValueError(f"url: {url!r} is not an address with http or https")
    connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=_SECONDS)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", target, notice.body, dict(notice.headers.lines))
        response = connection.getresponse()
        return {"status": response.status, "body": response.read().decode("utf-8", "replace")}
    except (OSError, http.client.HTTPException) as error:
        raise ValueError(f"url: no response from {url}: {error or type(error).__name__}") from error
    finally:
        connection.close()
