"""Writes what a page says about encryption, uploads, files and notices as extensions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .model import Field, Notice, Operation
from .texts import Texts
from .writing import TODO, Node

# Official pages have no column for it; only the description tells.
_ENCRYPTED = re.compile(
    r"[该此]字段需要使用微信支付公钥加密|使用RSAES-OAEP算法进行加密|[该此]字段为密文字段"
    r"|[该此]字段需进行加密处理|[该此]字段需要进行?加密|[该此]字段已做加密处理"
    r"|使用微信支付公钥进行加密|解密敏感字段"
)
_PLAIN = re.compile(r"[该此]字段无需加密")
_UNPACKED = re.compile(r"解压")
_SIGNED_PART = "meta"
_DOWNLOAD = {"url": "download_url", "hash-type": "hash_type", "hash-value": "hash_value"}
_MOST = 1_000_000_000
_ENVELOPE: Node = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}},
}
MULTIPART = "multipart/form-data"
UNSIGNED = "A file comes without a signature. 文件的应答没有签名。"
SIZE = f"decide how many bytes the file may have at most (x-download), not {_MOST}"


def is_encrypted(one: Field) -> bool:
    """Return whether a page says that the text of a field is encrypted."""
    in_body = one.place in {"body", "reply"} and one.type in {None, "string", "array of string"}
    told = one.description
    return in_body and bool(_ENCRYPTED.search(told)) and not _PLAIN.search(told)


def signed_part(operation: Operation) -> Node:
    """Return the mark of an upload, which is signed over its meta."""
    parts = {one.path[0] for one in operation.fields if one.place == "body"}
    is_upload = operation.content == MULTIPART and _SIGNED_PART in parts
    return {"x-signed-part": _SIGNED_PART} if is_upload else {}


def download(fields: Sequence[Field]) -> Node:
    """Return the mark of a result which announces a file with its hash."""
    found = {one.name: one for one in fields}
    if not set(_DOWNLOAD.values()) <= found.keys():
        return {}
    told = "".join(found[name].description for name in _DOWNLOAD.values())
    over = "decompressed" if _UNPACKED.search(told) else "either"
    return {"x-download": {**_DOWNLOAD, "over": over, "max-bytes": _MOST}}


def notice_name(notice: Notice) -> str:
    """Return the name of a notice among the webhooks of a spec."""
    return _original_type(notice) or "notice"


def webhook(notice: Notice, resource: Node, texts: Texts) -> Node:
    """Return the entry of a notice, whose envelope is the same for all."""
    events = next((one.values for one in notice.fields if one.path == ("event_type",)), None)
    remarks = [] if events else ["name the events of this notice"]
    remarks += [] if _original_type(notice) else ["name the original type of the resource"]
    return {
        "post": {
            "description": texts.words(notice.title or notice_name(notice), *remarks),
            "requestBody": _ENVELOPE,
            "x-notice": {
                "events": list(events or [f"{TODO}.EVENT"]),
                "original-type": _original_type(notice) or TODO,
                "resource": resource,
            },
        }
    }


def _original_type(notice: Notice) -> str:
    path = ("resource", "original_type")
    stated = next((one.values for one in notice.fields if one.path == path), None)
    return stated[0] if stated else ""
