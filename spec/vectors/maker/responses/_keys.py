"""Cases about finding the key: serials, changeover, small key rings."""

from __future__ import annotations

from ..document import PROJECT, Case, Group, Json, group
from ._reply import (
    ACCEPTABLE,
    BAD,
    INVALID,
    KEY_ID,
    SERIAL_A,
    SERIAL_B,
    UNKNOWN,
    VALID,
    case_of,
    headers_of,
)


def serials() -> list[Case]:
    """Spell the serial in many ways."""

    def case(name: str, comment: str, serial: str, key: str, *verdict: str) -> Case:
        result, *reason = verdict
        return case_of(
            f"serial-{name}",
            comment,
            ["Serial"],
            result,
            reason[0] if reason else None,
            headers=headers_of(serial=serial, key=key),
        )

    a, b, public = "platform_a", "platform_b", "platform_public_key"
    return [
        case("lower", "Lower-case hex", SERIAL_A.lower(), a, VALID),
        case("leading-zero", "As printed, with its leading zero", SERIAL_B, b, VALID),
        case("zero-dropped", "Without its leading zero", SERIAL_B[1:], b, VALID),
        case(
            "zeros-added", "42 digits for the same number", "00" + SERIAL_B, b, ACCEPTABLE, UNKNOWN
        ),
        case("zero-dropped-lower", "Both at once", SERIAL_B[1:].lower(), b, VALID),
        case("unknown", "A certificate nobody has", "55" + SERIAL_A[2:], a, INVALID, UNKNOWN),
        case("one-digit-off", "The last digit differs", SERIAL_A[:-1] + "6", a, INVALID, UNKNOWN),
        case("cut", "The last digit is missing", SERIAL_A[:-1], a, INVALID, UNKNOWN),
        case("decimal", "The number in decimal", str(int(SERIAL_A, 16)), a, INVALID, UNKNOWN),
        case("prefix", "With 0x", "0x" + SERIAL_A, a, INVALID, UNKNOWN),
        case("plus", "With a sign", "+" + SERIAL_A, a, ACCEPTABLE, UNKNOWN),
        case(
            "colons",
            "With colons, as tools print it",
            ":".join(SERIAL_A[i : i + 2] for i in range(0, 40, 2)),
            a,
            INVALID,
            UNKNOWN,
        ),
        case(
            "underscore",
            "With a digit separator",
            SERIAL_A[:20] + "_" + SERIAL_A[20:],
            a,
            INVALID,
            UNKNOWN,
        ),
        case("huge", "Hex of 10,000 digits", "F" * 10000, a, INVALID, UNKNOWN),
        case("text", "No hex at all", "platform_a", a, INVALID, UNKNOWN),
        case(
            "key-id-lower",
            "A public key id is exact text",
            KEY_ID.lower(),
            public,
            INVALID,
            UNKNOWN,
        ),
        case(
            "key-id-digits",
            "The id without its prefix",
            KEY_ID.removeprefix("PUB_KEY_ID_"),
            public,
            INVALID,
            UNKNOWN,
        ),
        case(
            "key-id-unknown", "Another public key id", KEY_ID[:-1] + "7", public, INVALID, UNKNOWN
        ),
        case("key-id-prefix-only", "The bare prefix", "PUB_KEY_ID_", public, INVALID, UNKNOWN),
    ]


def changeover() -> list[Case]:
    """Sign with each of three trusted keys, and name another."""
    flags = ["Changeover"]
    mixed = {
        "a-names-b": (SERIAL_B, "platform_a", "Certificate A signed, certificate B is named"),
        "certificate-names-key": (KEY_ID, "platform_a", "A certificate signed, the id is named"),
        "key-names-certificate": (SERIAL_A, "platform_public_key", "And the other way round"),
    }
    return [
        case_of(
            "changeover-key", "The public key", flags, VALID, headers=headers_of(serial=KEY_ID)
        ),
        case_of(
            "changeover-key-204",
            "The public key, empty body",
            flags,
            VALID,
            headers=headers_of(b"", serial=KEY_ID),
            status=204,
            body=b"",
        ),
        *(
            case_of(
                f"changeover-{name}",
                comment,
                [*flags, "ForgedSignature"],
                INVALID,
                BAD,
                headers=headers_of(serial=serial, key=key),
            )
            for name, (serial, key, comment) in mixed.items()
        ),
    ]


def single_kind(certificate_a: Json, public: Json) -> list[Group]:
    """Know one key only."""
    by_key = headers_of(serial=KEY_ID)
    flags = ["Changeover"]
    return [
        group(
            "public key only",
            PROJECT,
            "A client that knows nothing but the public key.",
            [
                case_of("key-only-key", "Signed by that key", flags, VALID, headers=by_key),
                case_of(
                    "key-only-certificate",
                    "Signed by a certificate, because the switch of the account is not active yet",
                    flags,
                    INVALID,
                    UNKNOWN,
                ),
            ],
            trusted=[public],
        ),
        group(
            "one certificate only",
            PROJECT,
            "A client that knows one certificate.",
            [
                case_of("one-certificate-known", "Signed by it", flags, VALID),
                case_of(
                    "one-certificate-new",
                    "Signed by a certificate not fetched yet",
                    flags,
                    INVALID,
                    UNKNOWN,
                    headers=headers_of(serial=SERIAL_B),
                ),
                case_of(
                    "one-certificate-key",
                    "Signed by the public key",
                    flags,
                    INVALID,
                    UNKNOWN,
                    headers=by_key,
                ),
            ],
            trusted=[certificate_a],
        ),
    ]
