"""Compare what a program of another language made of the vectors with what they expect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

SPEC = Path(__file__).parents[2] / "spec"
VECTORS = SPEC / "vectors"
SCHEMES = yaml.safe_load((SPEC / "openapi.yaml").read_text("utf-8"))["components"][
    "securitySchemes"
]
GRAMMAR: str = SCHEMES["wechatpay"]["x-wechatpay-signature"]["request"]["pattern"]
"""Of the Authorization header. The platform refuses another one, and its order is free."""

Json = dict[str, Any]
Complain = Callable[[str], None]


def judge(lines: Iterable[str], kinds: Collection[str] | None = None) -> list[str]:
    """Return every complaint about the answers, one JSON object to a line, one line to a case.

    Args:
        lines: The answers.
        kinds: Files of the vectors to which these are the answers, all if None.
    """
    complaints: list[str] = []
    answers: dict[str, Json] = {}
    for line in lines:
        answer: Json = json.loads(line)
        if answer["id"] in answers:
            complaints.append(f"{answer['id']}: answered twice")
        answers[answer["id"]] = answer
    for kind, compare in COMPARISONS.items():
        if kinds is not None and kind not in kinds:
            continue
        content = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))
        for group in content["groups"]:
            for case in group["cases"]:
                name: str = case["id"]
                if name not in answers:
                    complaints.append(f"{name}: not answered")
                    continue
                found = compare(group, case, answers.pop(name))
                complaints += [f"{name}: {complaint}" for complaint in found]
    return [*complaints, *(f"{name}: no such case" for name in answers)]


def request_signing(group: Json, case: Json, answer: Json) -> list[str]:
    """Compare message and header; a published sample has a signature to verify instead."""
    wanted: Json = {"id": case["id"], "message": case["message"]}
    found = dict(answer)
    if group["private_key"]:
        header: str = found.pop("authorization", "")
        if re.fullmatch(GRAMMAR, header) is None:
            return [f"the platform refuses this Authorization: {header}"]
        found["fields"] = dict(re.findall(r'(\w+)="([^"]*)"', header))
        wanted["fields"] = case["authorization"]["fields"]
    elif case["signature"] is not None:
        wanted["verified"] = case["result"] == "valid"
    return differences(wanted, found)


def response_verification(_group: Json, case: Json, answer: Json) -> list[str]:
    """Compare the verdict, and the reason of a refusal."""
    return verdict(case, answer, {"proven": case.get("proven")})


def certificate_decryption(group: Json, case: Json, answer: Json) -> list[str]:
    """Compare plain text and serial; a reason only where a client has to tell it from others."""
    wanted = {"plaintext": case.get("plaintext")}
    found = dict(answer)
    if group["reads"] == "certificate":
        wanted["serial_no"] = case.get("serial_no")
        found["serial_no"] = (
            str(found["serial_no"]).upper().zfill(40) if "serial_no" in found else None
        )
    if "reason" in answer:
        found.pop("serial_no", None)
        same = ("malformed_entry", "decryption_failed", "not_a_certificate")
        if {answer["reason"], case.get("reason")} <= set(same):
            found["reason"] = case["reason"]
    return verdict(case, found, wanted)


def verdict(case: Json, answer: Json, accepted: Json) -> list[str]:
    """Compare with what to accept, or with why to refuse; an acceptable case allows both."""
    refused = {"reason": case.get("reason")}
    allowed = {"valid": [accepted], "invalid": [refused], "acceptable": [accepted, refused]}
    found = {key: value for key, value in answer.items() if key != "id"}
    if found in allowed[case["result"]]:
        return []
    return [f"{found} where {allowed[case['result']]} is right"]


def error_bodies(_group: Json, case: Json, answer: Json) -> list[str]:
    """Compare every member; some bodies have a second right reading."""
    found = differences({"id": case["id"]} | case["expected"], answer)
    if not found or "also_right" not in case:
        return found
    return differences({"id": case["id"]} | case["also_right"], answer)


def models(_group: Json, case: Json, answer: Json) -> list[str]:
    """Compare the members, or the name of the one at fault.

    Generated clients say what was wrong in free text, which must name the member. They may keep
    the time only as an instant, and undocumented members or not. Those of the lenient form lose no
    genuine response, so they read most of the acceptable cases.
    """
    if "error" in answer:
        if kept(case):
            return [f"refused: {answer['error']}"]
        named = case["field"] is None or case["field"] in answer["error"]
        return [] if named else [f"does not name {case['field']}: {answer['error']}"]
    if case["result"] == "invalid":
        return ["accepted"]
    wanted = dict(case["expected"])
    found = dict(answer["model"])
    instants = [instant(answer["success_time_utc"]), instant(wanted.pop("success_time_utc"))]
    if instants[0] != instants[1]:
        return [f"time is {instants[0]} instead of {instants[1]}"]
    extra = wanted.pop("extra")
    if "extra" in found and found.pop("extra") != extra:
        return [f"extra members are {answer['model']['extra']}"]
    del wanted["success_time"]
    wanted["return_amount"] = str(wanted["return_amount"])
    return differences(wanted, found)


def kept(case: Json) -> bool:
    """Whether a client of the lenient form keeps a response: if no field has another type."""
    if case["result"] != "acceptable":
        return bool(case["result"] == "valid")
    parsers_differ = {"BadUtf8", "ByteOrderMark", "DuplicateKey", "IntegerForm"}
    is_text = isinstance(case["expected"]["success_time"], str)
    return is_text and parsers_differ.isdisjoint(case["flags"])


def instant(text: str | None) -> datetime | None:
    """Read an RFC 3339 time."""
    return None if text is None else datetime.fromisoformat(text)


def differences(wanted: Json, found: Json) -> list[str]:
    """Say which members differ."""
    missing = object()
    return [
        f"{name} is {found.get(name)!r} instead of {wanted.get(name)!r}"
        for name in sorted(wanted.keys() | found.keys())
        if found.get(name, missing) != wanted.get(name, missing)
    ]


COMPARISONS = {
    "request_signing": request_signing,
    "response_verification": response_verification,
    "certificate_decryption": certificate_decryption,
    "error_bodies": error_bodies,
    "models": models,
}
