"""The pytest plugin: the fixture `wechatpay_sandbox`.

pytest loads this module in every run of everybody who has the wheel, with or without the extra,
so it imports nothing of the sandbox before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wechatpay_sandbox import Keys

    from ._fixture import MerchantSandbox


_INI = "wechatpay_sandbox_spec"
_MARKER = "wechatpay_sandbox(spec): let the fixture play the operations of an OpenAPI file"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the OpenAPI file of a whole suite from its configuration."""
    parser.addini(_INI, "OpenAPI file which the fixture wechatpay_sandbox plays", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """Take the OpenAPI file of a test from its marker."""
    config.addinivalue_line("markers", _MARKER)


def _spec(request: pytest.FixtureRequest) -> Path | None:
    """Find the OpenAPI file of a test; a marker's lies beside the configuration, as the ini's."""
    marker = request.node.get_closest_marker("wechatpay_sandbox")
    if marker is not None:
        return request.config.rootpath / str(marker.kwargs["spec"])
    return next(iter(request.config.getini(_INI)), None)


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
    request: pytest.FixtureRequest,
    wechatpay_sandbox_keys: Keys,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MerchantSandbox]:
    """WeChat Pay as one merchant sees it, with auth object and client, fresh for each test."""
    from ._fixture import MerchantSandbox

    directory = tmp_path_factory.mktemp("wechatpay")
    try:
        made = MerchantSandbox(wechatpay_sandbox_keys, directory, spec=_spec(request))
    except ValueError as error:
        pytest.fail(str(error), pytrace=False)
    with made:
        yield made
