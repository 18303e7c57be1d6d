"""The pytest plugin: the fixture `wechatpay_sandbox`.

pytest loads this module in every run of everybody who has the wheel, with or without the extra,
so it imports nothing of the sandbox before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wechatpay_sandbox import Keys

    from ._fixture import MerchantSandbox


def _sandbox() -> ModuleType:
    """Import the sandbox, or fail with the one line that names the extra it comes with."""
    try:
        import wechatpay_sandbox
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)
    return wechatpay_sandbox


@pytest.fixture(scope="session")
def wechatpay_sandbox_keys() -> Keys:
    """Make the keys of both sides, once in a run, because that is slow."""
    keys: Keys = _sandbox().make_keys()
    return keys


@pytest.fixture
def wechatpay_sandbox(
    wechatpay_sandbox_keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MerchantSandbox]:
    """WeChat Pay as one merchant sees it, with auth object and client, fresh for each test."""
    from ._fixture import MerchantSandbox

    with MerchantSandbox(wechatpay_sandbox_keys, tmp_path_factory.mktemp("wechatpay")) as made:
        yield made
