"""The platform: requests in, replies out, with dials and a record of both.

No I/O happens here; clock and nonces are given. Any number of servers and threads may share one.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable, Generator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import format_datetime
from pathlib import Path

from ._checks import SCHEME, check_authorization, check_headers
from ._contract import Contract, contract
from ._crypto import reply_message, seal, sign
from ._errors import NUMBER_UNKNOWN, Json, RefusedError, error_reply, json_reply
from ._http import BODILESS, Headers, Reply, Request
from ._keyring import Keyring
from ._keys import Certificate, Keys
from ._ledger import Ledger, Refund
from ._notices import SentNotice, envelope
from ._operations import Call, Given, Reader, UnknownPathError, WrongMethodError, route
from ._plan import Plan
from ._responses import Downloads, base_url, binary, documented
from ._scenarios import REFUNDS, SUB_MERCHANTS, TROUBLES
from ._settings import Settings
from ._store import MemoryStore, Store
from .faults import Fault, Stage

_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line of the platform's record."""

    request: Request
    reply: Reply
    """What was answered, faults included."""
    state_changed: bool
    """Whether an order was opened or settled by this request."""
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Condition:
    """What the platform keeps beside its books and its keys."""

    settings: Settings
    elapsed: float = 0.0


def random_nonce() -> str:
    """Make a nonce of 32 hex digits."""
    return secrets.token_hex(16)


