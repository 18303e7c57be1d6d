"""What importing the package brings in, and that its names are there."""

import subprocess
import sys

import pytest
import wechatpay_auth


def test_plain_import_leaves_out_what_commands_and_other_libraries_need() -> None:
    code = "import sys; import wechatpay_auth; wechatpay_auth.WeChatPayAuth; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(ran.stdout.split())
    assert imported >= {"wechatpay_auth._httpx"}
    heavy = {"_doctor", "_online", "httpx2"}
    assert imported.isdisjoint({f"wechatpay_auth.{name}" for name in heavy})


def test_package_serves_without_httpx() -> None:
    """Whoever has moved on to httpx2 may not have httpx."""
    code = (
        "import sys; sys.modules['httpx'] = None; "
        "from wechatpay_auth.httpx2 import WeChatPayAuth; print(WeChatPayAuth.__module__)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "wechatpay_auth.httpx2\n"


def test_public_names_match_reality() -> None:
    assert dir(wechatpay_auth) == sorted(wechatpay_auth.__all__)
    for name in wechatpay_auth.__all__:
        assert getattr(wechatpay_auth, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = wechatpay_auth.nonsense  # pyright: ignore[reportAttributeAccessIssue]
