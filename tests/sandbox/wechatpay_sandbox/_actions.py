"""What can be asked of a platform by name, with JSON arguments: its methods, settings and dials.

The control API and scenario files both speak this language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import cast

import yaml

from ._decode import Arguments, as_object, call
from ._errors import Json
from ._ledger import Refund
from ._notices import post
from ._platform import Platform
from ._settings import Settings
from .faults import DIALS, Fault


class Actions:
    """The actions on one platform, each under the name of the method it calls."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._actions: dict[str, Callable[[Arguments], object]] = {
            "add_refund": lambda given: platform.add_refund(call(Refund, given)),
            "next": lambda given: call(platform.next, given, {Fault: self._fault}),
            "notify": lambda given: call(self._notify, given, {Fault: self._fault}),
            "rotate_certificate": lambda given: call(platform.rotate_certificate, given).serial_no,
            "settings": self._settings,
        }
        for method in (
            platform.add_sub_merchant,
            platform.advance,
            platform.clear,
            platform.reset,
            platform.retire_certificate,
            platform.top_up,
            platform.use_certificate,
        ):
            self._actions[method.__name__] = partial(call, method)

    @property
    def names(self) -> list[str]:
        """The names of all actions."""
        return sorted(self._actions)

    def run(self, name: str, given: object) -> object:
        """Run an action; `KeyError` if there is none, `ValueError` for wrong arguments."""
        action = self._actions[name]
        try:
            return action(as_object(given))
        except LookupError as error:
            raise ValueError(error.args[0]) from error

    def run_file(self, path: Path) -> None:
        """Run a scenario file, YAML or JSON: a list of actions, each with its arguments."""
        try:
            steps: object = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, ValueError) as error:
            raise ValueError(f"{path} is neither YAML nor JSON: {error}") from error
        if not isinstance(steps, list):
            raise ValueError(f"{path}: not a list of actions")  # noqa: TRY004  # of input
        for number, step in enumerate(cast("list[object]", steps), 1):
            where = f"{path}: action {number}"
            try:
                ((name, given),) = as_object(step).items()
            except ValueError as error:
                raise ValueError(f"{where}: not one name with its arguments") from error
            if name not in self._actions:
                raise ValueError(f"{where}: {name!r} is not one of {', '.join(self.names)}")
            try:
                self.run(name, {} if given is None else given)
            except ValueError as error:
                raise ValueError(f"{where}: {name}: {error}") from error

    def _settings(self, given: Arguments) -> object:
        self._platform.settings = call(Settings, asdict(self._platform.settings) | given)
        return asdict(self._platform.settings)

    def _notify(
        self,
        *faults: Fault,
        event: str,
        url: str,
        fields: dict[str, object] | None = None,
        resource: dict[str, object] | None = None,
        original_type: str | None = None,
    ) -> object:
        """Send a notice to a URL, and give the status and body of the response."""
        notice = self._platform.notice(
            event,
            *faults,
            fields=cast("dict[str, Json] | None", fields),
            resource=cast("dict[str, Json] | None", resource),
            original_type=original_type,
        )
        return post(notice, url)

    def _fault(self, value: object) -> Fault:
        given = dict(as_object(value))
        name = str(given.pop("dial", None))
        dial = DIALS.get(name)
        if dial is None:
            raise ValueError(f"dial: not one of {', '.join(DIALS)}")
        row = self._platform.contract.error_codes.get(str(given.get("code")))
        if name == "error" and row is not None:
            given.setdefault("status", row.status)
        return call(dial, given)
