"""Gets pages: files, standard input, addresses; and finds out what kind they are."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import httpx

from . import community, html, markdown, notices, official
from .blocks import Block, Table, texts
from .model import Page, UnreadableError

TIMEOUT = 20.0
"""Seconds that a page may take to arrive."""

LONGEST = 4_000_000
"""Bytes of a page, after decoding; the longest official ones have some hundred thousand."""

# A page that sends its reader elsewhere says so in its head, in HTML or in front matter.
_MOVED = re.compile(
    r"http-equiv\W+refresh\W+content\W+\d+;\s*url=(?P<to>[^\s\"'>]+)", re.IGNORECASE
)
_HEAD = 4_000

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
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableError(f"{source}: can't be read: {reason}") from None


def parse(text: str, source: str) -> Page:
    """Read the text of a page."""
    if moved := _MOVED.search(text[:_HEAD]):
        raise UnreadableError(f"{source}: the page has moved to {moved['to']}")
    blocks = _blocks(text)
    if community.looks_community(blocks):
        return community.read(blocks, source)
    said = texts(blocks)
    page = official.read(blocks, source) if official.looks_official(said) else None
    if page and page.operations:
        return page
    if notices.looks_notice(said) and (notice := notices.read(blocks, source)):
        return notice
    if page:
        return page
    raise UnreadableError(f"{source}: {_reason(text, blocks)}")


def _reason(text: str, blocks: list[Block]) -> str:
    """Say what a page is that no reader knows."""
    if not text.strip():
        return "the page is empty"
    if _is_html(text) and not any(isinstance(block, Table) for block in blocks):
        return "HTML without tables; read the page in its Markdown form, with .md at the end"
    return (
        "neither an official page (no line 请求方式) nor a community page "
        "(no table 请求参数 or 返回字典)"
    )


def _blocks(text: str) -> list[Block]:
    return html.blocks(text) if _is_html(text) else markdown.blocks(text)


def _is_html(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").lower().startswith(_HTML_STARTS)


def _fetched(address: str, timeout: float) -> str:
    try:
        with httpx.stream("GET", address, timeout=timeout, follow_redirects=True) as response:
            if not response.is_success:
                raise UnreadableError(f"{address}: the response is {response.status_code}")
            return _bounded(response, address, timeout).decode(
                response.encoding or "utf-8", "replace"
            )
    except httpx.TimeoutException:
        raise UnreadableError(f"{address}: no response within {timeout:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, ImportError, OSError) as error:
        # Beside its own errors httpx raises those of proxy variables and SSL_CERT_FILE.
        raise UnreadableError(f"{address}: can't be fetched, is there a network? {error}") from None


def _bounded(response: httpx.Response, address: str, timeout: float) -> bytes:
    """Read a page of ordinary length, from a site that does not take forever."""
    ends_at = time.monotonic() + timeout
    page = b""
    for piece in response.iter_bytes():
        page += piece
        if len(page) > LONGEST:
            raise UnreadableError(f"{address}: is longer than {LONGEST} bytes")
        if time.monotonic() > ends_at:
            raise UnreadableError(f"{address}: is still coming in after {timeout:g} seconds")
    return page


def official_pages(spec: Page) -> list[str]:
    """Return the addresses of the pages that the spec names, in their Markdown form."""
    return list(
        dict.fromkeys(
            link if link.endswith(".md") else f"{link}.md"
            for operation in spec.operations
            for link in operation.links
        )
    )
