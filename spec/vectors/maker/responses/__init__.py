"""Make the cases for response verification."""

from __future__ import annotations

from ..document import (
    BYPASS,
    INTEROPERABILITY,
    LEGACY,
    PROJECT,
    Case,
    Group,
    Json,
    document,
    group,
)
from ._headers import age, missing, repeated, signature_type, timestamp_forms
from ._keys import changeover, serials, single_kind
from ._published import published
from ._reply import KEY_ID, SERIAL_A, SERIAL_B, trusted_key
from ._signatures import base64_forms, changed, forged, padding, probes
from ._statuses import check_order, encoded, other_statuses, success

FLAGS = {
    "Age": "Distance between the reply's time and the clock, either way. At most 300 s is fresh; "
    "exactly 300 s is acceptable, because the official SDKs differ.",
    "Base64": "The signature is not plain standard base64. What cannot be decoded is a failed "
    "signature, never a crash. Decoders differ in what they forgive (spaces, missing padding, "
    "the URL alphabet), so a forgiven true signature is acceptable.",
    "BerLength": "DigestInfo in BER instead of DER. RFC 8017 (8.2.2, note) lets a verifier decode "
    "it; those that compare whole blocks refuse it.",
    "Body": "The raw body is verified, byte for byte, before any parsing.",
    "Changeover": "Platform certificates and the WeChat Pay public key, side by side in one map.",
    "CheckOrder": "Several faults at once; the first in the documented order is reported.",
    "DoesNotVerify": "The published combination of key and signature fails.",
    "Encoded": "The body came with a Content-Encoding: `encoded_body` was on the wire, `body` is "
    "decoded. The signature is over `body`.",
    "Empty": "A header that is present but empty counts as absent.",
    "ForgedSignature": "Well-formed base64 that is no PKCS#1 v1.5 SHA-256 signature of this reply "
    "by the named key.",
    "HeaderCase": "Header names have no case.",
    "LineFeed": "A line feed in the nonce moves the boundary between nonce and body: the signed "
    "bytes of another reply. HTTP lets none through; a queue or a test may.",
    "Missing": "One or more of the four headers are absent.",
    "MissingNull": "DigestInfo without the NULL after the name of the hash. RFC 8017 (9.2, note 1) "
    "lets a verifier accept it.",
    "Nonce": "Any text can be a nonce; it is signed as it came, in its own case.",
    "NotSuccess": "A status other than 2xx: verified when signed, accepted but unproven when all "
    "four headers are absent or empty.",
    "Padding": "The block under the signature is not the one that PKCS#1 v1.5 prescribes. Who "
    "looks at the hash only can be given forged signatures.",
    "Probe": "A deliberately wrong signature by which the platform tests its clients; just "
    "another bad signature.",
    "Published": "Values printed in the official documentation.",
    "Repeated": "A header came more than once: a list of its values, or, as many HTTP libraries "
    "give them, the values joined by a comma and a space.",
    "Serial": "Certificate serials compare as hexadecimal numbers, public key ids as exact text. "
    "Reading no more than the documented 40 digits is acceptable.",
    "SignatureType": "Wechatpay-Signature-Type absent means RSA; any other value fails.",
    "Success": "A true signature.",
    "TimestampForm": "The timestamp is decimal digits. Where a forgiving parser still sees the "
    "right number and the signature is true, accepting is acceptable.",
}


GRAVITY = {
    BYPASS: "Age Base64 Body CheckOrder DoesNotVerify ForgedSignature LineFeed Missing NotSuccess "
    "Padding Probe Repeated Serial SignatureType TimestampForm",
    INTEROPERABILITY: "Changeover Empty Encoded HeaderCase Nonce Published Success",
    LEGACY: "BerLength MissingNull",
}


def make() -> Json:
    """Build `response_verification.json`."""
    certificate_a = trusted_key(SERIAL_A, "platform_a")
    certificate_b = trusted_key(SERIAL_B, "platform_b")
    public = trusted_key(KEY_ID, "platform_public_key", certificate=False)
    trusted: Json = [certificate_a, certificate_b, public]

    def both(name: str, about: str, cases: list[Case]) -> Group:
        return group(name, PROJECT, about, cases, trusted=trusted)

    groups = [
        *published(),
        both("success", "Replies to accept.", success()),
        both("missing headers", "A 2xx reply must carry all four.", missing()),
        both("repeated headers", "Which of two values is meant?", repeated()),
        both("age", "At most 300 seconds off, either way.", age()),
        both("timestamp form", "Decimal seconds.", timestamp_forms()),
        both("signature type", "Only RSA is supported here.", signature_type()),
        both("serials", "Looking up the key.", serials()),
        both("changeover", "Both kinds of key in one map.", changeover()),
        *single_kind(certificate_a, public),
        both("forged signatures", "Wrong key, padding, hash, length or message.", forged()),
        both("changed replies", "A true signature of something else.", changed()),
        both("padding", "The right key and hash in a wrong block.", padding()),
        both("encoded bodies", "Content-Encoding.", encoded()),
        both("base64", "Signatures that are not plain base64.", base64_forms()),
        both("probes", "Deliberately wrong signatures.", probes()),
        both("order of checks", "The first fault is the one reported.", check_order()),
        both("other statuses", "Replies that are no success.", other_statuses()),
    ]
    about = "From a reply, a clock and a set of trusted keys to accept or reject."
    return document("response_verification", about, FLAGS, groups, GRAVITY)
