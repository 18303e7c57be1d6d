"""Plays scenario.yaml to a program, one call after the other."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.cross.programs import HERE, SETTINGS, FailedError, Json, runnable

HOSTS = ("BASE", "BACKUP")
STEPS: list[Json] = yaml.safe_load((HERE / "scenario.yaml").read_text(encoding="utf-8"))


def play(place: Path, command: tuple[str, ...]) -> Iterator[str]:
    """Give every complaint about what a program printed and sent.

    Raises:
        FailedError: The program ended before the scenario did.
    """
    control("reset")
    with subprocess.Popen(
        runnable(place, command),
        cwd=place,
        env=os.environ | SETTINGS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as program:
        assert program.stdin, "asked for above"
        assert program.stdout, "asked for above"
        for step in STEPS:
            arm(step)
            before = len(control("log"))
            program.stdin.write(f"{step['call']}\n")
            program.stdin.flush()
            line = program.stdout.readline()
            if not line:
                raise FailedError(f"{command[0]} ended at {step['about']!r}")
            yield from compared(step, json.loads(line), control("log")[before:])
        program.stdin.close()


def arm(step: Json) -> None:
    """Prepare the sandbox for the call of a step."""
    control("clear")
    for action in step.get("before", ()):
        for name, arguments in action.items():
            control(name, **arguments)
    if "faults" in step:
        control("next", faults=step["faults"], times=step.get("times", 1))


def compared(step: Json, found: Json, exchanges: list[Json]) -> Iterator[str]:
    """Compare what a program printed and sent with what the step wants."""
    if {name: found.get(name, "nothing") for name in step["wanted"]} != step["wanted"]:
        yield f"{step['about']}: {found} instead of {step['wanted']}"
    requests = [one["request"] for one in exchanges]
    sent = [
        {name.lower(): text for name, text in request["headers"]}
        for request in requests
        if "/return-advance" in request["target"]
    ]
    hosts = {name: urlsplit(os.environ[f"WECHATPAY_{name}_URL"]).netloc for name in HOSTS}
    called = [name for headers in sent for name in HOSTS if hosts[name] == headers["host"]]
    if called != step.get("hosts", ["BASE"]):
        yield f"{step['about']}: called {called} instead of {step.get('hosts', ['BASE'])}"
    if len({headers["authorization"] for headers in sent}) != len(sent):
        yield f"{step['about']}: sent a signature twice"


def control(call: str, **arguments: object) -> Any:  # noqa: ANN401  # JSON of any shape
    """Call the control API of the sandbox."""
    request = urllib.request.Request(  # noqa: S310  # the sandbox's own address
        f"{os.environ['WECHATPAY_BASE_URL']}/_sandbox/{call}",
        data=None if call == "log" else json.dumps(arguments).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return json.load(response)
