"""Importing the package costs little, and finds all that it names."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import ModuleType

import pytest
import wechatpay_ecommerce_refund as package
from wechatpay_ecommerce_refund import models
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)


def imported_by(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has afterwards."""
    program = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("name", package.__all__)
def test_every_name_is_there_and_is_the_one_of_its_module(name: str) -> None:
    found = getattr(package, name)
    home = importlib.import_module(getattr(found, "__module__", found.__name__))
    assert found is home or getattr(home, name) is found
    assert name in dir(package)


def test_an_operation_imports_the_models_that_it_uses_and_no_others() -> None:
    name = "wechatpay_ecommerce_refund"
    modules = imported_by(f"from {name}.api.ecommerce_refund import query_return_advance")
    loaded = {module for module in modules if module.startswith(f"{name}.models.")}
    assert loaded == {
        f"{name}.models.{module}"
        for module in ("account", "return_advance", "return_advance_result")
    }


@pytest.mark.parametrize("module", [package, models, create_return_advance, query_return_advance])
def test_completion_offers_public_names_and_no_others(module: ModuleType) -> None:
    assert dir(module) == sorted(module.__all__)
    assert all(hasattr(module, name) and not name.startswith("_") for name in dir(module))


def test_a_model_offers_its_fields_and_what_every_model_has() -> None:
    names = {name for name in dir(models.CreateReturnAdvanceRequest) if not name.startswith("_")}
    assert names == {"sub_mchid", "additional_properties", "from_dict", "to_dict", "check"}


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Cleint'"):
        _ = package.Cleint  # type: ignore[attr-defined]  # pyright: ignore


def test_a_program_over_httpx2_does_not_import_httpx() -> None:
    modules = imported_by(
        "from wechatpay_auth.httpx2 import WeChatPayAuth;"
        "from wechatpay_ecommerce_refund import Client;"
        "Client(WeChatPayAuth.__new__(WeChatPayAuth)).get_httpx_client()"
    )
    assert "httpx2" in modules
    assert "httpx" not in modules


def test_a_program_without_asyncio_does_not_import_it() -> None:
    modules = imported_by(
        "import wechatpay_auth, wechatpay_ecommerce_refund as package;"
        "from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance;"
        "package.Client(wechatpay_auth.WeChatPayAuth.__new__(wechatpay_auth.WeChatPayAuth))"
        ".get_httpx_client()"
    )
    assert "asyncio" not in modules
