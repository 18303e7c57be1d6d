"""A service of your own that takes refunds back: uvicorn fastapi_service:app.

One client serves all requests. An outcome that is unknown is a 202: ask again, never assume.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import APIError, Client, OutcomeUnknown
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


@app.exception_handler(OutcomeUnknown)
async def unknown(_request: Request, _error: Exception) -> JSONResponse:
    """Answer an unknown outcome: neither done nor failed."""
    return JSONResponse({"result": "UNKNOWN"}, status_code=202, headers={"Retry-After": "60"})


@app.exception_handler(APIError)
async def refused(_request: Request, error: Exception) -> JSONResponse:
    """Pass a refusal on with its code."""
    if not isinstance(error, APIError):
        raise HTTPException(500)
    return JSONResponse(
        {"code": error.code, "message": error.message}, status_code=error.status_code
    )


def _standing(returned: ReturnAdvance) -> Standing:
    return Standing(
        refund_id=returned.refund_id, result=str(returned.result), fen=returned.return_amount
    )
