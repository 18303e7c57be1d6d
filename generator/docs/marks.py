"""What a page states about encryption, uploads, files and notices, as our extensions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .model import Field, Notice
from .writing import TODO, Node, OneLine

_SENT = re.compile(
    r"[该此]字段需要使用微信支付公钥加密|[该此]字段需要?(?:进行)?加密(?:处理|传入)?|作为请求字段需加密"
    r"|并使用(?:使用)?微信支付公钥(?:进行)?加密|微信支付公钥/平台证书加密后的"
)
_RECEIVED = re.compile(
    r"[该此]字段已做加密处理|如何使用API证书解密敏感字段|密钥用商户证书的公钥进行加密"
    r"|商户API证书对应的公钥加密后的"
)
_BOTH = re.compile(r"[该此]字段为密文字段")
_PLAIN = re.compile(r"[该此]字段无需加密")
_EVENT = re.compile(r"\b[A-Z][A-Z0-9_]*\.[A-Z][A-Z0-9_.]*[A-Z0-9]\b")
_UNPACKED = re.compile("解压")

UNSIGNED = (
    "The response is a file, which the platform does not sign. 应答为文件流，平台不对其签名。"
)
_LONGEST = 1 << 28
"""Bytes of a file; no page states a limit."""


def is_encrypted(one: Field) -> bool:
    """Return whether a page states that a field is encrypted on its own."""
    if one.type not in {"string", "array of string"} or one.values or one.encoded:
        return False
    text = re.sub(r"[\s`*]", "", one.description)
    if _PLAIN.search(text):
        return False
    marks = {"body": _SENT, "response": _RECEIVED}.get(one.place)
    return bool(marks and (one.encrypted or marks.search(text) or _BOTH.search(text)))


def upload(media: str | None, fields: Sequence[Field]) -> Node:
    """Return what says which part of a form is signed: pages sign the part meta of every upload."""
    is_form = media is not None and media.startswith("multipart/")
    has_meta = any(one.path == ("meta",) for one in fields)
    return {"x-signed-part": "meta"} if is_form and has_meta else {}


def download(fields: Sequence[Field]) -> Node:
    """Return how a result announces a file; nothing if it announces none."""
    known = {one.path[0]: one for one in fields if len(one.path) == 1}
    if not {"download_url", "hash_type", "hash_value"} <= known.keys():
        return {}
    unpacked = _UNPACKED.search(known["hash_value"].description)
    rule: Node = {
        "url": "download_url",
        "hash-type": "hash_type",
        "hash-value": "hash_value",
        "over": "decompressed" if unpacked else "either",
        "max-bytes": _LONGEST,
    }
    return {"x-download": OneLine(rule)}


def events(notice: Notice) -> list[str]:
    """Return the events of a notice, as far as its page names them."""
    for one in notice.fields:
        if one.path == ("event_type",):
            found = [*(one.values or ()), *_EVENT.findall(one.description)]
            return list(dict.fromkeys(found)) or [f"{TODO}: name the events"]
    return [f"{TODO}: name the events"]


def original_type(notice: Notice) -> Node:
    """Return the type of what a notice holds, if its page names one."""
    for one in notice.fields:
        if one.path == ("resource", "original_type") and one.values and len(one.values) == 1:
            return {"original-type": one.values[0]}
    return {}
