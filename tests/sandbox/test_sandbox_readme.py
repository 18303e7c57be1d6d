"""The README's example runs, and its tables are complete."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from wechatpay_sandbox import REFUNDS, Settings, faults

README = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(from .*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102  # our own text
    assert re.fullmatch(r"(http://127\.0\.0\.1:\d+ ?){2}\n", capsys.readouterr().out)


def test_every_dial_switch_and_refund_is_described() -> None:
    names = [f"`{name}(" for name in faults.DIALS]
    names += [f"`{switch.name}`" for switch in fields(Settings)]
    names += [f"`{refund.refund_id}`" for refund in REFUNDS]
    assert [name for name in names if name not in README] == []


def test_every_assumption_has_a_switch() -> None:
    fidelity = README.partition("## Fidelity")[2].partition("| --- | --- | --- |\n")[2]
    rows = [line.split(" | ") for line in fidelity.partition("\n\n")[0].splitlines()]
    doubtful = [row for row in rows if re.search("assum|probabl|unconfirm|unprobed", row[1])]
    assert len(doubtful) > 20
    assert [row[0] for row in doubtful if "`" not in row[2]] == []
