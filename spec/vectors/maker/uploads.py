"""Make the cases for signing uploads."""

from __future__ import annotations

import base64
import hashlib

from .document import DOC, INTEROPERABILITY, PROJECT, Case, Json, b64, document, group
from .openssl import sign, verifies
from .requests import DOCS, DOCS_NONCE, DOCS_TIMESTAMP, NONCE, OWN, TIMESTAMP

FLAGS = {
    "Meta": "Signed is the text of the part `meta`, byte for byte, in place of the body.",
    "NotSent": "What is to be signed is no part of the body: refuse it before it is sent.",
    "Published": "Values printed in the official documentation.",
}
GRAVITY = {INTEROPERABILITY: "Meta NotSent Published"}
BOUNDARY = "vectors-7b1f2c"
IMAGE = "/v3/marketing/favor/media/image-upload"
MEDIA = "/v3/merchant/media/upload"
FILE = b"\x89PNG\r\n\x1a\nnot an image\r\n"
DIGEST = hashlib.sha256(FILE).hexdigest()
META = f'{{"filename":"a.png","sha256":"{DIGEST}"}}'
DOC_META = (
    '{"filename":"wechatpay_logo.png",'
    '"sha256":"d2973a45b1d528c21ebb77792ef3fcea40fa9a4e04a17e35369102ba9c84c8b1"}'
)
DOC_SIGNATURE = (
    "GKKF+5+eeGuZOZ6MWLn7t7sMRTNbdnCTVqwP+dRx+p+Th+FueUXUVIsY7SOGj3oHWspCrBcZPl+eB/YelgTgImbZV8Lv"
    "siJhKt5+wm4P/qssX0ziNJfqLMfp+tgaa75VY89ctNqonRKOGbzvg/TaL3PaG2IlLUHsNtkXTe1GYdeOwsXV25DeI4nU"
    "2TsV0Z+ZbryNPtofCNWK35+WG8Cb95ffDAK+4HhJ9A+GCW4FpOLiqFo1DfIV24cINcBhbI7BTD3tThb7PMagFEpFGT8G"
    "d+kLLFNAZYyObcQ1/rmvCFffyv8Ut+Vw+wkiv6mQ0gTorINrgGbf8v1/wU/22em0lg=="
)
PUBLISHED_MESSAGE = "6309cc12a67ddb104e4fd10186a32de30170dfae2278d8fa23c1aa2ab96a5710"


def _body(meta: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="meta"\r\n'
    second = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
    return b"".join(
        [
            f"{head}Content-Type: application/json\r\n\r\n".encode(),
            meta,
            f"\r\n{second}Content-Type: image/png\r\n\r\n".encode(),
            FILE,
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        ]
    )


def _case(
    name: str,
    comment: str,
    flag: str = "Meta",
    *,
    url: str = MEDIA,
    meta: str = META,
    sent: str | None = None,
    stamp: tuple[str, str] = (TIMESTAMP, NONCE),
    published: str | None = None,
) -> Case:
    signed = meta.encode()
    timestamp, nonce = stamp
    message = f"POST\n{url}\n{timestamp}\n{nonce}\n".encode() + signed + b"\n"
    signature = published or b64(sign(message, "merchant"))
    if published and not verifies(message, base64.b64decode(published), "doc_merchant"):
        text = "the published signature does not verify"
        raise AssertionError(text)
    case: Case = {
        "id": f"upload-{name}",
        "comment": comment,
        "flags": [flag],
        "given": {
            "method": "POST",
            "url": url,
            "timestamp": timestamp,
            "nonce": nonce,
            "signed_body": b64(signed),
            "content_type": f"multipart/form-data; boundary={BOUNDARY}",
            "body": b64(_body(signed if sent is None else sent.encode())),
        },
        "result": "valid" if sent is None else "invalid",
    }
    if sent is None:
        digest = hashlib.sha256(message).hexdigest()
        case |= {"message": b64(message), "message_length": len(message)}
        case |= {"message_sha256": digest, "signature": signature}
    else:
        case["reason"] = "not_sent"
    return case


def make() -> Json:
    """Build `uploads.json`."""
    published = _case(
        "published",
        "An image of the marketing tools",
        "Published",
        url=IMAGE,
        meta=DOC_META,
        stamp=(DOCS_TIMESTAMP, DOCS_NONCE),
        published=DOC_SIGNATURE,
    )
    if published["message_sha256"] != PUBLISHED_MESSAGE:
        text = "the published message is not what it was"
        raise AssertionError(text)
    spaced = META.replace(":", ": ").replace(",", ", ")
    cancel = "/v3/ecommerce/account/cancel-applications/media"
    cases = [
        _case("image", "As the pages sign it"),
        _case("spaces", "With spaces, in both places", meta=spaced),
        _case("chinese", "A name in UTF-8", meta=META.replace("a.png", "退款.png")),
        _case("video", "A video", url="/v3/merchant/media/video_upload"),
        _case("names", "Other names", url=cancel, meta=f'{{"file_digest":"{DIGEST}"}}'),
        _case("spaces-lost", "Sent with spaces, signed without", "NotSent", sent=spaced),
        _case("cut", "The last byte is not signed", "NotSent", meta=META[:-1], sent=META),
        _case("other", "Of another file", "NotSent", sent=META.replace("a.png", "b.png")),
    ]
    key = "keys/merchant.key.pem"
    groups = [
        group(
            "published",
            f"{DOC}4012365863",
            "Verify only; the body is ours.",
            [published],
            **DOCS,
            private_key=None,
            public_key="keys/doc_merchant.pub.pem",
        ),
        group(
            "signing",
            PROJECT,
            "Sign and compare.",
            cases,
            **OWN,
            private_key=key,
            public_key="keys/merchant.pub.pem",
        ),
    ]
    about = "From a multipart body and its part `meta` to the signature."
    return document("uploads", about, FLAGS, groups, GRAVITY)
