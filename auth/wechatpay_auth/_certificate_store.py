"""Platform-certificate mode: which certificates are trusted, and when to download them.

No I/O with the platform happens here. An auth flow asks `begin_refresh` what to do, sends the
download through the caller's own client, and hands in the response.

https://pay.weixin.qq.com/doc/v3/partner/4013059030,
https://pay.weixin.qq.com/doc/v3/partner/4012073146 (replacement)
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import tempfile
import threading
import weakref
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ._api_v3_key import APIv3Key
from ._certificate_download import Outcome, Refresh, read_certificates, require_success
from ._certificate_forms import load_certificates
from ._errors import CertificateDownloadError, ConfigurationError, VerificationError
from ._key_forms import KeySource, need
from ._message import SHA256_RSA2048
from ._rules import MAX_AGE_SECONDS, SIGNATURE_HEADERS, SIGNATURE_TYPE, RawResponse, verify_response
from ._signer import checked_mchid
from ._trusted_keys import RSAVerifier, TrustedKey, each

if TYPE_CHECKING:
    from cryptography import x509

REFRESH_SECONDS = 6 * 3600
"""The platform asks for an interval below 12 hours."""

KEPT_SECONDS = 12 * 3600
"""Greatest age of a list kept on disk. The platform asks for a newer one by then, and may have
withdrawn a certificate that stands in the old one."""

RETRY_SECONDS = 60
"""Anybody can send an unknown serial number, so it causes at most one download a minute."""

WAIT_SECONDS = 30.0
_LONGEST_WAIT = 1_000_000.0


def _require_seconds(name: str, seconds: object, *, below: float) -> None:
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds < below
    ):
        raise ConfigurationError(f"{name}: expected seconds below {below:g}, found {seconds!r}")


def _require_keys(public_keys: object) -> None:
    if not isinstance(public_keys, RSAVerifier | None):
        found = type(public_keys).__name__
        del public_keys  # it may be a key in the wrong place
        raise ConfigurationError(f"public_keys: expected an RSAVerifier, found {found}")


def _require_folder(cache_dir: object) -> None:
    if not isinstance(cache_dir, str | os.PathLike | None):
        raise ConfigurationError(f"cache_dir: expected a path, found {type(cache_dir).__name__}")


@dataclass(frozen=True, slots=True)
class _Trusted:
    """What is trusted at one moment; replaced as a whole, so readers need no lock."""

    keys: RSAVerifier
    fetched_at: float | None


class PlatformCertificates:
    """A verifier that keeps the platform's certificates up to date by itself.

    They are downloaded with ``GET /v3/certificates`` over the same client, transport and proxy
    as the call that needs them: before the first call, every six hours, and at once, but at most
    once a minute, when a response names a serial number that is not known. However many threads
    and tasks need them, one download is under way.

    A download is trusted if its certificates decrypt with the APIv3 key, its signature is that
    of one of them or of a key trusted before, and, if issuers are given, these issued them.
    Expired certificates are dropped. A download that fails leaves the valid ones in place.

    With `public_keys` it serves the changeover (https://pay.weixin.qq.com/doc/v3/partner/4012925289):
    the public key is asked for, and certificates are downloaded once a response needs one. With
    `prefer_certificates` it serves the way back.

    Args:
        mchid: The merchant; names the file in the cache.
        api_v3_key: The merchant's APIv3 key, 32 bytes.
        public_keys: WeChat Pay public keys that are trusted as well.
        prefer_certificates: Ask for responses signed by a certificate, although there are
            public keys.
        issuers: Certificates of authorities. If given, a platform certificate is trusted only
            if one of them issued it.
        cache_dir: Where the last download is kept for the next start; checked like a download
            when it is loaded, and of no use after twelve hours.
        refresh_seconds: Age at which certificates are downloaded again; below 12 hours.
        wait_seconds: How long a call waits for a download that another call makes.

    Raises:
        ConfigurationError: The mchid is not one, the APIv3 key does not have 32 bytes, or an
            issuer is no certificate.
    """

    algorithm = SHA256_RSA2048

    def __init__(
        self,
        mchid: str,
        *,
        api_v3_key: str | bytes | APIv3Key,
        public_keys: RSAVerifier | None = None,
        prefer_certificates: bool = False,
        issuers: Iterable[KeySource | x509.Certificate] = (),
        cache_dir: str | os.PathLike[str] | None = None,
        refresh_seconds: float = REFRESH_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        key, merchant = APIv3Key.load(api_v3_key), checked_mchid(mchid)
        authorities = [load_certificates(source) for source in each(issuers)]
        # See _key_forms: no key, in any argument, may stay in the locals of a traceback.
        del api_v3_key, mchid, issuers
        self.api_v3_key = need(key, "api_v3_key")
        _require_seconds("refresh_seconds", refresh_seconds, below=KEPT_SECONDS)
        _require_seconds("wait_seconds", wait_seconds, below=_LONGEST_WAIT)
        _require_keys(public_keys)
        self._public_keys = public_keys or RSAVerifier([])
        self._prefer_certificates = prefer_certificates or public_keys is None
        self._issuers = [issuer for some in authorities for issuer in need(some, "issuer")]
        self._refresh_seconds = refresh_seconds
        self.wait_seconds = wait_seconds
        name = need(merchant, "mchid")
        _require_folder(cache_dir)
        self._cache = DownloadCache(cache_dir, name) if cache_dir is not None else None
        self._unread = self._cache
        self._lock = threading.Lock()
        self._under_way: Future[Outcome] | None = None
        self._tried_at: float | None = None
        self._is_wanted = False
        self._trusted = self._trusting(RSAVerifier([]), fetched_at=None)
        _everyone.add(self)

    def preferred_serial_no(self, now: float) -> str | None:
        """The newest valid certificate, or the public key where that is preferred."""
        return self._keys(now).preferred_serial_no(now)

    def preferred_key(self, now: float) -> TrustedKey | None:
        """The key of `preferred_serial_no`, to encrypt with."""
        return self._keys(now).preferred_key(now)

    def verify(self, message: bytes, *, serial_no: str, signature: bytes, now: float) -> None:
        """Return if the trusted key of that serial number made the signature; raise otherwise."""
        self._keys(now).verify(message, serial_no=serial_no, signature=signature, now=now)

    def want_download(self) -> None:
        """Let the next call download, because a notice named a serial number that is not known.

        Anybody may have sent the notice, so downloads stay at least a minute apart.
        """
        self._is_wanted = True

    def _keys(self, now: float) -> RSAVerifier:
        """What is trusted now; before the first download, what the cache has."""
        if self._unread is not None:
            with self._lock:
                self._read_cache(now)
        return self._trusted.keys

    def begin_refresh(
        self, now: float, *, unknown_serial_no: str | None = None
    ) -> Refresh | Future[Outcome] | None:
        """What a call has to do about the certificates.

        Args:
            now: Unix seconds.
            unknown_serial_no: Serial number of a response that could not be verified; None before
                a call.

        Returns:
            None to go on; a `Refresh` to carry out the download; a future to wait for, and then
            to ask again, since somebody else is carrying it out.
        """
        with self._lock:
            self._read_cache(now)
            blocked = self._is_blocked(now, unknown_serial_no)
            if self._under_way is not None:
                # Whoever has a valid key does not wait for a newer one.
                return self._under_way if blocked else None
            if blocked and unknown_serial_no is None:
                due = True
            else:
                due = blocked or self._is_wanted or self._is_stale(now)
                due = due and self._may_try_again(now)
            if not due:
                return None
            self._tried_at, self._is_wanted = now, False
            self._under_way = Future()
            # A running future cannot be cancelled by one of those who wait for it.
            self._under_way.set_running_or_notify_cancel()
            return Refresh(self._install, partial(self._finish, self._under_way))

    def _is_blocked(self, now: float, unknown_serial_no: str | None) -> bool:
        """Whether the call cannot go on without a download."""
        if unknown_serial_no is None:
            return self.preferred_serial_no(now) is None
        return not self._trusted.keys.knows(unknown_serial_no, now)

    def _is_stale(self, now: float) -> bool:
        fetched_at = self._trusted.fetched_at
        if fetched_at is None:
            # In a changeover there may be no certificates any more: download once one is needed.
            return self._prefer_certificates
        return not 0 <= now - fetched_at < self._refresh_seconds

    def _may_try_again(self, now: float) -> bool:
        # If the clock was set back, the last try lies in the future: try again at once.
        return self._tried_at is None or not 0 <= now - self._tried_at < RETRY_SECONDS

    def _read_cache(self, now: float) -> None:
        """Trust what the last process kept; once, before anything else is known."""
        if self._unread is None:
            return
        kept = self._unread.load()
        if kept is not None:
            # A file that does not verify is ignored, and the next download replaces it.
            with contextlib.suppress(CertificateDownloadError):
                self._trusted = self._verified(kept, now, max_age=KEPT_SECONDS)
        self._unread = None

    def _verified(self, response: RawResponse, now: float, max_age: float) -> _Trusted:
        certificates = RSAVerifier(
            read_certificates(response.body, self.api_v3_key, now=now, issuers=self._issuers)
        )
        failure = None
        try:
            verify_response(response, certificates | self._trusted.keys, now=now, max_age=max_age)
        except VerificationError as error:
            failure = error.reason
        if failure is not None:
            raise CertificateDownloadError(f"its signature was not verified: {failure}")
        # The signed time, since a file from the disk was fetched before this process started.
        return self._trusting(
            certificates, fetched_at=float(response.headers["wechatpay-timestamp"])
        )

    def _trusting(self, certificates: RSAVerifier, *, fetched_at: float | None) -> _Trusted:
        first, second = certificates, self._public_keys
        if not self._prefer_certificates:
            first, second = second, first
        return _Trusted(first | second, fetched_at)

    def _install(self, response: RawResponse, now: float) -> CertificateDownloadError | None:
        try:
            require_success(response)
            trusted = self._verified(response, now, MAX_AGE_SECONDS)
        except CertificateDownloadError as error:
            return error
        self._trusted = trusted
        if self._cache is not None:
            self._cache.store(response)
        return None

    def _finish(self, download: Future[Outcome], outcome: Outcome) -> None:
        with self._lock:
            if self._under_way is not download:
                return  # begun before a fork: nobody here waits for it
            self._under_way = None
        download.set_result(outcome)

    def leave_download(self) -> None:
        """Forget the download of the parent process: its thread does not exist in a forked child.

        What is trusted stays.
        """
        self._lock = threading.Lock()
        self._under_way = self._tried_at = None

    def __repr__(self) -> str:
        trusted: _Trusted | None = vars(self).get("_trusted")  # none if refused while made
        return f"{type(self).__name__}({trusted and trusted.keys!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("it holds the APIv3 key: build it in each process, don't pickle it")


_everyone: weakref.WeakSet[PlatformCertificates] = weakref.WeakSet()


def leave_downloads() -> None:
    """Reset every object in a forked child."""
    for certificates in _everyone:
        certificates.leave_download()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows knows no fork
    os.register_at_fork(after_in_child=leave_downloads)


_MAX_BYTES = 4_000_000
_HEADERS = (*SIGNATURE_HEADERS, SIGNATURE_TYPE)


class DownloadCache:
    """One file for each merchant. Errors of the disk never reach the caller."""

    def __init__(self, directory: str | os.PathLike[str], mchid: str) -> None:
        self.path = Path(directory) / f"wechatpay-certificates-{mchid}.json"

    def load(self) -> RawResponse | None:
        """The kept response, to be verified anew; None if there is none."""
        try:
            if self.path.stat().st_size > _MAX_BYTES:
                return None
            kept = json.loads(self.path.read_bytes())
            headers = {str(name): str(value) for name, value in kept["headers"].items()}
            return RawResponse.of(200, headers, base64.b64decode(kept["body"]))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def store(self, response: RawResponse) -> None:
        """Keep a response. Readers see the old file or the new one, never a part."""
        kept = {
            "headers": {name: value for name in _HEADERS if (value := response.header(name))},
            "body": base64.b64encode(response.body).decode("ascii"),
        }
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp: a new file of its own, readable by this user only.
            descriptor, name = tempfile.mkstemp(dir=self.path.parent, suffix=".tmp")
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    json.dump(kept, file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
