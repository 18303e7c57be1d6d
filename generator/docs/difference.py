"""What a comparison of a page with the spec finds."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Note

ADVICE = {
    "operation added": "scaffold it from this page: python -m generator scaffold",
    "operation removed": "find out whether the platform still serves it before you remove it",
    "operation moved": "change the path or method in the spec; callers keep their function",
    "field added": "add it to the schema",
    "field removed": "find out whether the platform still knows it before you remove it",
    "field renamed": "rename it in the spec; this breaks Python callers",
    "location": "move the parameter in the spec",
    "nesting": "move the field within its schema",
    "type": "change the type of the schema",
    "length": "change the length of the schema",
    "required": "change the list of required fields",
    "values": "change the enum with its x- lists",
    "text": "read what the page says now, and change the description",
    "error added": "add a row to x-error-codes",
    "error removed": "remove the row from x-error-codes",
    "error status": "change the status in x-error-codes",
    "error kind": "change the kind in x-error-codes",
    "host": "change the servers",
    "response status": "change the status of the response",
    "response body": "change the content of the response",
    "content type": "change the media type of the request body",
}
"""Every kind of difference, and what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fact that a page and the spec state differently.

    Both lines are given: where one of the two lacks the fact, it is the line where it belongs.
    Only a whole operation has no line there, which is 0.
    """

    kind: str
    operation: str
    subject: str
    spec: str
    page: str
    spec_line: int
    page_line: int
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that was found out about one page."""

    source: str
    kind: str
    operations: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    not_stated: tuple[str, ...] = ()
    not_understood: tuple[Note, ...] = ()
    unreadable: str = ""

    @property
    def exit_code(self) -> int:
        """0 for the same, 1 for drift, 2 for a page that is not understood in full."""
        if self.unreadable or self.not_understood:
            return 2
        return 1 if self.differences else 0
