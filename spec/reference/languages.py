"""Take one language out of a text of the spec, which has English first and Chinese behind it."""

from __future__ import annotations

import re
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

HAN = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
CHINESE = re.compile(f"[{HAN}]")
BROKEN = re.compile(rf"(?<=[{HAN}])\n(?=[{HAN}])")
SENTENCE = re.compile(r"(?<=[.!?:;)`])\s+")
CODE = re.compile(r"^`[^`]*`$")


def joined(text: str) -> str:
    """Join lines between two Chinese characters, where a line's end would become a space."""
    return BROKEN.sub("", text)


def said(text: str, language: Language) -> str:
    """Return what a text says in a language, or all of it where it has only the other one.

    Titles have the languages in any order around a dot (`余额不足 · short of money`), prose has
    English sentences and then Chinese ones, in each paragraph or in paragraphs of their own.
    """
    if " · " in text:
        found = [part for part in text.split(" · ") if bool(CHINESE.search(part)) == _is(language)]
        return " · ".join(found) or text
    paragraphs = re.split(r"\n\s*\n", joined(text.strip()))
    found = [part for paragraph in paragraphs if (part := _part(paragraph, language))]
    return "\n\n".join(found) or text.strip()


def _is(language: Language) -> bool:
    return language == "zh"


def _part(paragraph: str, language: Language) -> str:
    """A paragraph of code alone belongs to both languages."""
    first = CHINESE.search(paragraph)
    if first is None:
        return paragraph if language == "en" or CODE.match(paragraph) else ""
    ends = [end.end() for end in SENTENCE.finditer(paragraph, 0, first.start())]
    start = ends[-1] if ends else 0
    return (paragraph[start:] if language == "zh" else paragraph[:start]).strip()
