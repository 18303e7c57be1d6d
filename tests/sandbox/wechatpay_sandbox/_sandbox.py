"""What the pytest fixture gives: a platform, reached without sockets or served on demand."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from ._environment import environment
from ._keys import Keys
from ._platform import Platform
from ._server import serve
from ._transport import SandboxTransport


class Sandbox:
    """A platform of one test; `with` ends the server, if one was started."""

    def __init__(self, keys: Keys, directory: Path, *, spec: Path | str | None = None) -> None:
        self.platform = Platform(keys, spec=spec)
        self.transport = SandboxTransport(self.platform)
        """For `httpx.Client` and `httpx.AsyncClient`: no sockets, whatever the host."""
        self._directory = directory
        self._stack = ExitStack()

    @property
    def keys(self) -> Keys:
        """Keys and numbers of both sides."""
        return self.platform.keys

    @cached_property
    def base_url(self) -> str:
        """Where the platform is served on a real socket, from the first look at it."""
        return self._stack.enter_context(serve(self.platform)).base_url

    @cached_property
    def backup_url(self) -> str:
        """A second host of the same platform."""
        return self._stack.enter_context(serve(self.platform)).base_url

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables a program needs to call the served platform."""
        return environment(
            self.keys,
            self._directory,
            self.base_url,
            key_mode=self.platform.settings.key_mode,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
