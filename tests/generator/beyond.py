"""A contract with uploads, encrypted fields, unsigned responses, downloads and notices."""

from __future__ import annotations

from tests.generator.support import (
    Generated,
    Node,
    answer,
    content,
    contract,
    operation,
    parameter,
    to,
)

TEXT: Node = {"type": "string"}
SECRET: Node = {"type": "string", "minLength": 1, "maxLength": 8, "x-encrypted": True}
SIGNED: Node = {"securitySchemes": {"wechatpay": {"type": "http", "scheme": "WECHATPAY2"}}}
SIGNED["securitySchemes"]["wechatpay"]["x-wechatpay-signature"] = {}

SCHEMAS: Node = {
    "Meta": {
        "type": "object",
        "required": ["filename", "sha256"],
        "properties": {"filename": TEXT, "sha256": TEXT},
    },
    "Upload": {
        "type": "object",
        "required": ["file", "meta"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "meta": to("Meta"),
        },
    },
    "Media": {"type": "object", "required": ["media_id"], "properties": {"media_id": TEXT}},
    "Contact": {
        "type": "object",
        "properties": {
            "name": SECRET,
            "emails": {"type": "array", "items": {**TEXT, "x-encrypted": True}},
        },
    },
    "Application": {
        "type": "object",
        "required": ["number"],
        "properties": {
            "number": TEXT,
            "bank_account": {**SECRET, "nullable": True},
            "contact": to("Contact"),
            "owners": {"type": "array", "items": to("Contact")},
        },
    },
    "Bill": {
        "type": "object",
        "required": ["hash_type", "hash_value", "download_url"],
        "properties": {"hash_type": TEXT, "hash_value": TEXT, "download_url": TEXT},
    },
    "RefundNotice": {
        "type": "object",
        "required": ["refund_id"],
        "properties": {"refund_id": TEXT, "amount": to("RefundNoticeAmount")},
    },
    "RefundNoticeAmount": {"type": "object", "properties": {"refund": {"type": "integer"}}},
    "Envelope": {"type": "object", "properties": {"id": TEXT}},
}
SIGNED_FORM = content(to("Upload"), "multipart/form-data")
SIGNED_FORM["content"]["multipart/form-data"]["x-signed-part"] = "meta"
RULE: Node = {
    "url": "download_url",
    "hash-type": "hash_type",
    "hash-value": "hash_value",
    "over": "decompressed",
    "max-bytes": 100_000,
}
SERIAL = parameter("Wechatpay-Serial", "header", required=True)
FILE: Node = {"type": "string", "format": "binary"}

PATHS: Node = {
    "/v3/upload": {
        "post": operation("upload", body=SIGNED_FORM, responses={"200": answer(to("Media"))})
    },
    "/v3/applications": {
        "post": operation(
            "apply",
            SERIAL,
            body=content(to("Application")),
            responses={"200": answer(to("Application"))},
            **{"x-idempotent": {"reason": "The number is its key."}},
        )
    },
    "/v3/applications/{number}": {
        "get": operation(
            "read", parameter("number", "path"), responses={"200": answer(to("Application"))}
        )
    },
    "/v3/images/{media_id}": {
        "get": operation(
            "image",
            parameter("media_id", "path"),
            responses={
                "200": {**answer(FILE, "application/octet-stream"), "x-unsigned": "It is a file."}
            },
        )
    },
    "/v3/bill": {
        "get": operation("bill", responses={"200": {**answer(to("Bill")), "x-download": RULE}})
    },
}
WEBHOOKS: Node = {
    "refund": {
        "post": {
            "requestBody": content(to("Envelope")),
            "x-notice": {
                "events": ["REFUND.SUCCESS", "REFUND.CLOSED"],
                "original-type": "refund",
                "resource": to("RefundNotice"),
            },
        }
    }
}
NOTICES: Generated = {"x-webhooks": WEBHOOKS}
BEYOND = contract("beyond", SCHEMAS, PATHS, components=SIGNED, **NOTICES)
