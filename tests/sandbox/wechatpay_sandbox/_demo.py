"""The whole life of a return-advance (垫付退款回补) on one screen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ._http import Delivery, Reply, Request
from ._keys import Keys
from ._merchant import create_request, query_request
from ._platform import Platform
from ._scenarios import POOR_SUB_MCHID, REFUNDS, SUB_MCHID
from ._settings import Settings

_GREEN, _YELLOW, _RED, _BOLD = "32", "33", "31", "1"
_COLOURS = {"SUCCESS": _GREEN, "PROCESSING": _YELLOW}
_AMOUNT = REFUNDS[0].amount


@dataclass
class Demo:
    """Plays a merchant against a platform of its own and prints what both say."""

    keys: Keys
    write: Callable[[str], None]
    coloured: bool
    clock: Callable[[], float] = time.time
    platform: Platform = field(init=False)
    day: int = 0
    sub_mchid: str = SUB_MCHID

    def run(self) -> None:
        """Show how a return succeeds, how one fails, and what may go wrong on the way."""
        self.platform = Platform(self.keys, clock=self.clock)
        self._title("WeChat Pay sandbox: the life of a return-advance (垫付退款回补)")
        self.write(f"{self.keys.mchid} takes {_yuan(_AMOUNT)} yuan back. No real money moves.")
        self.write(f"{'day':>4}  {'account':>7}  {'merchant':<18} platform")
        self._succeed()
        self._fail()
        self._stumble()

    def _succeed(self) -> None:
        self._part("Short of money, topped up, returned", "863", POOR_SUB_MCHID)
        refund = (self._number("863"), POOR_SUB_MCHID)
        self._send("create", self._create(refund), "no order was made")
        self.platform.top_up(POOR_SUB_MCHID, _AMOUNT)
        self._line(f"-> {_yuan(_AMOUNT)} paid in", "", "", "")
        self._send("create", self._create(refund), "WeChat Pay keeps trying")
        for _ in range(3):
            self._wait(1)
            self._send("query", self._query(refund))
        self._send("create again", self._create(refund), "same order, paid once")

    def _fail(self) -> None:
        self._part("Accepted, yet never enough money: given up", "863", POOR_SUB_MCHID)
        self.platform.settings = Settings(short_balance="PROCESSING")
        refund = (self._number("863"), POOR_SUB_MCHID)
        self._send("create", self._create(refund), "90 days to find the money")
        self._wait(89)
        self._send("query", self._query(refund))
        self._wait(1)
        self._send("query", self._query(refund), "final")
        self._send("create again", self._create(refund), "too late")

    def _stumble(self) -> None:
        self._part("What goes wrong on the way", "872", SUB_MCHID)
        refund = (self._number("872"), SUB_MCHID)
        self._send("create", self._create(refund), "yet it happened")
        self._send("query", self._query(refund), "ask, never assume failure")
        good = self._create(refund)
        forged = replace(good, body=good.body.replace(b"109", b"110"))
        self._send("body changed", forged, "the signature covers it")

    def _create(self, refund: tuple[str, str]) -> Request:
        return create_request(self.keys, *refund, now=self.clock())

    def _query(self, refund: tuple[str, str]) -> Request:
        return query_request(self.keys, *refund, now=self.clock())

    def _send(self, what: str, request: Request, remark: str = "") -> None:
        reply = self.platform.handle(request)
        if reply.delivery is Delivery.NOTHING:
            self._line(f"{request.method:4} {what}", "no answer", _RED, remark)
            return
        word, of_platform = _read(reply)
        self._line(
            f"{request.method:4} {what}",
            f"{reply.status} {word}",
            _COLOURS.get(word, _RED),
            remark or of_platform,
        )

    def _line(self, what: str, answer: str, colour: str, remark: str) -> None:
        balance = self.platform.balance(self.sub_mchid)
        account = "-" if balance is None else _yuan(balance)
        shown = self._paint(f"{answer:<19}", colour)
        self.write(f"{self.day:4}  {account:>7}  {what:<18} {shown} {remark}".rstrip())

    def _part(self, title: str, last: str, sub_mchid: str) -> None:
        self.platform.reset()
        self.day, self.sub_mchid = 0, sub_mchid
        self.write("")
        self._title(f"{title} (refund …{last})")

    def _title(self, text: str) -> None:
        self.write(self._paint(text, _BOLD))

    def _paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.coloured and colour else text

    def _wait(self, days: int) -> None:
        self.platform.advance(days=days)
        self.day += days

    @staticmethod
    def _number(last: str) -> str:
        return REFUNDS[0].refund_id[:-3] + last


def _read(reply: Reply) -> tuple[str, str]:
    """Give result or code, and what else is worth telling."""
    body = json.loads(reply.body)
    if "code" in body:
        return body["code"], body["message"]
    done = body.get("success_time")
    return body["result"], f"at {done[:16].replace('T', ' ')}" if done else ""


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"