class Platform:
    """WeChat Pay as one merchant sees it."""

    def __init__(
        self,
        keys: Keys,
        *,
        spec: Path | str | None = None,
        settings: Settings = Settings(),  # noqa: B008  # frozen, hence safe to share
        refunds: Sequence[Refund] = REFUNDS,
        sub_merchants: Mapping[str, int | None] = SUB_MERCHANTS,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = random_nonce,
        store: Store | None = None,
    ) -> None:
        self.keys = keys
        self.contract: Contract = contract(Path(spec) if spec else None)
        """What is played: `spec`, or without it the spec of the return-advance."""
        self._start = (settings, tuple(refunds), dict(sub_merchants))
        self._clock = clock
        self._nonce = nonce
        self._lock = threading.RLock()
        self._serial = 0
        self._store = store or MemoryStore()
        self._ledger = Ledger(keys.mchid, self._store)
        self._keyring = Keyring(keys, self._store)
        self._conditions: MutableMapping[str, _Condition] = self._store.table(
            "condition", _Condition
        )
        self.resumed = "now" in self._conditions
        """Whether the store brought the state of an earlier platform along."""
        if self.resumed:
            self._forget()
        else:
            self.reset()

    def reset(self) -> None:
        """Go back to a fresh state: books, clock, settings, certificates, record."""
        settings, refunds, sub_merchants = self._start
        with self._exclusive():
            self._condition = _Condition(settings)
            self._ledger.clear()
            for sub_mchid, balance in sub_merchants.items():
                self._ledger.put_sub_merchant(sub_mchid, balance)
            for refund in refunds:
                self._ledger.put_refund(refund)
            self._keyring.reset()
            self._forget()

    def _forget(self) -> None:
        """Empty what no store keeps: planned faults, seen nonces, the record."""
        self._plan = Plan()
        self._nonces: set[str] = set()
        self._downloads = Downloads()
        self._log: list[Exchange] = []
        known = {refund.refund_id for refund in self._start[1]}
        for refund_id, (faults, times) in TROUBLES.items():
            if refund_id in known:
                self._plan.add(faults, times, target=f"/{refund_id}/")

    @contextmanager
    def _exclusive(self) -> Generator[None]:
        """Let one thread in, and keep all it changes or nothing."""
        with self._lock, self._store.transaction():
            yield

    @property
    def _condition(self) -> _Condition:
        return self._conditions["now"]

    @_condition.setter
    def _condition(self, value: _Condition) -> None:
        self._conditions["now"] = value

    # Scenarios

    def add_sub_merchant(self, sub_mchid: str, balance: int | None = None) -> None:
        """Register a second-level merchant; a balance of None never runs short."""
        with self._exclusive():
            self._ledger.put_sub_merchant(sub_mchid, balance)

    def add_refund(self, refund: Refund) -> None:
        """Register a refund, or give a known one another scenario."""
        with self._exclusive():
            self._ledger.put_refund(refund)

    def top_up(self, sub_mchid: str, amount: int) -> None:
        """Pay money (fen) into a second-level merchant's account."""
        with self._exclusive():
            self._ledger.top_up(sub_mchid, amount, self._now())

    def balance(self, sub_mchid: str) -> int | None:
        """Give what is in a second-level merchant's account, in fen; None never runs short."""
        with self._lock:
            return self._ledger.balance(sub_mchid)

    def advance(self, *, days: float = 0, seconds: float = 0) -> None:
        """Let time pass for the books alone.

        The timestamps on the wire stay on the clock, or every later request would be stale.
        """
        with self._exclusive():
            elapsed = self._condition.elapsed + days * _DAY + seconds
            self._condition = replace(self._condition, elapsed=elapsed)

    # Dials

    @property
    def settings(self) -> Settings:
        """The switches for what the official pages leave open; assign to change them."""
        return self._condition.settings

    @settings.setter
    def settings(self, value: Settings) -> None:
        with self._exclusive():
            self._condition = replace(self._condition, settings=value)

    def next(
        self,
        *faults: Fault,
        times: int | None = 1,
        method: str | None = None,
        target: str | None = None,
        host: str | None = None,
    ) -> None:
        """Let the next replies go wrong; `times=None` means until `clear` or `reset`.

        Each request takes the oldest entry that fits it. Method and Host must be equal, `target`
        must occur in path and query. A request that fails authentication uses up its entry,
        too, but still gets its refusal: no fault hides that a client signs wrongly.
        """
        with self._lock:
            self._plan.add(faults, times, method=method, target=target, host=host)

    def clear(self) -> None:
        """Forget all faults still planned."""
        with self._exclusive():
            self._plan.clear()

    # Certificates

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The platform certificates in service, oldest first."""
        with self._exclusive():
            return self._keyring.certificates

    def rotate_certificate(
        self, *, use: bool = True, serial_number: int | None = None, days: float = 5 * 365
    ) -> Certificate:
        """Bring a new platform certificate into service beside the old ones.

        It is valid for `days` from now, and does not retire itself: an expired one that still
        signs is a case worth testing.
        """
        with self._exclusive():
            return self._keyring.rotate(
                start=self._clock(), use=use, serial_number=serial_number, days=days
            )

    def use_certificate(self, serial_no: str) -> None:
        """Sign with this certificate when a request asks for none."""
        with self._exclusive():
            self._keyring.use(serial_no)

    def retire_certificate(self, serial_no: str) -> None:
        """Take a platform certificate out of service."""
        with self._exclusive():
            self._keyring.retire(serial_no)

    # Record and work

    @property
    def log(self) -> tuple[Exchange, ...]:
        """Every exchange since construction or reset, oldest first."""
        with self._lock:
            return tuple(self._log)

    def clear_log(self) -> None:
        """Forget the record and the used nonces: in a long run they would fill the memory."""
        with self._lock:
            self._log.clear()
            self._nonces.clear()

    def requests(self, method: str | None = None) -> list[Request]:
        """The requests that came, of one method if given."""
        return [e.request for e in self.log if method in {None, e.request.method}]

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        with self._exclusive():
            planned = self._plan.take(request)
            before = self._ledger.version
            reply = _apply(self._decide(request, planned), planned, Stage.CONTENT)
            reply = _apply(self._finish(request, reply), planned, Stage.WIRE)
            changed = self._ledger.version != before
            names = tuple(fault.name for fault in planned)
            self._log.append(Exchange(request, reply, changed, names))
            return reply

    def notice(
        self,
        event: str,
        *faults: Fault,
        fields: dict[str, Json] | None = None,
        resource: dict[str, Json] | None = None,
        original_type: str | None = None,
    ) -> SentNotice:
        """Make a notice, signed and encrypted; faults change it as they change a response.

        The resource is what the spec documents for the event, with `fields` put over it, or a
        `resource` of your own.
        """
        with self._exclusive():
            body = envelope(
                self.contract,
                event,
                resource=resource,
                fields=fields or {},
                original_type=original_type,
                key=self.keys.api_v3_key,
                nonce=self._nonce(),
                now=self._clock(),
            )
            made = _apply(json_reply(body), faults, Stage.CONTENT)
            made = _apply(self._finish(Request("POST", "/"), made), faults, Stage.WIRE)
            return SentNotice(made.headers.without("Keep-Alive"), made.body)

    def _now(self) -> float:
        return self._clock() + self._condition.elapsed

    def _decide(self, request: Request, planned: tuple[Fault, ...]) -> Reply:
        language = request.headers.get("Accept-Language") or "zh-CN"
        settings = self.settings
        try:
            call = route(request, self.contract)
        except UnknownPathError:
            return Reply(404, signed=False, number=NUMBER_UNKNOWN)
        except WrongMethodError:
            return Reply(405, signed=False, number=NUMBER_UNKNOWN)
        try:
            check_headers(request, settings)
            check_authorization(call, self.keys, self._clock(), self._nonces, settings)
        except RefusedError as refusal:
            return error_reply(
                refusal, language=language, signed=settings.sign_authentication_errors
            )
        if any(fault.stage is Stage.INSTEAD for fault in planned):
            return _apply(Reply(), planned, Stage.INSTEAD)
        try:
            reply = self._operate(call)
        except RefusedError as refusal:
            reply = error_reply(refusal, language=language, signed=settings.sign_business_errors)
        return _apply(reply, planned, Stage.AFTER)

    def _operate(self, call: Call) -> Reply:
        settings, serial = self.settings, call.request.headers.get("Wechatpay-Serial")
        self._keyring.check_wanted(serial, settings)
        reader = Reader(
            self.contract, settings, lambda text: self._keyring.decrypt(serial, text, settings)
        )
        given = reader.read(call)
        role = call.operation.role
        if role == "certificates":
            return self._certificates(given)
        sub_mchid = given.text("sub_mchid")
        if role in {"create", "query"} and sub_mchid is not None:
            act = self._ledger.create if role == "create" else self._ledger.query
            refund_id = next(iter(call.path.values()))
            return json_reply(act(refund_id, sub_mchid, self._now(), settings))
        if role == "download":
            content = self._downloads.get(given.text("token") or "", self._clock())
            if content is not None:
                return binary(call.operation.response, content)
            if call.operation.response.media is None:
                raise RefusedError("INVALID_REQUEST", "下载地址无效", "The address is unknown")
        return self._documented(call, given)

    def _documented(self, call: Call, given: Given) -> Reply:
        """Give the response of the spec to an operation that has no state here."""

        def announce(said: dict[str, str], value: dict[str, Json]) -> dict[str, Json]:
            return self._downloads.announce(
                said,
                value,
                base_url(call.request),
                token=self._nonce(),
                packed=given.text("tar_type") == "GZIP",
                now=self._clock(),
                settings=self.settings,
            )

        merchant = self.keys.merchant.private_key.public_key()
        return documented(
            self.contract,
            call.operation,
            given,
            seal=lambda plain: seal(merchant, plain),
            announce=announce,
        )

    def _certificates(self, given: Given) -> Reply:
        if given.text("algorithm_type") == "SM2":
            raise RefusedError(
                "RESOURCE_NOT_EXISTS", "无可用的国密平台证书", "No SM platform certificate"
            )
        nonces = [self._nonce()[-12:] for _ in self._keyring.certificates]
        return json_reply(self._keyring.download(nonces, self.settings))

    def _finish(self, request: Request, reply: Reply) -> Reply:
        """Add what every reply carries, and the signature to those that have one."""
        self._serial += 1
        now = self._clock()
        body = b"" if reply.status in BODILESS else reply.body
        values = {
            "Date": format_datetime(dt.datetime.fromtimestamp(now, dt.UTC), usegmt=True),
            "Keep-Alive": "timeout=8",
            "Request-ID": f"{0x08C8A1B200000000 + self._serial:016X}-{reply.number}",
        }
        if reply.signed:
            timestamp, nonce = str(int(now) + reply.timestamp_offset), self._nonce()
            wanted = request.headers.get("Wechatpay-Serial")
            serial, key = self._keyring.signer(wanted, self.settings)
            values |= {
                "Wechatpay-Timestamp": timestamp,
                "Wechatpay-Nonce": nonce,
                "Wechatpay-Signature": sign(key, reply_message(timestamp, nonce, body)),
                "Wechatpay-Serial": serial,
                "Wechatpay-Signature-Type": SCHEME,
            }
        headers = Headers((*reply.headers.lines, *values.items()))
        delay = max(reply.delay, self.settings.latency)
        return replace(reply, body=body, headers=headers, delay=delay)


def _apply(reply: Reply, faults: Sequence[Fault], stage: Stage) -> Reply:
    for fault in faults:
        if fault.stage is stage:
            reply = fault.change(reply)
    return reply
