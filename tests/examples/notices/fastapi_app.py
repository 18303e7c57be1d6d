"""Receives notices (回调通知) with FastAPI: uvicorn notices.fastapi_app:app.

Verify, store, respond: 204 once the state is written down, 401 or 500 otherwise. After these the
platform sends the notice again. Give `https://…/notices/refund`, without a query, as notify_url.
"""

import logging

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from wechatpay_auth import NoticeResponse, WeChatPayAuth

from .store import keep

app = FastAPI()
auth = WeChatPayAuth.from_env()  # with WECHATPAY_API_V3_KEY, which decrypts notices


@app.post("/notices/refund")
async def refund_notice(request: Request) -> Response:
    """Take the raw body, before anything parses it."""
    try:
        notice = auth.read_notice(request.headers, await request.body())
        await run_in_threadpool(keep, notice)
        told = NoticeResponse.accepted()
    except Exception as error:
        logging.exception("a notice was not accepted")
        told = NoticeResponse.failed(error)
    return Response(told.body, told.status_code, told.headers)
