"""Runs programs of other languages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "cross"
SETTINGS = {
    # PROCESSING for 90 days, so that only the faults change a response.
    "WECHATPAY_REFUND_ID": "50000000382019052709732678862",
    # Go neither fetches a toolchain nor changes what go.mod and go.sum lock.
    "GOTOOLCHAIN": "local",
    "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -mod=readonly".strip(),
    # `python` of a recipe is the one which runs this.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
}

Json = dict[str, Any]


class FailedError(Exception):
    """A program ended badly; the text is what it said."""


def ran(place: Path, command: tuple[str, ...]) -> list[str]:
    """Run a program in a folder and return the lines which it printed.

    Raises:
        FailedError: It ended with another code than 0.
    """
    done = subprocess.run(
        runnable(place, command),
        cwd=place,
        env=os.environ | SETTINGS,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        told = (done.stdout[-2000:] + done.stderr[-3000:]).decode(errors="replace")
        raise FailedError(f"{command[0]} ended with {done.returncode}:\n{told}")
    return done.stdout.decode(errors="replace").splitlines()


def runnable(place: Path, command: tuple[str, ...]) -> list[str]:
    """Lead the name of a program to the one that was built there."""
    return [str(place / command[0]) if "/" in command[0] else command[0], *command[1:]]
