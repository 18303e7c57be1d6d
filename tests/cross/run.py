"""Prove the contract in other languages, against the sandbox that runs around this program.

    python -m wechatpay_sandbox -- python -m tests.cross.run [NAME ...]

Each language has a folder here. It is copied to build/cross/, a client is generated there from
the lenient form of the contract, compiled strictly, asked for every vector, and let loose on the
sandbox. The peers are SDKs of other people, which must get along with the sandbox unmodified and
accept what our own client signs. A missing tool is a visible skip, and a failure under CI.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from wechatpay_auth import WeChatPayAuth

from tests.cross.judge import VECTORS, judge

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "cross"
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
MAVEN = ("mvn", "--batch-mode", "--quiet", "--strict-checksums", "compile")
# Go neither fetches a toolchain nor changes what go.mod and go.sum lock.
LOCKED = {
    "GOTOOLCHAIN": "local",
    "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -mod=readonly".strip(),
}

Json = dict[str, Any]
Step = tuple[Json | None, Json]
"""A fault of the next reply, or none, and what a program has to make of the reply."""


@dataclass(frozen=True)
class Project:
    """A folder of another language and what is done there."""

    name: str
    folder: str
    tools: tuple[str, ...]
    build: tuple[tuple[str, ...], ...]
    live: tuple[str, ...]
    """Called with a number of queries; peers get the file of our signed requests as well."""
    vectors: tuple[str, ...] = ()
    """Called with the folder of the vectors; peers have none."""


PROJECTS = (
    Project(
        "typescript",
        "typescript",
        tools=("node", "npm"),
        build=(NPM, ("npm", "run", "--silent", "generate"), ("npm", "run", "--silent", "build")),
        vectors=("node", "dist/vectors.js"),
        live=("node", "dist/live.js"),
    ),
    Project(
        "go",
        "go",
        tools=("go",),
        build=(
            (
                *("go", "tool", "ogen", "--config", "ogen.yml", "--clean"),
                *("--target", "api", "--package", "api", "lenient.json"),
            ),
            ("go", "vet", "./..."),
            ("go", "build", "-o", "bin/", "./..."),
        ),
        vectors=("bin/vectors",),
        live=("bin/live",),
    ),
    Project(
        "java",
        "java",
        tools=("java", "mvn"),
        build=(MAVEN,),
        vectors=("java", "-cp", "target/classes:target/lib/*", "cross.Vectors"),
        live=("java", "-cp", "target/classes:target/lib/*", "cross.Live"),
    ),
    Project(
        "peer-axios",
        "peers/axios",
        tools=("node", "npm"),
        build=(NPM,),
        live=("node", "peer.js"),
    ),
    Project(
        "peer-go",
        "peers/go",
        tools=("go",),
        build=(("go", "build", "-o", "bin/peer", "."),),
        live=("bin/peer",),
    ),
    Project(
        "peer-java",
        "peers/java",
        tools=("java", "mvn"),
        build=(MAVEN,),
        live=("java", "-cp", "target/classes:target/lib/*", "peer.Peer"),
    ),
)

LONG = "1" * 64
# The first reply is that to the create.
SCENARIO: tuple[Step, ...] = (
    (None, {"result": "PROCESSING", "return_amount": 888}),
    ({"dial": "set_fields", "fields": {"result": "CLOSED"}}, {"result": "CLOSED"}),
    (
        {"dial": "set_fields", "fields": {"remark": {"new": [1]}}},
        {"result": "PROCESSING", "return_amount": 888},
    ),
    (
        {"dial": "set_fields", "fields": {"advance_return_id": LONG}},
        {"result": "PROCESSING", "advance_return_id": LONG},
    ),
    (
        {"dial": "set_fields", "fields": {"success_time": ""}},
        {"result": "PROCESSING", "return_amount": 888},
    ),
    ({"dial": "error", "code": "SYSTEM_ERROR"}, {"status": 500, "code": "SYSTEM_ERROR"}),
    ({"dial": "bad_gateway"}, {"status": 502, "code": None}),
    ({"dial": "flip_signature"}, {"reason": "invalid_signature"}),
    ({"dial": "timestamp_off", "seconds": -301}, {"reason": "expired_timestamp"}),
    ({"dial": "drop_headers", "names": ["Wechatpay-Nonce"]}, {"reason": "missing_signature"}),
    (
        {"dial": "set_header", "name": "Wechatpay-Serial", "value": "PUB_KEY_ID_0"},
        {"reason": "unknown_serial"},
    ),
)
PEER_SCENARIO: tuple[Step, ...] = (SCENARIO[0], SCENARIO[0])
# Peers say in their own words that they refuse a reply.
PEER_REFUSALS: tuple[Step, ...] = (
    ({"dial": "flip_signature"}, {}),
    ({"dial": "timestamp_off", "seconds": -301}, {}),
)


def main(names: list[str]) -> int:
    """Prove all projects, or those named; return 1 when one fails."""
    unknown = set(names) - {project.name for project in PROJECTS}
    if unknown:
        sys.stderr.write(f"no such project: {', '.join(sorted(unknown))}\n")
        return 1
    BUILD.mkdir(parents=True, exist_ok=True)
    requests = BUILD / "requests.jsonl"
    requests.write_text("".join(f"{json.dumps(one)}\n" for one in signed_requests()))
    failed = False
    for project in PROJECTS:
        if names and project.name not in names:
            continue
        missing = [tool for tool in project.tools if shutil.which(tool) is None]
        if missing:
            say(f"SKIPPED {project.name}: {', '.join(missing)} not installed")
            failed |= bool(os.environ.get("CI"))
            continue
        started = time.monotonic()
        try:
            complaints = list(prove(project, requests))
        except subprocess.CalledProcessError as error:
            complaints = [f"{error}\n{error.stderr.decode()}"]
        for complaint in complaints:
            say(f"  {complaint}")
        verdict = "FAILED" if complaints else "ok"
        say(f"{verdict} {project.name} ({time.monotonic() - started:.0f} s)")
        failed |= bool(complaints)
    return int(failed)


def prove(project: Project, requests: Path) -> Iterator[str]:
    """Build a project and give every complaint."""
    place = BUILD / project.name
    shutil.copytree(HERE / project.folder, place, dirs_exist_ok=True)
    shutil.copy(ROOT / "spec" / "lenient.json", place)
    for command in project.build:
        done = subprocess.run(
            command,
            cwd=place,
            env=os.environ | LOCKED,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            yield f"{' '.join(command)} failed:\n{done.stdout[-5000:]}"
            return
    if project.vectors:
        yield from judge(lines(place, *project.vectors, str(VECTORS)))
        yield from played(SCENARIO, lines_of_life(place, project.live, SCENARIO))
        return
    scenario = PEER_SCENARIO + PEER_REFUSALS
    answers = lines_of_life(place, project.live, scenario, str(requests))
    yield from played(PEER_SCENARIO, answers[: len(PEER_SCENARIO)])
    refused = answers[len(PEER_SCENARIO) : len(scenario)]
    yield from (f"did not refuse: {line}" for line in refused if "error" not in json.loads(line))
    verdicts = [json.loads(line) for line in answers[len(scenario) :]]
    wanted = [{"verified": one["genuine"]} for one in map(json.loads, requests.open())]
    if verdicts != wanted:
        yield f"says of our signed requests {verdicts} instead of {wanted}"


def lines_of_life(
    place: Path,
    command: tuple[str, ...],
    scenario: tuple[Step, ...],
    *more: str,
) -> list[str]:
    """Arm the sandbox, run the program, and return what it printed."""
    control("reset")
    for fault, _ in scenario[1:]:
        # A reply left alone takes a turn as well: a delay of nothing holds its place.
        armed = fault or {"dial": "delay", "seconds": 0}
        control("next", faults=[armed], times=1, method="GET")
    return lines(place, *command, str(len(scenario) - 1), *more)


def played(scenario: tuple[Step, ...], answers: list[str]) -> Iterator[str]:
    """Compare what a program printed with what was played to it."""
    if len(answers) != len(scenario):
        yield f"{len(answers)} answers to {len(scenario)} calls: {answers}"
        return
    for number, ((_, wanted), line) in enumerate(zip(scenario, answers, strict=True)):
        found: Json = json.loads(line)
        if {name: found.get(name, "nothing") for name in wanted} != wanted:
            yield f"call {number} gave {line} instead of {wanted}"


def lines(place: Path, *command: str) -> list[str]:
    """Run a program in its folder and return its lines."""
    first = str(place / command[0]) if "/" in command[0] else command[0]
    # PROCESSING for 90 days, so that only the faults change a reply.
    settings = {"WECHATPAY_REFUND_ID": "50000000382019052709732678862"}
    done = subprocess.run(
        [first, *command[1:]],
        cwd=place,
        check=True,
        capture_output=True,
        env=os.environ | settings,
    )
    return done.stdout.decode(errors="replace").splitlines()


def control(call: str, **arguments: object) -> None:
    """Call the control API of the sandbox."""
    request = urllib.request.Request(  # noqa: S310  # the sandbox's own address
        f"{os.environ['WECHATPAY_BASE_URL']}/_sandbox/{call}",
        data=json.dumps(arguments).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request):  # noqa: S310
        pass


def signed_requests() -> Iterator[Json]:
    """Give requests that our own client signed, and one whose body was changed afterwards."""
    key = BUILD / "merchant.pub.pem"
    certificate = Path(os.environ["WECHATPAY_PRIVATE_KEY"]).with_name("apiclient_cert.pem")
    public = load_pem_x509_certificate(certificate.read_bytes()).public_key()
    key.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    auth = WeChatPayAuth.from_env()
    url = f"{os.environ['WECHATPAY_BASE_URL']}/v3/ecommerce/refunds/R-1_a/return-advance"
    for request in (
        httpx.Request("POST", url, json={"sub_mchid": "1900000109"}),
        httpx.Request("POST", url, json={"sub_mchid": "二级商户"}),
        httpx.Request("GET", url, params={"sub_mchid": "1900000109"}),
        httpx.Request("GET", url, params={"sub_mchid": "a b/中"}),
    ):
        signed = next(auth.sync_auth_flow(request))
        fields = signed.headers["Authorization"].partition(" ")[2].split(",")
        values = {
            name: value.strip('"') for name, _, value in (one.partition("=") for one in fields)
        }
        body = signed.read().decode()
        found = {
            "method": signed.method,
            "url": signed.url.raw_path.decode(),
            "timestamp": values["timestamp"],
            "nonce": values["nonce_str"],
            "serial": values["serial_no"],
            "signature": values["signature"],
            "public_key": str(key),
        }
        yield found | {"body": body, "genuine": True}
    yield found | {"body": body + " ", "genuine": False}


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
