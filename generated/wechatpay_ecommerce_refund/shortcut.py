# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""A shorter way to the wire than `httpx.Client.send`, for the clients that this package makes.

httpx prepares each call for redirects, cookies, history and timing, of which a call here has no use;
that takes a tenth of its CPU time. These functions carry out what the auth object asks for, over
the client's transport. A client that the user brought, or watches by event hooks, and one that has
proxies to choose from go httpx's own way.
"""

from __future__ import annotations

import httpx

_WHILE_READING = (
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
)


class OwnClient(httpx.Client):
    """A client that this package made.

    Args:
        transport: How everything goes out; None for httpx's own ways, proxies among them.
        timeout: Limits of each step.
        limits: Limits of httpx's own ways.
    """

    def __init__(
        self, transport: httpx.BaseTransport | None, timeout: httpx.Timeout, limits: httpx.Limits
    ) -> None:
        super().__init__(transport=transport, timeout=timeout, limits=limits)
        self.only_way = transport


class OwnAsyncClient(httpx.AsyncClient):
    """The same for asyncio."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None,
        timeout: httpx.Timeout,
        limits: httpx.Limits,
    ) -> None:
        super().__init__(transport=transport, timeout=timeout, limits=limits)
        self.only_way = transport


def send(http: httpx.Client, request: httpx.Request, auth: httpx.Auth) -> httpx.Response:
    """Send a request as the auth object wants it sent; redirects are not followed."""
    transport = http.only_way if isinstance(http, OwnClient) else None
    if transport is None or _is_watched(http):
        return http.send(request, auth=auth, follow_redirects=False)
    flow = auth.sync_auth_flow(request)
    try:
        request, ended = next(flow), False
        while True:
            try:
                response = transport.handle_request(request)
            except httpx.RequestError as error:
                error.request = request
                raise
            response.request = request
            try:
                try:
                    following = flow.send(response)
                except StopIteration:
                    following, ended = request, True
                response.read()
            except BaseException as error:
                _name_request(error, request)
                response.close()
                raise
            if ended:
                return response
            request = following
    finally:
        flow.close()


async def asend(
    http: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth
) -> httpx.Response:
    """Do what `send` does, awaiting."""
    transport = http.only_way if isinstance(http, OwnAsyncClient) else None
    if transport is None or _is_watched(http):
        return await http.send(request, auth=auth, follow_redirects=False)
    flow = auth.async_auth_flow(request)
    try:
        request, ended = await anext(flow), False
        while True:
            try:
                response = await transport.handle_async_request(request)
            except httpx.RequestError as error:
                error.request = request
                raise
            response.request = request
            try:
                try:
                    following = await flow.asend(response)
                except StopAsyncIteration:
                    following, ended = request, True
                await response.aread()
            except BaseException as error:
                _name_request(error, request)
                await response.aclose()
                raise
            if ended:
                return response
            request = following
    finally:
        await flow.aclose()


def _name_request(error: BaseException, request: httpx.Request) -> None:
    """Write into an error of reading a reply which request that was for.

    Other errors come from the auth object, of requests of its own: to take a connection that it did
    not get for this request's would be to say that this one was never sent.
    """
    if isinstance(error, _WHILE_READING):
        try:
            error.request  # noqa: B018 - it raises if there is none
        except RuntimeError:
            error.request = request


def _is_watched(http: httpx.Client | httpx.AsyncClient) -> bool:
    return any(http.event_hooks.values())
