"""Settings from environment variables.

The values stay inside `Settings`, whose repr shows names only, so that no frame of this package
holds a secret under a name of its own; see `_key_forms` for the reason.
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import overload

from ._certificate_store import PlatformCertificates
from ._errors import ConfigurationError
from ._signer import RSASigner
from ._trusted_keys import RSAVerifier, Verifier

MCHID = "WECHATPAY_MCHID"
SERIAL_NO = "WECHATPAY_SERIAL_NO"
PRIVATE_KEY = "WECHATPAY_PRIVATE_KEY"
PUBLIC_KEY_ID = "WECHATPAY_PUBLIC_KEY_ID"
PUBLIC_KEY = "WECHATPAY_PUBLIC_KEY"
CERTIFICATE = "WECHATPAY_CERTIFICATE"
API_V3_KEY = "WECHATPAY_API_V3_KEY"
CERTIFICATE_CACHE = "WECHATPAY_CERTIFICATE_CACHE"

HEADS = {
    "mchid": MCHID,
    "private key": PRIVATE_KEY,
    "serial_no": SERIAL_NO,
    "certificate": CERTIFICATE,
    "public key": PUBLIC_KEY,
    "public_key_id": PUBLIC_KEY_ID,
    "api_v3_key": API_V3_KEY,
}
"""The word at the head of an error's text, and the variable behind it."""


class Settings:
    """The variables that are set and not blank."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        source = os.environ if environ is None else environ
        self._values = {
            name: value
            for name, value in source.items()
            if name.startswith("WECHATPAY_") and value.strip()
        }

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(self._values))})"

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The variable's value, or the default if it is not set."""
        return self._values.get(name, default)

    def missing(self) -> list[str]:
        """The variables that are needed and not set."""
        needed = [MCHID, PRIVATE_KEY]
        if CERTIFICATE not in self:
            needed.append(SERIAL_NO)
        if API_V3_KEY not in self or PUBLIC_KEY_ID in self or PUBLIC_KEY in self:
            needed += [PUBLIC_KEY_ID, PUBLIC_KEY]
        return [name for name in needed if name not in self]

    def require_all(self) -> None:
        """Raise unless all that is needed is set.

        Raises:
            ConfigurationError: It names every missing variable.
        """
        missing = self.missing()
        if missing:
            raise ConfigurationError(f"not set in the environment: {', '.join(missing)}")


@contextmanager
def named_by_variable() -> Generator[None]:
    """Put the variable's name in place of the parameter's at the head of an error."""
    try:
        yield
    except ConfigurationError as error:
        parameter, _, rest = str(error).partition(": ")
        text = f"{HEADS.get(parameter, parameter)}: {rest}"
    else:
        return
    raise ConfigurationError(text)


def signer_of(settings: Settings) -> RSASigner:
    """The signer that the settings describe."""
    return RSASigner.from_pem(
        settings[PRIVATE_KEY],
        serial_no=settings.get(SERIAL_NO),
        certificate=settings.get(CERTIFICATE),
    )


def verifier_of(settings: Settings) -> Verifier:
    """The verifier that the settings describe: public key, platform certificates, or both."""
    public_keys = None
    if PUBLIC_KEY in settings:
        public_keys = RSAVerifier.from_public_key(
            settings[PUBLIC_KEY_ID].strip(), settings[PUBLIC_KEY]
        )
        if API_V3_KEY not in settings:
            return public_keys
    return PlatformCertificates(
        settings[MCHID].strip(),
        api_v3_key=settings[API_V3_KEY].strip(),
        public_keys=public_keys,
        cache_dir=settings.get(CERTIFICATE_CACHE),
    )
