"""Settings from environment variables.

The values stay inside `Settings`, whose repr shows names only, so that no frame of this package
holds a secret under a name of its own; see `_key_forms` for the reason.
"""

import os
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import cast, overload

from ._api_v3_key import APIv3Key
from ._certificate_store import PlatformCertificates
from ._errors import ConfigurationError, InvalidSignatureError
from ._key_forms import QUOTES, Problem, content_of, need, unquoted
from ._signer import RSASigner, checked_serial
from ._trusted_keys import RSAVerifier, Verifier

MCHID = "WECHATPAY_MCHID"
SERIAL_NO = "WECHATPAY_SERIAL_NO"
PRIVATE_KEY = "WECHATPAY_PRIVATE_KEY"
PUBLIC_KEY_ID = "WECHATPAY_PUBLIC_KEY_ID"
PUBLIC_KEY = "WECHATPAY_PUBLIC_KEY"
CERTIFICATE = "WECHATPAY_CERTIFICATE"
API_V3_KEY = "WECHATPAY_API_V3_KEY"
CERTIFICATE_CACHE = "WECHATPAY_CERTIFICATE_CACHE"

PRIVATE_KEY_PASSWORD = "WECHATPAY_PRIVATE_KEY_PASSWORD"  # noqa: S105 - the name of a variable
BASE_URL = "WECHATPAY_BASE_URL"
BACKUP_URL = "WECHATPAY_BACKUP_URL"

CONSOLE = "the merchant console (API security)"
_PREFIX = "WECHATPAY_"
KNOWN = frozenset(
    {
        *(MCHID, SERIAL_NO, PRIVATE_KEY, PUBLIC_KEY_ID, PUBLIC_KEY, CERTIFICATE, API_V3_KEY),
        *(CERTIFICATE_CACHE, PRIVATE_KEY_PASSWORD, BASE_URL, BACKUP_URL),
    }
)
_OF_OTHERS = frozenset({"WECHATPAY_SUB_MCHID", "WECHATPAY_REFUND_ID"})
"""The sandbox and our examples use them."""

_WAYS = {
    MCHID: "set it to the number of the merchant that sends the requests",
    PRIVATE_KEY: "set it to the path of apiclient_key.pem, or to the text in it",
    SERIAL_NO: "set it to the serial number of apiclient_cert.pem, or set WECHATPAY_CERTIFICATE to "
    "the path of that file",
    PUBLIC_KEY_ID: "set it to the id that the merchant console shows beside WeChat Pay's public "
    "key, PUB_KEY_ID_…",
    PUBLIC_KEY: "set it to the path of pub_key.pem, from the merchant console, or to its text",
}

_PATH = re.compile(r"[/~.]|[A-Za-z]:[\\/]")

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


OWN_SERIAL_NO = Problem(
    "is the merchant's own serial number; needed is the id of WeChat Pay's public key",
    f"take the id that {CONSOLE} shows beside pub_key.pem, PUB_KEY_ID_…",
)
OWN_PUBLIC_KEY = Problem(
    "is the merchant's own public key; needed is WeChat Pay's", f"take pub_key.pem from {CONSOLE}"
)


