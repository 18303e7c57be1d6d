"""What the official pages leave open, each point a switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this platform behaves where no page says so; see the fidelity table in the README."""

    key_mode: Literal["public_key", "certificate", "changeover"] = "public_key"
    """Which key signs replies: see `Keyring`."""
    require_user_agent: bool = True
    """Observed on other paths, unprobed on the ecommerce ones."""
    refuse_reused_nonce: bool = False
    """Whether a repeated nonce is rejected is unconfirmed."""
    refuse_unknown_parameters: bool = True
    """Undocumented body and query parameters; "illegal extra parameter" is a known error."""
    sign_authentication_errors: bool = False
    """Replies before or at authentication were observed without signature."""
    sign_business_errors: bool = True
    """Probably signed; not confirmed for this operation."""
    short_balance: Literal["NOT_ENOUGH", "PROCESSING", "FAILED"] = "NOT_ENOUGH"
    """What create answers while the payer is short of money; all three are possible."""
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
