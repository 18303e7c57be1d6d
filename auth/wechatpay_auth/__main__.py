"""``python -m wechatpay_auth doctor``: checks the settings in the environment."""

import argparse
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict

from ._doctor import BAD, PLATFORM, Finding, examine, url, versions
from ._environment import BASE_URL, Settings


def main(
    arguments: Sequence[str] | None = None, environ: Mapping[str, object] | None = None
) -> int:
    """Print the report; 0 if nothing is wrong or unclear, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m wechatpay_auth")
    commands = parser.add_subparsers(required=True, metavar="command")
    doctor = commands.add_parser("doctor", help="check the settings in the environment")
    doctor.add_argument(
        "--online", action="store_true", help="also make one signed call that moves nothing"
    )
    doctor.add_argument("--base-url", help=f"default: {BASE_URL}, or else {PLATFORM}")
    doctor.add_argument("--json", action="store_true", help="print the report for a program")
    # A console that has no Chinese must not end the report.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = parser.parse_args(arguments)
    settings = Settings(environ)
    base_url: str = options.base_url or settings.get(BASE_URL, PLATFORM)
    findings: list[Finding] = []
    for finding in report(settings, time.time, base_url if options.online else None):
        findings.append(finding)
        if not options.json:
            print(finding, flush=True)
    wrong = sum(finding.level in BAD for finding in findings)
    if options.json:
        shown = {
            "ok": not wrong,
            "findings": [asdict(finding) for finding in findings],
            "versions": versions(),
        }
        print(json.dumps(shown, indent=2))
    else:
        print(summary(wrong))
    return 1 if wrong else 0


def report(
    settings: Settings, clock: Callable[[], float], base_url: str | None
) -> Iterator[Finding]:
    """Every finding; with a base URL, those of a call as well."""
    is_good = True
    for finding in examine(settings, clock()):
        is_good &= finding.level not in BAD
        yield finding
    if base_url is None:
        return
    if not is_good:
        yield Finding("note", "--online", "no call was made: mend the above first")
        return
    address = url("base URL", base_url)
    if address.level in BAD:
        yield address
        return
    try:
        from ._online import call
    except ImportError as error:
        yield Finding(
            "unclear", "--online", f"the call needs httpx: {error}", "`pip install httpx`"
        )
        return
    yield from call(settings, base_url, clock=clock)


def summary(wrong: int) -> str:
    """The last line."""
    if not wrong:
        return "Nothing is wrong."
    if wrong == 1:
        return "1 point is wrong or unclear."
    return f"{wrong} points are wrong or unclear. Begin at the top: later ones may follow from it."


if __name__ == "__main__":
    sys.exit(main())
