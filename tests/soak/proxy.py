"""A proxy between client and platform that breaks what TCP and HTTP promise, as a test planned it.

    with FaultProxy(server.port) as proxy:
        proxy.plan(reset(Point.HEAD), None)  # the first response breaks off, the second arrives
        Client(auth, base_url=proxy.base_url)

One fault, or none, is taken for each turn, that is a request and its response: first from the plan,
then from `choose`, which is given the number of the turn. For the first turn of a connection this
happens when the connection is accepted, later when the next request has arrived.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self, TypeVar

from tests.soak.wire_faults import Action, Fault, Point, Turn

T = TypeVar("T")

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BODILESS = re.compile(rb"HTTP/1\.1 (204|304) ")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_MAX_HEAD = 1 << 20
_GOODBYE = 0.05


_NO_FAULT = Fault(Point.END, Action.GO_ON)


class _HangUp(Exception):  # noqa: N818 - not an error
    """The connection ends here."""


class _Connection:
    """A client's connection, and the one to the platform that belongs to it."""

    def __init__(
        self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter, target_port: int
    ) -> None:
        self.client = client
        self.turn: Turn | None = None
        self._to_client = to_client
        self._target_port = target_port
        self._platform: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def platform(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._platform is None:
            self._platform = await asyncio.open_connection(
                "127.0.0.1", self._target_port, limit=_MAX_HEAD
            )
        return self._platform

    async def ask_platform(self, request: bytes) -> tuple[bytes, bytes]:
        """Forward a request; returns headers and body of the response."""
        platform, to_platform = await self.platform()
        to_platform.write(request)
        head = body = b""
        try:
            head = await platform.readuntil(b"\r\n\r\n")
            if not _BODILESS.match(head):
                body = await platform.readexactly(_length(head))
        except asyncio.IncompleteReadError as error:
            await self.send(head + error.partial)  # the platform itself broke off
            raise _HangUp from None
        return head, body

    async def send(self, data: bytes) -> None:
        self._to_client.write(data)
        await self._to_client.drain()

    async def act(self, fault: Fault, rest: bytes) -> None:
        """Carry the fault out; what is left of the response comes slowly or not at all."""
        if fault.action is Action.GO_ON:
            await self.send(rest)
            return
        if fault.action is Action.DRIP:
            for start in range(0, len(rest), fault.size):
                await asyncio.sleep(fault.seconds)
                await self.send(rest[start : start + fault.size])
            return
        if fault.action is Action.STALL:
            while await self.client.read(_MAX_HEAD):
                pass
        if fault.action is Action.RESET:
            sock: socket.socket = self._to_client.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._to_client.transport.abort()
        raise _HangUp

    async def end(self) -> None:
        writers = [self._to_client, *([self._platform[1]] if self._platform else [])]
        for writer in writers:
            writer.close()
        for writer in writers:
            with suppress(OSError):
                await writer.wait_closed()
        if self.turn:
            self.turn.ended.set()


class FaultProxy:
    """Listens on a loopback port while its block runs.

    Args:
        target_port: Where the platform listens.
        tls: Speak TLS with the client (and none with the platform), so that faults within a
            response are possible there, too. The first turn begins after the handshake.
        opaque: Relay bytes without reading them, for TLS between client and platform. A fault is
            taken at each piece the client sends, and holds for all that the platform sends from
            there on, wherever its point is.
        choose: Gives a turn's fault when the plan is empty.
    """

    def __init__(
        self,
        target_port: int,
        *,
        tls: ssl.SSLContext | None = None,
        opaque: bool = False,
        choose: Callable[[int], Fault | None] = lambda _: None,
    ) -> None:
        self.turns: list[Turn] = []
        self._begun = threading.Condition()
        self._target_port = target_port
        self._tls = tls
        self._relay = self._relay_bytes if opaque else self._relay_turns
        self._scheme = "https" if tls or opaque else "http"
        self._choose = choose
        self._plan: deque[Fault | None] = deque()
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy")
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def plan(self, *faults: Fault | None) -> None:
        """Give these to the next turns; None for a turn that goes well."""
        self._plan.extend(faults)

    def settle(self, turns: int = 0) -> None:
        """Wait until everything that was planned for the requests so far has happened.

        A call may end before its request is here; then say how many turns there have to be.
        """
        with self._begun:
            assert self._begun.wait_for(lambda: len(self.turns) >= turns, 10), self.turns
        for turn in list(self.turns):
            assert turn.ended.wait(10), turn

    @contextmanager
    def refused(self) -> Generator[None]:
        """Refuse new connections while the block runs; those that there are go on."""
        self._server.close()
        self._do(asyncio.sleep(0))
        yield
        self._do(self._listen())

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._do(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accepted,
            "127.0.0.1",
            self.port,
            backlog=512,
            limit=_MAX_HEAD,
            ssl=self._tls,
            # A client that has been told goodbye may keep its side open for ever.
            ssl_shutdown_timeout=_GOODBYE if self._tls else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut_down(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        in_handshakes = tasks - self._connections
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if in_handshakes:
            await asyncio.sleep(2 * _GOODBYE)  # asyncio closes them, but waits for nobody

    async def _accepted(self, client: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        connection = _Connection(client, to, self._target_port)
        # Whoever hangs up, ends it: that is what this proxy is for.
        try:
            with suppress(OSError, EOFError, _HangUp, asyncio.CancelledError):
                await self._relay(connection)
        finally:
            await connection.end()
            self._connections.discard(task)

    def _next_turn(self, connection: _Connection) -> tuple[Turn, Fault]:
        number = len(self.turns)
        fault = self._plan.popleft() if self._plan else self._choose(number)
        turn = connection.turn = Turn(number, fault)
        with self._begun:
            self.turns.append(turn)
            self._begun.notify_all()
        return turn, fault or _NO_FAULT

    async def _relay_turns(self, connection: _Connection) -> None:
        request = b""
        while True:
            turn, fault = self._next_turn(connection)
            if fault.point is Point.ACCEPT:
                await connection.act(fault, b"")
            request = request or await _request(connection.client)
            turn.request_line = request.partition(b"\r\n")[0]
            if fault.point is Point.REQUEST:
                await connection.act(fault, b"")
            head = body = b""
            if fault.forward:
                head, body = await connection.ask_platform(request)
                turn.answered = True
            if fault.rewrite:
                for piece in fault.rewrite(head + body):
                    await connection.send(piece)
                head = body = b""
            response = head + body
            cut = {
                Point.FORWARDED: 0,
                Point.HEAD: len(head),
                Point.BODY: len(head) + len(body) // 2,
            }.get(fault.point, len(response))
            await connection.send(response[:cut])
            idle = fault.seconds if fault.action is Action.CLOSE else None
            if not idle:
                await connection.act(fault, response[cut:])
                turn.ended.set()
            try:
                request = await asyncio.wait_for(_request(connection.client), idle)
            except TimeoutError:
                await connection.send(fault.last_words)
                raise
            turn.ended.set()

    async def _relay_bytes(self, connection: _Connection) -> None:
        _, fault = self._next_turn(connection)
        if fault.point is Point.ACCEPT:
            await connection.act(fault, b"")
        platform, to_platform = await connection.platform()

        async def back() -> None:
            while data := await platform.read(_MAX_HEAD):
                for piece in fault.rewrite(data) if fault.rewrite else (data,):
                    await connection.act(fault, piece)

        answering = asyncio.create_task(back())
        asking = asyncio.create_task(connection.client.read(_MAX_HEAD))
        try:
            while True:
                await asyncio.wait((answering, asking), return_when=asyncio.FIRST_COMPLETED)
                if answering.done() or not (data := await asking):
                    break
                to_platform.write(data)
                asking = asyncio.create_task(connection.client.read(_MAX_HEAD))
                _, planned = self._next_turn(connection)
                fault = fault if planned is _NO_FAULT else planned
        finally:
            for task in (answering, asking):
                task.cancel()
            await asyncio.gather(answering, asking, return_exceptions=True)


async def _request(client: asyncio.StreamReader) -> bytes:
    head = await client.readuntil(b"\r\n\r\n")
    return head + await client.readexactly(_length(head))


def _length(head: bytes) -> int:
    length = _LENGTH.search(head)
    return int(length[1]) if length else 0
