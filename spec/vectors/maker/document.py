"""Put cases, groups and files together in the one shape that all kinds share."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Case: TypeAlias = dict[str, Json]
Group: TypeAlias = dict[str, Json]

PROJECT = "project"
BYPASS, WRONG = "authentication_bypass", "wrong_value"
INTEROPERABILITY, LEGACY = "interoperability", "legacy"
DOC = "https://pay.weixin.qq.com/doc/v3/partner/"


def b64(data: bytes) -> str:
    """Encode bytes in standard base64 on one line."""
    return base64.b64encode(data).decode("ascii")


def group(name: str, source: str, about: str, cases: Sequence[Case], **shared: Json) -> Group:
    """Collect cases that share a source and the members in `shared`."""
    return {"name": name, "source": source, "about": about, **shared, "cases": cases}


def document(
    kind: str,
    about: str,
    flags: Mapping[str, str],
    groups: Iterable[Group],
    gravity: Mapping[str, str] | None = None,
) -> Json:
    """Build the content of one vector file; `gravity` lists the flags of each gravity."""
    listed = list(groups)
    graded = {flag: word for word, names in (gravity or {}).items() for flag in names.split()}
    return {
        "kind": kind,
        "format": 1,
        "about": about,
        "schema": f"schema/{kind}.schema.json",
        "case_count": sum(len(cases) for cases in map(_cases, listed)),
        "flags": dict(sorted(flags.items())),
        **({"gravity": dict(sorted(graded.items()))} if graded else {}),
        "groups": listed,
    }


def _cases(of: Group) -> Sequence[Json]:
    cases = of["cases"]
    assert isinstance(cases, list)  # noqa: S101 - narrows the type; group() put a list here
    return cases
