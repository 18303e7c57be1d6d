"""Redis and PostgreSQL of a test: started on loopback in a temporary folder, and stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.tools import tool

_START_SECONDS = 20.0


@contextmanager
def run_redis() -> Generator[str]:
    """Run Redis, which keeps nothing on disk, and give its URL."""
    port = free_port()
    options = {"port": str(port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
    command = [tool("redis-server", ci_has_it=False)]
    for name, value in options.items():
        command += [f"--{name}", value]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def ask_redis(url: str, command: str) -> str:
    """Give Redis a command without arguments."""
    host, _, port = url.removeprefix("redis://").removesuffix("/0").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(100).decode().strip()


def _wait_for(url: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            ask_redis(url, "PING")
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL with one database."""

    url: str
    _control: tuple[str, ...]
    _options: str

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._run("-w", "-o", self._options, "start")

    def restart(self) -> None:
        """Break all connections off, as a crash does, and start it again."""
        self._run("-w", "-m", "immediate", "-o", self._options, "restart")

    def stop(self) -> None:
        """Stop it."""
        self._run("-m", "immediate", "stop")

    def _run(self, *arguments: str) -> None:
        subprocess.run([*self._control, *arguments], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def run_postgres(*, durable: bool = False) -> Generator[Postgres]:
    """Run PostgreSQL with a new cluster, as the user `postgres` if we are root.

    Unless it is durable, it would lose data if this machine failed; not if the database does.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = tool(str(programs[-1] / "initdb") if programs else "initdb", ci_has_it=False)
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    user: tuple[str, ...] = ()
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        user = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    data, port = str(folder / "data"), free_port()
    subprocess.run(
        [*user, initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    control = (*user, str(Path(initdb).with_name("pg_ctl")), "-D", data, "-l", f"{folder}/log")
    running = Postgres(
        f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres",
        control,
        f"-p {port} -h 127.0.0.1 -k {folder}{'' if durable else ' -F'}",
    )
    try:
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """Return a port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
