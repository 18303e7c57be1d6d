"""A program that forks with a client in use; `test_fork.py` runs each scenario and reads the tally.

    python -m tests.soak.forking used httpx2

Every process writes one line: who it is, and what became of its calls.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import multiprocessing
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from wechatpay_auth import PlatformCertificates, RSASigner, WeChatPayAuth
from wechatpay_auth._certificate_download import Outcome, Refresh
from wechatpay_auth.httpx2 import WeChatPayAuth as WeChatPayAuth2
from wechatpay_ecommerce_refund import Client, Retry
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

AnyAuth: TypeAlias = Any
AUTHS: Mapping[str, AnyAuth] = {"httpx": WeChatPayAuth, "httpx2": WeChatPayAuth2}
BODY = CreateReturnAdvanceRequest(sub_mchid=os.environ["WECHATPAY_SUB_MCHID"])
ONCE = Retry(retries=0)
"""Nothing is repeated: a response that went to the wrong process must show."""
BOUND = 30
"""Seconds after which a child that waits for ever is ended, and shows where it waits."""
AUTH = AUTHS[sys.argv[2]]


def client_of(auth: AnyAuth) -> Client:
    return Client(auth, base_url=os.environ["WECHATPAY_BASE_URL"], retries=ONCE)


def kind(amount: int, number: int) -> str:
    return "own response" if amount == number + 1 else "REPLY TO ANOTHER CALL"


def tally(client: Client, numbers: Iterable[int]) -> Counter[str]:
    """Create the numbered returns; what each comes to is counted."""
    counted: Counter[str] = Counter()
    for number in numbers:
        try:
            model = create_return_advance.sync(f"{number:032d}", client=client, body=BODY)
            counted[kind(model.return_amount, number)] += 1
        except Exception as error:  # noqa: BLE001 - counted
            counted[repr(error)] += 1
    return counted


async def atally(client: Client, numbers: Iterable[int]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for number in numbers:
        try:
            model = await create_return_advance.asyncio(f"{number:032d}", client=client, body=BODY)
            counted[kind(model.return_amount, number)] += 1
        except Exception as error:  # noqa: BLE001 - counted
            counted[repr(error)] += 1
    return counted


def tell(who: str, counted: Counter[str]) -> None:
    # One write below the pipe's limit, so that lines of several processes never mix.
    os.write(1, json.dumps({"who": who, "calls": counted}).encode() + b"\n")


def fork(work: Callable[[], Counter[str]]) -> int:
    """Fork a child that does the work and ends; return its number."""
    child = os.fork()
    if child:
        return child
    faulthandler.dump_traceback_later(BOUND, exit=True)
    tell("child", work())
    os._exit(0)


def reap(children: Iterable[int]) -> None:
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            tell("child", Counter({f"ended with status {status}": 1}))


def used() -> None:
    """A client that has an open connection, then both processes at once."""
    with client_of(AUTH.from_env()) as client:
        tell("before", tally(client, [0]))
        child = fork(lambda: tally(client, range(100, 150)))
        tell("parent", tally(client, range(200, 250)))
        reap([child])


def used_in_a_loop() -> None:
    """The same with an event loop: the child begins one of its own."""
    client = client_of(AUTH.from_env())

    async def in_child() -> Counter[str]:
        async with client:
            return await atally(client, range(100, 150))

    async def in_parent() -> None:
        async with client:
            tell("before", await atally(client, [0]))
            # Started by another thread, as an event loop must not run inside another.
            child = await asyncio.to_thread(fork, lambda: asyncio.run(in_child()))
            tell("parent", await atally(client, range(200, 250)))
            await asyncio.to_thread(reap, [child])

    asyncio.run(in_parent())


def busy() -> None:
    """Threads of the parent call all the time while children are forked and call as well.

    Each has its connection before the first fork: a TLS handshake under way in another thread may
    hold a lock of OpenSSL, which nobody would release in the child.
    """
    with client_of(AUTH.from_env()) as client, calling_all_the_time(client):
        for first in range(100, 1000, 100):
            reap([fork(lambda first=first: tally(client, range(first, first + 5)))])  # type: ignore[misc]


def busy_and_spawning() -> None:
    """The same with children that are spawned; each makes a client of its own, at any time."""
    spawn = multiprocessing.get_context("spawn")
    with client_of(AUTH.from_env()) as client, calling_all_the_time(client):
        children = [spawn.Process(target=spawned, args=(first,)) for first in (100, 200)]
        for child in children:
            child.start()
        for child in children:
            child.join()


def spawned(first: int) -> None:
    with client_of(AUTH.from_env()) as client:
        tell("child", tally(client, range(first, first + 5)))


@contextmanager
def calling_all_the_time(client: Client) -> Generator[None]:
    """Let four threads call, each over a connection that it has from the start."""
    done = threading.Event()
    connected = threading.Barrier(5)
    totals: list[Counter[str]] = []

    def work(first: int) -> None:
        counted = tally(client, [first])
        connected.wait()
        while not done.is_set():
            counted += tally(client, [first])
        totals.append(counted)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    connected.wait()
    yield
    done.set()
    for thread in threads:
        thread.join()
    tell("parent", Counter({name: 1 for total in totals for name in total}))


def inside_the_first_use() -> None:
    """A thread is about to make the httpx client when the child is forked."""
    fifo, authorities = Path(os.environ["FIFO"]), Path(os.environ["SSL_CERT_FILE"])
    os.mkfifo(fifo)
    client = client_of(AUTH.from_env())
    os.environ["SSL_CERT_FILE"] = str(fifo)  # httpx reads it when it makes a TLS context
    inside, forking = threading.Event(), threading.Event()
    os.register_at_fork(before=forking.set)

    def let_go_on() -> None:
        with fifo.open("w") as writer:  # opens once there is a reader: the thread is inside
            inside.set()
            forking.wait()
            writer.write(authorities.read_text())

    threads = [threading.Thread(target=work) for work in (client.get_httpx_client, let_go_on)]
    for thread in threads:
        thread.start()
    inside.wait()
    os.environ["SSL_CERT_FILE"] = str(authorities)
    reap([fork(lambda: tally(client, range(100, 105)))])
    for thread in threads:
        thread.join()
    tell("parent", tally(client, range(200, 205)))
    client.close()


class Watched(PlatformCertificates):
    """Tells when a download has begun."""

    begun = threading.Event()

    def begin_refresh(
        self, now: float, *, unknown_serial_no: str | None = None
    ) -> Refresh | Future[Outcome] | None:
        task = super().begin_refresh(now, unknown_serial_no=unknown_serial_no)
        if task is not None:
            self.begun.set()
        return task


def during_a_download() -> None:
    """A thread downloads certificates while the child is forked: nobody there will finish it."""
    mchid = os.environ["WECHATPAY_MCHID"]
    watched = Watched(mchid, api_v3_key=os.environ["WECHATPAY_API_V3_KEY"], wait_seconds=1)
    signer = RSASigner.from_pem(
        os.environ["WECHATPAY_PRIVATE_KEY"], serial_no=os.environ["WECHATPAY_SERIAL_NO"]
    )
    auth = AUTH(mchid, signer=signer, verifier=watched)
    with client_of(auth) as client:
        thread = threading.Thread(target=tell_tally, args=("parent", client, range(200, 205)))
        thread.start()
        watched.begun.wait()
        reap([fork(lambda: tally(client, range(100, 105)))])
        thread.join()


def tell_tally(who: str, client: Client, numbers: Iterable[int]) -> None:
    tell(who, tally(client, numbers))


_shared: list[Client] = []


def _task(first: int) -> None:
    tell("child", tally(_shared[0], range(first, first + 10)))


def preloaded() -> None:
    """As servers do that load the application once and fork workers of it."""
    with client_of(AUTH.from_env()) as client:
        _shared.append(client)
        tell("before", tally(client, [0]))
        with multiprocessing.get_context("fork").Pool(2) as pool:
            waiting = pool.map_async(_task, range(100, 500, 100), chunksize=1)
            tell("parent", tally(client, range(500, 520)))
            waiting.get(BOUND)
            pool.close()
            pool.join()


SCENARIOS: Mapping[str, Callable[[], None]] = {
    scenario.__name__: scenario
    for scenario in (
        used,
        used_in_a_loop,
        busy,
        busy_and_spawning,
        inside_the_first_use,
        during_a_download,
        preloaded,
    )
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]()
