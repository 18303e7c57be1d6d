"""Settings from environment variables.

The values stay inside `Settings`, whose repr shows names only, so that no frame of this package
holds a secret under a name of its own; see `_pem` for the reason.
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from ._errors import ConfigurationError
from ._signer import RSASigner
from ._verifier import RSAVerifier

MCHID = "WECHATPAY_MCHID"
SERIAL_NO = "WECHATPAY_SERIAL_NO"
PRIVATE_KEY = "WECHATPAY_PRIVATE_KEY"
PUBLIC_KEY_ID = "WECHATPAY_PUBLIC_KEY_ID"
PUBLIC_KEY = "WECHATPAY_PUBLIC_KEY"

REQUIRED = (MCHID, SERIAL_NO, PRIVATE_KEY, PUBLIC_KEY_ID, PUBLIC_KEY)


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

    def require(self, *names: str) -> None:
        """Raise unless all of them are set.

        Raises:
            ConfigurationError: It names every missing one.
        """
        missing = [name for name in names if name not in self]
        if missing:
            raise ConfigurationError(f"not set in the environment: {', '.join(missing)}")

    @contextmanager
    def named(self, **variables: str) -> Generator[None]:
        """Put the variable's name in place of the parameter's at the head of an error."""
        try:
            yield
        except ConfigurationError as error:
            parameter, _, rest = str(error).partition(": ")
            text = f"{variables[parameter.replace(' ', '_')]}: {rest}"
        else:
            return
        raise ConfigurationError(text)


def signer_of(settings: Settings) -> RSASigner:
    """The signer that the settings describe."""
    with settings.named(private_key=PRIVATE_KEY, serial_no=SERIAL_NO):
        return RSASigner.from_pem(settings[PRIVATE_KEY], serial_no=settings[SERIAL_NO])


def verifier_of(settings: Settings) -> RSAVerifier:
    """The verifier that the settings describe."""
    with settings.named(public_key=PUBLIC_KEY, public_key_id=PUBLIC_KEY_ID):
        return RSAVerifier.from_public_key(settings[PUBLIC_KEY_ID].strip(), settings[PUBLIC_KEY])
