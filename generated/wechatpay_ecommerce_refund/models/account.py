# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""账户类型 · Kind of account."""

from __future__ import annotations

from typing import ClassVar

from ..enums import OpenText


class Account(OpenText):
    """账户类型 · Kind of account.

    Account of a merchant that pays or receives. 出款方或入账方的账户类型。

    An open list: other values are kept as they come, see `is_known`.
    """

    __slots__ = ()

    BASIC: ClassVar[Account]
    """Basic account · 基本账户."""
    OPERATION: ClassVar[Account]
    """Operating account · 运营账户."""


Account.BASIC = Account("BASIC")
Account.OPERATION = Account("OPERATION")
Account.VALUES = (
    Account.BASIC,
    Account.OPERATION,
)
