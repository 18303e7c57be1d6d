"""Receives notices (回调通知) with Flask: flask --app notices.flask_app run.

Verify, store, respond: 204 once the state is written down, 401 or 500 otherwise. After these the
platform sends the notice again. Give `https://…/notices/refund`, without a query, as notify_url.
"""

import logging

from flask import Flask, Response, request
from wechatpay_auth import NoticeResponse, WeChatPayAuth

from .store import keep

app = Flask(__name__)
auth = WeChatPayAuth.from_env()  # with WECHATPAY_API_V3_KEY, which decrypts notices


@app.post("/notices/refund")
def refund_notice() -> Response:
    """Take the raw body, before anything parses it."""
    try:
        keep(auth.read_notice(request.headers, request.get_data()))
        told = NoticeResponse.accepted()
    except Exception as error:
        logging.exception("a notice was not accepted")
        told = NoticeResponse.failed(error)
    return Response(told.body, told.status_code, told.headers)
