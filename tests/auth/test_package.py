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


def test_x509_is_imported_with_the_first_verifier_by_certificates_and_not_before() -> None:
    """It is a fifteenth of a start. During a download a fork could come in the middle of it."""
    code = (
        "import sys; from wechatpay_auth import PlatformCertificates; "
        "print('cryptography.x509' in sys.modules); "
        "PlatformCertificates('1900000100', api_v3_key='k' * 32); "
        "print('cryptography.x509' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\nTrue\n"


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
