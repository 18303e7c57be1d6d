"""A short run of hostile responses. `make soak` is the long one."""

from __future__ import annotations

from tests.soak.fuzz_replies import Fuzzer


def test_hostile_responses_end_in_documented_errors_only() -> None:
    report = Fuzzer(seed=3).run(2500)
    assert report.broken == []
    # Each kind of ending was reached, so the run says something.
    assert {
        *("Response", "OutcomeUnknown", "APIError", "SignError", "InvalidResponseError"),
        *("CertificateDownloadError", "MissingSignatureError", "ExpiredTimestampError"),
        *("UnknownSerialError", "InvalidSignatureError", "UnreadableResponseError"),
        "RemoteProtocolError",
    } <= set(report.endings)
