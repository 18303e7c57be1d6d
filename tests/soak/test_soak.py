"""A short soak: trouble of every kind, and each promise held. `make soak` is the long one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_every_call_ends_as_promised_and_nothing_is_left() -> None:
    """In a process of its own, because it counts what the process holds."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.soak", "--calls", "1000", "--seed", "3"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "1000 calls" in done.stdout
