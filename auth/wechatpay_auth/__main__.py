"""``python -m wechatpay_auth doctor``: checks the settings in the environment."""

import argparse
import sys
import time
from collections.abc import Sequence

from ._doctor import Finding, examine
from ._environment import Settings
from ._online import BASE_URL, call


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 0 if nothing failed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m wechatpay_auth")
    commands = parser.add_subparsers(required=True, metavar="command")
    doctor = commands.add_parser("doctor", help="check the settings in the environment")
    doctor.add_argument(
        "--online", action="store_true", help="also make one signed call that moves nothing"
    )
    doctor.add_argument("--base-url", default=BASE_URL, help="default: %(default)s")
    options = parser.parse_args(arguments)

    findings: list[Finding] = []
    for finding in examine(Settings(), time.time()):
        print(finding)
        findings.append(finding)
    if options.online and not _failed(findings):
        for finding in call(options.base_url):
            print(finding)
            findings.append(finding)
    elif options.online:
        print("      no call was made: mend the above first")
    return 1 if _failed(findings) else 0


def _failed(findings: Sequence[Finding]) -> bool:
    return any(finding.level == "fail" for finding in findings)


if __name__ == "__main__":
    sys.exit(main())
