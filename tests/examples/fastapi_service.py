"""A service of your own that takes refunds back: uvicorn fastapi_service:app.

One client serves all requests. An outcome that is unknown is a 202: ask again, never assume.

| what happened | status |
| --- | --- |
| a verified refusal | 403 or 404, with the platform's code |
| wrong input, found before anything was sent or by the platform | 422 |
| a response that nobody verified or that is unreadable, an error of the platform | 502 |
| our own key was refused, or can't sign | 502: the caller can't mend it |
| WeChat Pay can't be reached, or wants fewer calls | 503 |
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse
from wechatpay_auth import WeChatPayAuth, WeChatPayAuthError
from wechatpay_ecommerce_refund import (
    APIError,
    Client,
    ClientError,
    InvalidInputError,
    OutcomeUnknown,
)
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest, ReturnAdvance


class Standing(BaseModel):
    """How a return stands."""

    refund_id: str
    result: str
    fen: int


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Keep one client for as long as the service runs."""
    async with Client.from_env(WeChatPayAuth) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def get_client(request: Request) -> Client:
    """Give the client of the running service."""
    client: Client = request.app.state.client
    return client


ClientOfApp = Annotated[Client, Depends(get_client)]


@app.put("/refunds/{refund_id}/return")
async def take_back(refund_id: str, sub_mchid: str, client: ClientOfApp) -> Standing:
    """Take a refund back, or learn how that stands; may be repeated."""
    body = CreateReturnAdvanceRequest(sub_mchid=sub_mchid)
    return _standing(await create_return_advance.asyncio(refund_id, client=client, body=body))


@app.get("/refunds/{refund_id}/return")
async def look_up(refund_id: str, sub_mchid: str, client: ClientOfApp) -> Standing:
    """Tell how a return stands."""
    return _standing(
        await query_return_advance.asyncio(refund_id, client=client, sub_mchid=sub_mchid)
    )


@app.exception_handler(ClientError)
@app.exception_handler(WeChatPayAuthError)
@app.exception_handler(httpx.TransportError)
async def failed(_request: Request, error: Exception) -> JSONResponse:
    """Say what went wrong; neither an unknown outcome nor our own key is the caller's mistake."""
    if isinstance(error, OutcomeUnknown):
        again = {"Retry-After": "60"}
        return JSONResponse({"result": "UNKNOWN"}, status_code=202, headers=again)
    if isinstance(error, InvalidInputError):
        wrong = {"code": "INVALID_INPUT", "message": f"{error.where} {error.rule}"}
        return JSONResponse(wrong, status_code=422)
    if isinstance(error, httpx.TransportError):
        return JSONResponse({"code": "UNREACHABLE"}, status_code=503)
    # A refusal that nobody verified may be anybody's.
    if isinstance(error, APIError) and (error.verified or error.status_code == 429):
        said = {"code": error.code, "message": error.message}
        return JSONResponse(said, status_code=_PASSED_ON.get(error.status_code, 502))
    return JSONResponse({"code": "BAD_GATEWAY"}, status_code=502)


_PASSED_ON = {400: 422, 403: 403, 404: 404, 429: 503}
"""Statuses of the platform and what they are to our caller. A 401 is about our own key."""


def _standing(returned: ReturnAdvance) -> Standing:
    return Standing(
        refund_id=returned.refund_id, result=str(returned.result), fen=returned.return_amount
    )
