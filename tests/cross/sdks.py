"""SDKs of other people, unmodified: they call the sandbox and judge our signed requests."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from wechatpay_auth import WeChatPayAuth

from tests.cross.programs import BUILD, HERE, Json, ran
from tests.cross.scenario import control

JAVA = ("java", "-cp", "target/classes:target/lib/*")
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
MAVEN = ("mvn", "--batch-mode", "--quiet", "--strict-checksums", "compile")
# The first response is the one to the create. Peers say in their own words that they refuse one.
FAULTS: tuple[Json, ...] = (
    {"dial": "delay", "seconds": 0},  # leaves the response as it is
    {"dial": "flip_signature"},
    {"dial": "timestamp_off", "seconds": -301},
)


@dataclass(frozen=True)
class Peer:
    """A folder of peers/ and what is done there."""

    name: str
    tools: tuple[str, ...]
    build: tuple[str, ...]
    live: tuple[str, ...]
    """Called with a number of queries and the file of our signed requests."""

    def test(self) -> Iterator[str]:
        """Let the peer create and query, refuse two responses, and judge our signed requests."""
        place = BUILD / f"peer-{self.name}"
        shutil.copytree(HERE / "peers" / self.name, place, dirs_exist_ok=True)
        ran(place, self.build)
        control("reset")
        for fault in FAULTS:
            control("next", faults=[fault], times=1, method="GET")
        signed = list(signed_requests())
        requests = place / "requests.jsonl"
        requests.write_text("".join(f"{json.dumps(one)}\n" for one in signed))
        told = ran(place, (*self.live, str(len(FAULTS)), str(requests)))
        created, queried, *rest = [json.loads(line) for line in told]
        for call, found in (("create", created), ("query", queried)):
            if (found.get("result"), found.get("return_amount")) != ("PROCESSING", 888):
                yield f"{call} gave {found}"
        refusals, verdicts = rest[:2], rest[2:]
        yield from (f"did not refuse: {found}" for found in refusals if "error" not in found)
        wanted = [{"verified": one["genuine"]} for one in signed]
        if verdicts != wanted:
            yield f"says of our signed requests {verdicts} instead of {wanted}"


PEERS = (
    Peer("axios", ("node", "npm"), NPM, ("node", "peer.js")),
    Peer("go", ("go",), ("go", "build", "-o", "bin/peer", "."), ("bin/peer",)),
    Peer("java", ("java", "mvn"), MAVEN, (*JAVA, "peer.Peer")),
)


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
