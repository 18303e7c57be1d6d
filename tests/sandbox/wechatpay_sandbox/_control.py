"""The control API: the platform's dials over HTTP, for the stand-alone sandbox.

`POST /_sandbox/NAME` calls the method NAME of the platform with the JSON body as its arguments.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from ._decode import Arguments, as_object, call
from ._ledger import Refund
from ._platform import Exchange, Platform
from ._settings import Settings
from .faults import DIALS, Fault

PREFIX = "/_sandbox/"


class Control:
    """The endpoints under `/_sandbox/` of one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._actions: dict[str, Callable[[Arguments], object]] = {
            "add_refund": lambda given: platform.add_refund(call(Refund, given)),
            "next": lambda given: call(platform.next, given, {Fault: _fault}),
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
        self.router = Router(
            [
                Route(PREFIX, self._state),
                Route(PREFIX + "log", self._log),
                Route(PREFIX + "{action}", self._act, methods=["POST"]),
            ]
        )

    async def _state(self, _request: Request) -> JSONResponse:
        keys = self._platform.keys
        return JSONResponse(
            {
                "mchid": keys.mchid,
                "serial_no": keys.merchant.serial_no,
                "public_key_id": keys.public_key_id,
                "public_key": keys.public_key_pem,
                "certificates": [c.serial_no for c in self._platform.certificates],
                "settings": asdict(self._platform.settings),
                "actions": sorted(self._actions),
                "dials": sorted(DIALS),
            }
        )

    async def _log(self, _request: Request) -> JSONResponse:
        return JSONResponse([_record(exchange) for exchange in self._platform.log])

    async def _act(self, request: Request) -> JSONResponse:
        action = self._actions.get(request.path_params["action"])
        if action is None:
            return JSONResponse({"error": f"action: not one of {', '.join(self._actions)}"}, 404)
        try:
            return JSONResponse(action(as_object(json.loads(await request.body() or b"{}"))))
        except (ValueError, LookupError) as error:
            return JSONResponse({"error": str(error)}, 400)

    def _settings(self, given: Arguments) -> object:
        self._platform.settings = call(Settings, asdict(self._platform.settings) | given)
        return asdict(self._platform.settings)


def _fault(value: object) -> Fault:
    given = as_object(value)
    dial = DIALS.get(str(given.pop("dial", None)))
    if dial is None:
        raise ValueError(f"dial: not one of {', '.join(DIALS)}")
    return call(dial, given)


def _record(exchange: Exchange) -> dict[str, object]:
    request, reply = exchange.request, exchange.reply
    return {
        "request": {
            "method": request.method,
            "target": request.target,
            "headers": list(request.headers.lines),
            "body": request.body.decode("utf-8", "replace"),
        },
        "reply": {
            "status": reply.status,
            "headers": list(reply.headers.lines),
            "body": reply.body.decode("utf-8", "replace"),
            "delivery": reply.delivery.value,
        },
        "state_changed": exchange.state_changed,
        "faults": list(exchange.faults),
    }
