"""The sandbox and the specs which it plays never disagree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from schemathesis import GenerationMode
from wechatpay_sandbox import Platform

from tests.merchant_by_hand import Clock, new_platform, shared_keys
from tests.schema_driver import disagreements, operations

OURS = Path(__file__).parents[2] / "spec" / "openapi.yaml"
GROUP = Path(__file__).with_name("group.yaml")
MODES = pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
PLAYED = "/return-advance"
"""The end of the paths with accounts behind them; the spec may have other operations as well."""

NOT_BY_ACCIDENT = {"applyAbnormalRefund", "uploadImage"}
"""No random text decrypts, and no random hash is the one of a random file."""


def name(operation: Any) -> str:  # noqa: ANN401
    return str(operation.definition.raw["operationId"])


@MODES
@pytest.mark.parametrize(
    "operation", [one for one in operations(OURS) if one.path.endswith(PLAYED)], ids=name
)
def test_the_return_advance(operation: Any, mode: GenerationMode) -> None:  # noqa: ANN401
    platform = new_platform(Clock(), refuse_unknown_language=True)
    seen = disagreements(operation, mode, platform, examples=75)
    if mode is GenerationMode.POSITIVE:
        # The spec's own examples are among the cases: they name a refund that exists here.
        assert seen[404, "RESOURCE_NOT_EXISTS"], seen
    else:
        assert seen[400, "PARAM_ERROR"], seen
        assert seen[401, "SIGN_ERROR"], seen


@MODES
@pytest.mark.parametrize(
    "operation", [one for one in operations(GROUP) if name(one) not in NOT_BY_ACCIDENT], ids=name
)
def test_any_other_spec(operation: Any, mode: GenerationMode) -> None:  # noqa: ANN401
    platform = Platform(shared_keys(), spec=GROUP, clock=Clock())
    seen = disagreements(operation, mode, platform, examples=25)
    assert any(status < 300 for status, _ in seen) is (mode is GenerationMode.POSITIVE), seen
