"""A second opinion on a change of the spec: redocly diff, where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any


def second_opinion(redocly: Path, old: Path, new: Path) -> str | None:
    """Return what redocly diff makes of a change; None if it is not installed or fails."""
    if not redocly.exists():
        return None
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    try:
        done = subprocess.run(
            [str(redocly), "diff", str(old), str(new), "--format", "json", "--fail-on", "none"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, **quiet},
        )
        found: dict[str, Any] = json.loads(done.stdout)
        counts = ", ".join(f"{count} {step}" for step, count in found["summary"].items())
        return f"{found['bump']} ({counts})"
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, AttributeError):
        return None
