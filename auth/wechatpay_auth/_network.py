"""Why a connection failed, from the chain of errors below the HTTP library's own. Pure."""

import socket
import ssl
from collections.abc import Iterator
from typing import cast

_PLAIN_HTTP = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"})
"""OpenSSL's reasons where the other side speaks no TLS."""

_TIMEOUTS = ("ReadTimeout", "WriteTimeout", "PoolTimeout", "TimeoutError")
_FIREWALL = "ask whoever runs the network to let this machine reach the host on port 443"


def explain(error: BaseException) -> tuple[str, str]:
    """The cause of a network error in words, and what to do about it."""
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return (
                f"CERTIFICATE_VERIFY_FAILED: {one.verify_message}",
                "if your organisation opens TLS connections, have it leave this host alone, or set "
                "SSL_CERT_FILE to a file with its authority; if not, do not go on: somebody stands "
                "in between. Never turn verification off",
            )
        if isinstance(one, ssl.SSLError):
            return _tls(one)
        if isinstance(one, socket.gaierror):
            return (
                "the name of the host was not found (DNS)",
                "check the spelling of the base URL, or of the proxy if HTTPS_PROXY is set, and "
                "that this machine can resolve names",
            )
        if isinstance(one, ConnectionRefusedError):
            return (
                "the connection was refused: nothing listens on that port",
                "check host and port of the base URL, or of the proxy if HTTPS_PROXY is set",
            )
    kinds = {type(one).__name__: one for one in chain}
    if "ProxyError" in kinds:
        return (
            f"the proxy did not let it through: {_first_line(str(kinds['ProxyError']))}",
            "check HTTPS_PROXY and its user name, or put the host into NO_PROXY",
        )
    if "ConnectTimeout" in kinds:
        return "the connection did not come about in time", _FIREWALL
    if not kinds.keys().isdisjoint(_TIMEOUTS):
        return "no response came in time", "try again; if it stays so, look at proxy and firewall"
    return (
        f"{type(error).__name__}: {_first_line(str(error)) or 'no reason was given'}",
        "check the base URL, the proxy (HTTPS_PROXY) and the firewall",
    )


def _tls(error: ssl.SSLError) -> tuple[str, str]:
    reason: str | None = getattr(error, "reason", None)  # not every one has it
    if reason in _PLAIN_HTTP:
        return (
            "the port speaks plain HTTP, not TLS",
            "check the port of the base URL, and that HTTPS_PROXY begins with http:// if the "
            "proxy is a plain one",
        )
    return (
        f"the TLS handshake failed: {reason or _first_line(str(error))}",
        "a proxy or a firewall may end TLS connections; try from another network",
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all that it was raised from, the outermost first."""
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):  # one for each address of a host
            todo += cast("BaseExceptionGroup[BaseException]", one).exceptions


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:200]
