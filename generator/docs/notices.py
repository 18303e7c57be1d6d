"""Reads pages of notices, which the platform sends to a URL that the receiver chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .blocks import Block, Heading, Paragraph, Table
from .model import Note, Notice, Page
from .official_rows import Rows
from .sections import columns_of
from .settled import settled

_WORDS = re.compile(r"通知|回调")
_DECRYPTED = re.compile(r"解密|明文|resource|ciphertext", re.IGNORECASE)
_HEADERS = re.compile(r"Header|[请求通知]头", re.IGNORECASE)
_RESPONSE = re.compile(r"应答|返回")
_ENVELOPE = frozenset({"event_type", "resource", "resource_type"})


def looks_notice(text: str) -> bool:
    """Return whether the headings and running text speak of notices."""
    return bool(_WORDS.search(text))


def read(blocks: Sequence[Block], source: str) -> Page | None:
    """Read a page of a notice; None means that no table has the fields of one."""
    notes: list[Note] = []
    rows = Rows(notes)
    titles = [block.text.plain for block in blocks if isinstance(block, Heading)]
    found: Notice | None = None
    before = ""
    for block in blocks:
        if isinstance(block, Heading):
            before = block.text.plain
        elif isinstance(block, Paragraph):
            before += f"\n{block.text.plain}"
        elif isinstance(block, Table):
            columns = columns_of(block.head)
            last, before = before, ""
            if "name" not in columns or "type" not in columns:
                continue
            made = list(rows.fields(block, columns, "body"))
            if {one.path[0] for one in made} & _ENVELOPE and found is None:
                found = Notice(line=block.line, title=next(iter(titles), ""), fields=tuple(made))
            elif found and _decrypted(last, found):
                found = replace(found, resource=(*found.resource, *made))
    if found is None:
        return None
    notice = replace(
        found,
        fields=settled(found.fields, "", found.line, notes),
        resource=settled(found.resource, "", found.line, notes),
    )
    if not notice.resource:
        notes.append(Note(notice.line, "no table says what the resource holds after decryption"))
    return Page(source=source, kind="notice", operations=(), notes=tuple(notes), notices=(notice,))


def _decrypted(before: str, found: Notice) -> bool:
    """Return whether a table lists what the resource holds, after what stands before it."""
    if _DECRYPTED.search(before):
        return True
    return not (found.resource or _HEADERS.search(before) or _RESPONSE.search(before))
