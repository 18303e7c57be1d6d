"""Public names and signatures of two packages are compared, private ones are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.changes.package import Difference, difference
from generator.changes.rules import Step, step

MODULE = """
from typing import Final

STATE: Final[str] = _made(1)


class Shop:
    name: str

    def open(self, hour: int, *, door: str = "front") -> bool:
        return True


def find(number: str) -> Shop: ...


def _private() -> None: ...
"""


def package(folder: Path, module: str) -> Path:
    root = folder / "shop"
    root.mkdir(parents=True)
    (root / "__init__.py").write_text("", encoding="utf-8")
    (root / "api.py").write_text(module, encoding="utf-8")
    return root


def compared(folder: Path, old: str, new: str) -> Difference:
    assert MODULE.count(old) == 1
    after = MODULE.replace(old, new)
    return difference(package(folder / "old", MODULE), package(folder / "new", after))


def test_same(tmp_path: Path) -> None:
    found = compared(tmp_path, "_private", "_hidden")
    assert found == Difference(added=(), removed=(), changed=(), breaking=())
    assert step(found.changes()) is Step.NONE


def test_name_added(tmp_path: Path) -> None:
    found = compared(tmp_path, "def _private", "def count() -> int: ...\n\n\ndef _private")
    assert found.added == ("api.count",)
    assert step(found.changes()) is Step.MINOR


def test_name_removed(tmp_path: Path) -> None:
    found = compared(tmp_path, "def find(", "def search(")
    assert (found.added, found.removed) == (("api.search",), ("api.find",))
    assert found.breaking == ("api.find: Public object was removed",)
    assert [one.what for one in found.changes() if one.step is Step.MAJOR] == list(found.breaking)


def test_parameter_added(tmp_path: Path) -> None:
    found = compared(tmp_path, "hour: int,", "hour: int, day: int,")
    ((name, before, after),) = found.changed
    assert name == "api.Shop.open"
    assert "day" in after
    assert "day" not in before
    assert found.breaking == ("api.Shop.open: Parameter was added as required (day)",)


def test_type_of_an_attribute(tmp_path: Path) -> None:
    found = compared(tmp_path, "name: str", "name: int")
    assert found.changed == (("api.Shop.name", "str", "int"),)


def test_value_behind_an_annotation_is_no_promise(tmp_path: Path) -> None:
    assert step(compared(tmp_path, "_made(1)", "_made(2)").changes()) is Step.NONE


@pytest.mark.parametrize("name", ["create_return_advance", "query_return_advance"])
def test_our_package_has_its_functions(name: str) -> None:
    """Comparing nothing with nothing would pass as well."""
    folder = Path(__file__).parents[2] / "generated" / "wechatpay_ecommerce_refund"
    empty = difference(folder, folder)
    assert empty == Difference(added=(), removed=(), changed=(), breaking=())
    source = folder / "api" / "ecommerce_refund" / f"{name}.py"
    assert source.is_file()
