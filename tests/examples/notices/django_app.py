"""Receives notices (回调通知) with Django: python -m notices.django_app runserver --noreload.

Verify, store, respond: 204 once the state is written down, 401 or 500 otherwise. After these the
platform sends the notice again. Give `https://…/notices/refund`, without a query, as notify_url.

The whole site is in this file; of yours, take the view and its path.
"""

import logging
import secrets
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from wechatpay_auth import NoticeResponse, WeChatPayAuth

from .store import keep

auth = WeChatPayAuth.from_env()  # with WECHATPAY_API_V3_KEY, which decrypts notices


@csrf_exempt  # the platform has no session; its signature is what counts
@require_POST
def refund_notice(request: HttpRequest) -> HttpResponse:
    """Take the raw body, before anything parses it."""
    try:
        keep(auth.read_notice(request.headers, request.body))
        told = NoticeResponse.accepted()
    except Exception as error:
        logging.exception("a notice was not accepted")
        told = NoticeResponse.failed(error)
    return HttpResponse(told.body, status=told.status_code, headers=told.headers)


urlpatterns = [path("notices/refund", refund_notice)]

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_hex(),
    )
    execute_from_command_line(sys.argv)
