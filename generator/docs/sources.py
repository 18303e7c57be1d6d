"""Gets pages: files, standard input, addresses; and finds out what kind they are."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import httpx

from . import community, html, markdown, official
from .blocks import Block, texts
from .model import Page, UnreadableError

TIMEOUT = 20.0
"""Seconds that a page may take to arrive."""

LONGEST = 4_000_000
"""Bytes of a page, after decoding; the longest official ones have some hundred thousand."""

_HTML_STARTS = ("<!doctype", "<html", "<?xml", "<head", "<body", "<table", "<div", "<h1")


def read(source: str, *, timeout: float = TIMEOUT) -> Page:
    """Read a page from a file, from an address, or, for "-", from standard input.

    Raises:
        UnreadableError: It can't be fetched, or is no page of a known kind.
    """
    if source == "-":
        return parse(sys.stdin.read(), "standard input")
    if source.startswith(("http://", "https://")):
        return parse(_fetched(source, timeout), source)
    try:
        return parse(Path(source).read_text(encoding="utf-8"), source)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{source} can't be read: {error}") from None


def parse(text: str, source: str) -> Page:
    """Read the text of a page."""
    blocks = _blocks(text)
    if community.looks_community(blocks):
        return community.read(blocks, source)
    if official.looks_official(texts(blocks)):
        return official.read(blocks, source)
    if not text.strip():
        raise UnreadableError(f"{source} is empty")
    raise UnreadableError(
        f"{source}: neither an official page (no line 请求方式) nor a community page "
        "(no table 请求参数 or 返回字典)"
    )


def _blocks(text: str) -> list[Block]:
    if text.lstrip("\ufeff \t\r\n").lower().startswith(_HTML_STARTS):
        return html.blocks(text)
    return markdown.blocks(text)


def _fetched(address: str, timeout: float) -> str:
    try:
        with httpx.stream("GET", address, timeout=timeout, follow_redirects=True) as reply:
            if not reply.is_success:
                raise UnreadableError(f"{address} answers {reply.status_code}")
            return _bounded(reply, address, timeout).decode(reply.encoding or "utf-8", "replace")
    except httpx.TimeoutException:
        raise UnreadableError(f"{address}: no answer within {timeout:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableError(f"{address} can't be fetched, is there a network? {error}") from None


def _bounded(reply: httpx.Response, address: str, timeout: float) -> bytes:
    """Read a page of ordinary length, from a site that does not take forever."""
    ends_at = time.monotonic() + timeout
    page = b""
    for piece in reply.iter_bytes():
        page += piece
        if len(page) > LONGEST:
            raise UnreadableError(f"{address} is longer than {LONGEST} bytes")
        if time.monotonic() > ends_at:
            raise UnreadableError(f"{address} is still coming in after {timeout:g} seconds")
    return page


def official_pages(contract: Page) -> list[str]:
    """Return the addresses of the pages that the contract names, in their Markdown form."""
    return list(
        dict.fromkeys(
            link if link.endswith(".md") else f"{link}.md"
            for operation in contract.operations
            for link in operation.links
        )
    )
