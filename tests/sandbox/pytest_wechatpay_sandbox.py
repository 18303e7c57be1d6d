"""The pytest plugin: the fixture `wechatpay_sandbox`.

pytest loads this module in every run of everybody who has the wheel, with or without the extra,
so it imports nothing of the sandbox before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wechatpay_sandbox import Keys, Sandbox


@pytest.fixture(scope="session")
def wechatpay_sandbox_keys() -> Keys:
    """Make the keys of both sides, once in a run, because that is slow."""
    from wechatpay_sandbox import make_keys

    return make_keys()


@pytest.fixture
def wechatpay_sandbox(
    wechatpay_sandbox_keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """WeChat Pay as one merchant sees it, fresh for each test."""
    from wechatpay_sandbox import Sandbox

    with Sandbox(wechatpay_sandbox_keys, tmp_path_factory.mktemp("wechatpay")) as sandbox:
        yield sandbox
