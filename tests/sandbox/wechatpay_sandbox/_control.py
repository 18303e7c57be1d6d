"""The control API: the platform's dials over HTTP, for the stand-alone sandbox.

`POST /_sandbox/NAME` runs the action NAME with the JSON body as its arguments.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from ._actions import Actions
from ._platform import Exchange, Platform
from .faults import DIALS

PREFIX = "/_sandbox/"


class Control:
    """The endpoints under `/_sandbox/` of one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._actions = Actions(platform)
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
                "actions": self._actions.names,
                "dials": sorted(DIALS),
            }
        )

    async def _log(self, _request: Request) -> JSONResponse:
        return JSONResponse([_record(exchange) for exchange in self._platform.log])

    async def _act(self, request: Request) -> JSONResponse:
        action = request.path_params["action"]
        if action not in self._actions.names:
            return JSONResponse({"error": f"action: not one of {self._actions.names}"}, 404)
        try:
            given = json.loads(await request.body() or b"{}")
            # In a thread: a notice waits for a service, which may ask this platform meanwhile.
            return JSONResponse(await to_thread.run_sync(self._actions.run, action, given))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)


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