class Settings:
    """The variables that are set and not blank, without quotes and spaces around them."""

    def __init__(self, environ: Mapping[str, object] | None = None) -> None:
        source: Mapping[str, object] = os.environ if environ is None else environ
        if not isinstance(cast(object, source), Mapping):
            found = type(source).__name__
            del source, environ  # it may hold a key
            raise ConfigurationError(
                f"environ: expected a mapping such as os.environ, found {found}; read a file first"
            )
        given = {
            name: value
            for name, value in source.items()
            if name.startswith(_PREFIX) and value is not None
        }
        self._values = {name: text for name, value in given.items() if (text := _text(value))}
        self.blank = frozenset(given) - frozenset(self._values)
        # What YAML makes of a value without quotes may have lost digits.
        self._odd = {
            name: type(value).__name__
            for name, value in given.items()
            if isinstance(value, bool) or not isinstance(value, str | int | PathLike)
        }

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._values))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"

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

    def misspelt(self) -> dict[str, str]:
        """Variables that nothing reads, by the one that they were probably meant for."""
        unset = {name.removeprefix(_PREFIX): name for name in KNOWN if name not in self}
        found: dict[str, str] = {}
        for other in self:
            if other not in KNOWN and other not in _OF_OTHERS:
                near = get_close_matches(other.removeprefix(_PREFIX), unset, n=1, cutoff=0.8)
                found |= {unset[name]: other for name in near}
        return found

    def problems(self) -> Iterator[tuple[str, Problem]]:
        """What is wrong before anything is loaded: the variable, and the problem with it."""
        for name, kind in self._odd.items():
            yield name, Problem(f"expected text, found {kind}", QUOTES)
        misspelt = self.misspelt()
        for name in self.missing():
            if name in misspelt:
                other = misspelt[name]
                text = f"is not set, but {other} is, which nothing reads"
                yield name, Problem(text, f"rename {other} to {name}")
            else:
                text = "is empty" if name in self.blank else "is not set"
                yield name, Problem(text, _WAYS[name])

    def require_all(self) -> None:
        """Raise unless all that is needed is set.

        Raises:
            ConfigurationError: It names every missing variable.
        """
        for name, kind in self._odd.items():
            raise ConfigurationError(f"{name}: expected text, found {kind}; {QUOTES}")
        missing = self.missing()
        if not missing:
            return
        text = f"not set in the environment: {', '.join(missing)}"
        for name, other in self.misspelt().items():
            text += f"; {other} is set, which nothing reads: rename it to {name}"
        raise ConfigurationError(text)


def _text(value: object) -> str:
    if isinstance(value, PathLike):
        value = os.fspath(cast("PathLike[str]", value))
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return unquoted(str(value))


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
        password=settings.get(PRIVATE_KEY_PASSWORD),
    )


def api_v3_key_of(settings: Settings) -> APIv3Key | Problem:
    """The APIv3 key, from the variable or from the file that it names, as secrets are mounted.

    The merchant console takes letters and digits alone, so that a path is never mistaken for a key.
    """
    given = settings[API_V3_KEY].removeprefix("file://")
    if given.isascii() and given.isalnum():
        return APIv3Key.load(given)
    # Anything else may be a key that was copied badly, so it is not shown.
    named = given if _PATH.match(given) else "of that name"
    content = content_of(Path(given), "key", named)
    if isinstance(content, bytes):
        return APIv3Key.load(unquoted(content.decode("utf-8-sig", "replace")))
    way_on = "give the 32 letters and digits of the key, or the path of a file with nothing else"
    shown = named != "of that name" and content.way_on
    return Problem(f"expected the APIv3 key, {content.text}", shown or way_on)


def _require_the_platform_s(public_keys: RSAVerifier, signer: RSASigner) -> None:
    """Refuse the merchant's own serial number and key: no response would verify."""
    (key_id,) = public_keys.serial_numbers
    if checked_serial(key_id) == signer.serial_no:
        raise ConfigurationError(f"{PUBLIC_KEY_ID}: {OWN_SERIAL_NO}")
    try:
        public_keys.verify(b"", serial_no=key_id, signature=signer.sign(b""), now=0)
    except InvalidSignatureError:
        return
    raise ConfigurationError(f"{PUBLIC_KEY}: {OWN_PUBLIC_KEY}")


def verifier_of(settings: Settings, signer: RSASigner) -> Verifier:
    """The verifier that the settings describe: public key, platform certificates, or both."""
    public_keys = None
    if PUBLIC_KEY in settings:
        public_keys = RSAVerifier.from_public_key(settings[PUBLIC_KEY_ID], settings[PUBLIC_KEY])
        _require_the_platform_s(public_keys, signer)
        if API_V3_KEY not in settings:
            return public_keys
    return PlatformCertificates(
        settings[MCHID],
        api_v3_key=need(api_v3_key_of(settings), API_V3_KEY),
        public_keys=public_keys,
        cache_dir=settings.get(CERTIFICATE_CACHE),
    )
