"""Write a collection for Bruno from the spec: one request for each operation, signed by a script.

Whoever has set the variables that the sandbox prints can run it at once; see the guide `by-hand`.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from spec.reference.pages import Page, operations

Json = dict[str, Any]
SCRIPTS = Path(__file__).parent / "reference" / "bruno"
# The variables of the sandbox have these names; other parameters come from the examples.
VARIABLES = {"refund_id", "sub_mchid"}
UNKNOWN = "50000000382019052709730000000"
SETTINGS = {
    "version": "1",
    "name": "WeChat Pay return-advance",
    "type": "collection",
    "scripts": {"moduleWhitelist": ["crypto", "fs"], "filesystemAccess": {"allow": True}},
}


def write_collection(spec: Json, folder: Path) -> None:
    """Write the collection; what an operation cannot find is asked for as well."""
    shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)
    (folder / "bruno.json").write_text(json.dumps(SETTINGS, indent=2) + "\n", encoding="utf-8")
    for number, (name, text) in enumerate(requests(spec).items(), 1):
        text = text.replace("SEQUENCE", str(number))
        (folder / f"{number} {name}.bru").write_text(text, encoding="utf-8")


def requests(spec: Json) -> dict[str, str]:
    """Return the requests in their order, by name."""
    found = dict[str, str]()
    page = Page(spec, "en")
    for path, method, operation in operations(spec):
        found[operation["operationId"]] = _request(page, path, method, operation, 200)
    for path, method, operation in operations(spec):
        if method == "get" and "404" in operation["responses"]:
            text = _request(page, path, method, operation, 404)
            name = f"{operation['operationId']} of an unknown refund"
            found[name] = text.replace(_value("refund_id", ""), UNKNOWN).replace(
                f"name: {operation['operationId']}", f"name: {name}"
            )
    return found


def _request(page: Page, path: str, method: str, operation: Json, status: int) -> str:
    parameters = [page.at(one) for one in operation["parameters"]]
    url = re.sub(r"\{(\w+)\}", lambda name: _value(name[1], ""), path)
    query = [one for one in parameters if one["in"] == "query" and one["required"]]
    if query:
        url += "?" + "&".join(
            f"{one['name']}={_value(one['name'], one['example'])}" for one in query
        )
    body = ""
    for media in page.at(operation.get("requestBody", {})).get("content", {}).values():
        (example, *_) = media["examples"].values()
        sent = {name: _value(name, value) for name, value in example["value"].items()}
        body = json.dumps(sent, ensure_ascii=False)
    blocks = {
        "meta": [f"name: {operation['operationId']}", "type: http", "seq: SEQUENCE"],
        # As text, the body is sent in the bytes that are signed.
        method: [
            f"url: {{{{process.env.WECHATPAY_BASE_URL}}}}{url}",
            f"body: {'text' if body else 'none'}",
            "auth: none",
        ],
        "headers": ["Accept: application/json", "Content-Type: application/json"],
        "body:text": [body] if body else [],
        "assert": [f"res.status: eq {status}", "verified: eq true"],
    }
    texts = (
        f"{name} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"
        for name, lines in blocks.items()
        if lines
    )
    return "\n".join(texts)


def _value(name: str, example: Any) -> Any:  # noqa: ANN401 - examples are of any type
    return f"{{{{process.env.WECHATPAY_{name.upper()}}}}}" if name in VARIABLES else example
