"""Cases printed in the official documentation."""

from __future__ import annotations

from ..document import DOC, Case, Group, group
from ._reply import BAD, INVALID, VALID, case_of, headers_of, trusted_key


def published() -> list[Group]:
    """Take the samples of both verification pages."""
    body = b'{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}'
    time = 1722850421
    signature = (
        "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0"
        "eRp8mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrR"
        "oBKqjmSdrP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4i"
        "tojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0BALilAA=="
    )

    def made(page: str, name: str, serial: str, key: str, case: Case) -> Group:
        return group(
            f"published, {name}",
            DOC + page,
            "The sample reply of the page with its own key.",
            [case],
            trusted=[trusted_key(serial, key, certificate=False)],
        )

    def headers(serial: str) -> dict[str, str]:
        return headers_of(
            timestamp=str(time),
            nonce="d824f2e086d3c1df967785d13fcd22ef",
            serial=serial,
            signature=signature,
        )

    serial = "4DF076AC5A7D968D4A8B0B9C599A74CB4CF8EE8A"
    key_id = "PUB_KEY_ID_0000000000000024101100397200000006"
    good = case_of(
        "published-certificate",
        "Verifies",
        ["Published"],
        VALID,
        headers=headers(serial),
        body=body,
        now=time,
    )
    bad = case_of(
        "published-public-key",
        "The page prints another key beside the same signature",
        ["Published", "DoesNotVerify"],
        INVALID,
        BAD,
        headers=headers(key_id),
        body=body,
        now=time,
    )
    return [
        made("4013059030", "certificate page", serial, "doc_platform_certificate", good),
        made("4013059017", "public key page", key_id, "doc_public_key_page", bad),
    ]
