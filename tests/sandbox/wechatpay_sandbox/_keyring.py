"""The platform's signing keys: which one signs a reply, and which certificates it offers."""

from __future__ import annotations

import datetime as dt
from collections.abc import MutableMapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from ._crypto import encrypt, unseal
from ._errors import Json, RefusedError
from ._keys import Certificate, Keys, load_certificate, make_certificate
from ._settings import Settings
from ._store import Store

_CHINA = dt.timezone(dt.timedelta(hours=8))
_ASSOCIATED_DATA = "certificate"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A certificate in the form a store can keep."""

    pem: str
    private_key: str
    current: bool


class Keyring:
    """Public key pair and platform certificates (平台证书) side by side.

    - `public_key`: the switch is confirmed. Everything is signed with the public-key pair, and
      there are no certificates to download.
    - `certificate`: the switch was never started. Always a certificate; asking for the public
      key by its id has no effect.
    - `changeover`: the request's `Wechatpay-Serial` decides; without it, a certificate.
    """

    def __init__(self, keys: Keys, store: Store) -> None:
        self._keys = keys
        self._kept: MutableMapping[str, _Kept] = store.table("certificates", _Kept)
        self._certificates = [
            load_certificate(kept.pem, kept.private_key) for kept in self._kept.values()
        ]
        current = [serial_no for serial_no, kept in self._kept.items() if kept.current]
        if current:
            self._current = self._find(current[0])
        else:
            self.reset()

    def reset(self) -> None:
        """Go back to the one certificate of the keys."""
        self._certificates = [self._keys.certificate]
        self._current = self._keys.certificate
        self._keep()

    def _keep(self) -> None:
        self._kept.clear()
        for certificate in self._certificates:
            self._kept[certificate.serial_no] = _Kept(
                certificate.pem, certificate.private_key_pem, certificate is self._current
            )

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates on offer, oldest first."""
        return tuple(self._certificates)

    def rotate(
        self, *, start: float, use: bool, serial_number: int | None, days: float
    ) -> Certificate:
        """Add a new certificate; the old ones stay until they are retired."""
        begin = dt.datetime.fromtimestamp(int(start), dt.UTC)
        new = make_certificate(
            "Tenpay.com sign",
            issuer=self._keys.root,
            serial_number=serial_number,
            start=begin,
            lifetime=dt.timedelta(days=days),
        )
        self._certificates.append(new)
        if use:
            self._current = new
        self._keep()
        return new

    def use(self, serial_no: str) -> None:
        """Sign with this certificate when the request asks for none."""
        self._current = self._find(serial_no)
        self._keep()

    def retire(self, serial_no: str) -> None:
        """Take a certificate out of service; the newest one left signs from now on."""
        gone = self._find(serial_no)
        if len(self._certificates) == 1:
            raise ValueError("the last platform certificate cannot be retired; use key_mode")
        self._certificates.remove(gone)
        if self._current is gone:
            self._current = self._certificates[-1]
        self._keep()

    def check_wanted(self, wanted: str | None, settings: Settings) -> None:
        """Refuse a `Wechatpay-Serial` that names no key of the platform, if it should."""
        known = {self._keys.public_key_id, *(c.serial_no for c in self._certificates)}
        if settings.unknown_wanted_serial == "refuse" and wanted and wanted not in known:
            raise RefusedError(
                "INVALID_REQUEST", "Wechatpay-Serial不存在", "The Wechatpay-Serial is unknown"
            )

    def signer(self, wanted: str | None, settings: Settings) -> tuple[str, rsa.RSAPrivateKey]:
        """Choose serial and key for a reply to a request that asked for `wanted`."""
        public = (self._keys.public_key_id, self._keys.public_key_pair)
        if settings.key_mode == "public_key":
            return public
        if settings.key_mode == "changeover" and wanted == self._keys.public_key_id:
            return public
        chosen = next((c for c in self._certificates if c.serial_no == wanted), self._current)
        return chosen.serial_no, chosen.private_key

    def decrypt(self, serial: str | None, sealed: str, settings: Settings) -> str:
        """Decrypt a field of a request with the key that its `Wechatpay-Serial` names.

        Raises:
            ValueError: It names no key of the platform, or the field is not encrypted with it.
        """
        keys: dict[str | None, rsa.RSAPrivateKey] = {}
        if settings.key_mode != "certificate":
            keys[self._keys.public_key_id] = self._keys.public_key_pair
        if settings.key_mode != "public_key":
            keys |= {one.serial_no: one.private_key for one in self._certificates}
        if serial not in keys:
            raise ValueError(f"Wechatpay-Serial {serial} names no key to encrypt with")
        return unseal(keys[serial], sealed)

    def download(self, nonces: list[str], settings: Settings) -> Json:
        """Write the body of `GET /v3/certificates`, one nonce for each certificate."""
        if settings.key_mode == "public_key":
            raise RefusedError(
                "RESOURCE_NOT_EXISTS",
                "无可用的平台证书，请使用微信支付公钥",
                "No platform certificate: use the public key",
            )
        return {
            "data": [
                self._entry(certificate, nonce)
                for certificate, nonce in zip(self._certificates, nonces, strict=True)
            ]
        }

    def _entry(self, certificate: Certificate, nonce: str) -> Json:
        # The page says integers; real replies carry RFC 3339 text and 40 hex characters.
        return {
            "serial_no": certificate.serial_no,
            "effective_time": _china(certificate.x509.not_valid_before_utc),
            "expire_time": _china(certificate.x509.not_valid_after_utc),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": _ASSOCIATED_DATA,
                "ciphertext": encrypt(
                    self._keys.api_v3_key.encode(),
                    nonce,
                    _ASSOCIATED_DATA,
                    certificate.pem.encode(),
                ),
            },
        }

    def _find(self, serial_no: str) -> Certificate:
        for certificate in self._certificates:
            if certificate.serial_no == serial_no:
                return certificate
        raise LookupError(f"no platform certificate has the serial {serial_no}")


def _china(moment: dt.datetime) -> str:
    return moment.astimezone(_CHINA).isoformat()
