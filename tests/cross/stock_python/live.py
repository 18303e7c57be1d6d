"""Reads `create`, `query` or `certificates`, one to a line, and prints what came of it as JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
from stock import Client
from stock.api.ecommerce_refund import create_return_advance, query_return_advance
from stock.models import CreateReturnAdvanceRequest, ReturnAdvance
from wechatpay import RefusedError, SignedClient
from wechatpay_auth import (
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    PlatformCertificates,
    RSASigner,
    RSAVerifier,
    UnknownSerialError,
    VerificationError,
    Verifier,
    WeChatPayAuth,
)

REASONS = {
    ExpiredTimestampError: "expired_timestamp",
    InvalidSignatureError: "invalid_signature",
    MissingSignatureError: "missing_signature",
    UnknownSerialError: "unknown_serial",
}


def setting(name: str) -> str:
    return os.environ[f"WECHATPAY_{name}"]


def connect(verifier: Verifier) -> Client:
    signer = RSASigner.from_pem(Path(setting("PRIVATE_KEY")), serial_no=setting("SERIAL_NO"))
    auth = WeChatPayAuth(setting("MCHID"), signer=signer, verifier=verifier)
    client = Client(base_url=setting("BASE_URL"))
    return client.set_httpx_client(
        SignedClient(auth, setting("BASE_URL"), setting("BACKUP_URL"), ReturnAdvance)
    )


def told(client: Client, call: str) -> dict[str, Any]:
    """Say what came of a call.

    After `lost`, `unreadable`, `other_refund` and `reason` the outcome of a create is unknown:
    query.
    """
    refund, sub_mchid = setting("REFUND_ID"), setting("SUB_MCHID")
    try:
        if call == "create":
            body = CreateReturnAdvanceRequest(sub_mchid=sub_mchid)
            found = create_return_advance.sync(refund, client=client, body=body)
        else:
            found = query_return_advance.sync(refund, client=client, sub_mchid=sub_mchid)
    except RefusedError as refused:
        return {"status": refused.status, "code": refused.code, "verified": refused.verified}
    except VerificationError as error:
        return {"reason": REASONS[type(error)]}
    except httpx.TransportError:
        return {"lost": True}
    except ValueError:
        return {"unreadable": True}
    assert isinstance(found, ReturnAdvance), "SignedClient lets nothing else through"
    # Signatures do not cover the URL: only this tells whether the response belongs to the call.
    return found.to_dict() if found.refund_id == refund else {"other_refund": found.refund_id}


def main() -> None:
    public_key = RSAVerifier.from_public_key(setting("PUBLIC_KEY_ID"), Path(setting("PUBLIC_KEY")))
    client = connect(public_key)
    for line in sys.stdin:
        if line.strip() == "certificates":
            # It downloads by itself, when a response names a certificate which it does not know.
            client = connect(
                PlatformCertificates(
                    setting("MCHID"), api_v3_key=setting("API_V3_KEY"), public_keys=public_key
                )
            )
            print(json.dumps({"certificates": True}), flush=True)
        else:
            print(json.dumps(told(client, line.strip())), flush=True)


main()
