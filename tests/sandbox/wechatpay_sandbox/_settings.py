"""What the official pages leave open, each point a switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this platform behaves where no page says so; see the fidelity table in the README."""

    key_mode: Literal["public_key", "certificate", "changeover"] = "public_key"
    """Which key signs replies: see `Keyring`."""
    latency: float = 0.0
    """Seconds every reply takes at least; the real platform's are a few hundredths."""

    # Files that a response announces
    download_bytes: int = 10_000
    """How long such a file is."""
    download_seconds: float = 300.0
    """How long its address leads anywhere; 30 s for some bills."""

    # Headers and signature
    require_user_agent: bool = True
    """Observed on other paths, unprobed on the ecommerce ones."""
    refuse_unknown_language: bool = False
    """Four values of Accept-Language are documented; an answer to others is not."""
    timestamp_edge: Literal["pass", "refuse"] = "pass"
    """What becomes of a timestamp exactly 300 s off; official SDKs disagree about their side."""
    compare_serial: Literal["text", "number"] = "text"
    """Whether a merchant's serial may lack leading zeros or come in lower case."""
    refuse_reused_nonce: bool = False
    """Whether a repeated nonce is rejected is unconfirmed."""
    sign_message_length: Literal["bytes", "characters"] = "bytes"
    """What `sign_message_length` of a SIGN_ERROR counts."""
    unknown_wanted_serial: Literal["ignore", "refuse"] = "ignore"
    """What becomes of a `Wechatpay-Serial` that the platform does not know."""

    # Input
    require_json_content_type: bool = True
    """JSON is documented; a refusal of anything else is not."""
    refuse_body_of_get: bool = True
    """No page speaks of a GET with a body."""
    broken_body_code: Literal["PARAM_ERROR", "INVALID_REQUEST"] = "PARAM_ERROR"
    """The code for a body that is no JSON object."""
    check_patterns: bool = True
    """The contract allows letters, digits, `_` and `-` in numbers; the pages name no characters."""
    refuse_unknown_parameters: bool = True
    """Undocumented body and query parameters; "illegal extra parameter" is a known error."""
    unknown_parameter_code: Literal["PARAM_ERROR", "INVALID_REQUEST"] = "PARAM_ERROR"
    """Its number is known, its code is not."""

    # Replies
    sign_authentication_errors: bool = False
    """Replies before or at authentication were observed without signature."""
    sign_business_errors: bool = True
    """Probably signed; not confirmed for this operation."""
    short_balance: Literal["NOT_ENOUGH", "PROCESSING", "FAILED"] = "NOT_ENOUGH"
    """What create answers while the payer is short of money; all three are possible."""
    create_while_processing: Literal["same", "refuse"] = "same"
    """Create repeated before the end: documented as allowed, the reply is not."""
    create_after_success: Literal["same", "refuse"] = "same"
    """Create repeated after SUCCESS: nothing documents the reply."""
    create_after_failed: Literal["same", "refuse"] = "refuse"
    """Documented as "no longer possible", without a code."""
    failed_has_success_time: bool = False
    """Whether `success_time` comes with FAILED is unconfirmed."""
    not_advanced_code: Literal["INVALID_REQUEST", "NO_AUTH", "RESOURCE_NOT_EXISTS"] = (
        "INVALID_REQUEST"
    )
    """Create for a refund that the platform did not advance: reply code unconfirmed."""
    foreign_refund_code: Literal["NO_AUTH", "RESOURCE_NOT_EXISTS"] = "NO_AUTH"
    """Create for another sub-merchant's refund: reply code unconfirmed."""
