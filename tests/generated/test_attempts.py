"""What an attempt says of itself, and how loudly the log tells of it."""

from __future__ import annotations

import logging

import pytest
from wechatpay_ecommerce_refund.attempts import Attempt, tell
from wechatpay_ecommerce_refund.operation import Operation

DONE = Attempt("doIt", "https://a.example", 200, "r-1", None)
LAST = Attempt("doIt", "https://a.example", None, None, "ReadError: gone", number=2)
RETRIED = Attempt("doIt", "https://a.example", 502, "r\n1", "502", pause=0.5)


def operation(method: str) -> Operation[None]:
    return Operation(module=__name__, name="doIt", method=method, results={})


@pytest.mark.parametrize(
    ("attempt", "text"),
    [
        (DONE, "doIt at https://a.example: attempt 1 succeeded (status 200, Request-ID r-1)"),
        (LAST, "doIt at https://a.example: attempt 2 failed, no other: ReadError: gone"),
        (
            RETRIED,
            "doIt at https://a.example: attempt 1 failed (status 502, Request-ID r\\n1), "
            "the next one in 0.5 seconds: 502",
        ),
    ],
)
def test_an_attempt_reads_as_one_line(attempt: Attempt, text: str) -> None:
    assert str(attempt) == text


@pytest.mark.parametrize(
    ("method", "attempt", "level"),
    [
        ("POST", DONE, logging.DEBUG),
        ("GET", DONE, logging.DEBUG),
        ("POST", RETRIED, logging.WARNING),
        ("GET", RETRIED, logging.INFO),
        ("POST", LAST, logging.INFO),  # its end is told when it is known
    ],
)
def test_a_retried_change_is_a_warning(
    method: str, attempt: Attempt, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "wechatpay_ecommerce_refund"):
        tell(attempt, operation(method).call("/do"), None)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (level, str(attempt))
    ]


def test_a_hook_that_raises_is_logged_and_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Attempt] = []

    def hook(attempt: Attempt) -> None:
        told.append(attempt)
        raise ValueError("broken hook")

    tell(LAST, operation("GET").call("/do"), hook)
    assert told == [LAST]
    assert [record.getMessage() for record in caplog.records] == ["on_attempt failed"]
