# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""A shorter way to the wire than `httpx.Client.send`, for the clients that this package makes.

httpx prepares each call for redirects, cookies, history and timing, of which a call here has no use;
that takes a tenth of its CPU time. These functions carry out what the auth object asks for, over
the transport that httpx chose for the URL, proxies included. A client that the user brought, or
watches by event hooks, goes httpx's own way.
"""

from __future__ import annotations

from typing import cast

import httpx


class OwnClient(httpx.Client):
    """A client that this package made."""


class OwnAsyncClient(httpx.AsyncClient):
    """A client that this package made."""


def send(http: httpx.Client, request: httpx.Request, auth: httpx.Auth) -> httpx.Response:
    """Send a request as the auth object wants it sent; redirects are not followed."""
    transport = cast("httpx.BaseTransport | None", _way(http, request.url))
    if transport is None:
        return http.send(request, auth=auth, follow_redirects=False)
    flow = auth.sync_auth_flow(request)
    try:
        request, ended = next(flow), False
        while True:
            response = transport.handle_request(request)
            response.request = request
            try:
                try:
                    following = flow.send(response)
                except StopIteration:
                    following, ended = request, True
                response.read()
            except BaseException:
                response.close()
                raise
            if ended:
                return response
            request = following
    except httpx.RequestError as error:
        error.request = request
        raise
    finally:
        flow.close()


async def asend(
    http: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth
) -> httpx.Response:
    """Do what `send` does, awaiting."""
    transport = cast("httpx.AsyncBaseTransport | None", _way(http, request.url))
    if transport is None:
        return await http.send(request, auth=auth, follow_redirects=False)
    flow = auth.async_auth_flow(request)
    try:
        request, ended = await anext(flow), False
        while True:
            response = await transport.handle_async_request(request)
            response.request = request
            try:
                try:
                    following = await flow.asend(response)
                except StopAsyncIteration:
                    following, ended = request, True
                await response.aread()
            except BaseException:
                await response.aclose()
                raise
            if ended:
                return response
            request = following
    except httpx.RequestError as error:
        error.request = request
        raise
    finally:
        await flow.aclose()


def _way(http: httpx.Client | httpx.AsyncClient, url: httpx.URL) -> object:
    """Return the transport for a URL, None if the request has to go through the client."""
    if not isinstance(http, OwnClient | OwnAsyncClient) or any(http.event_hooks.values()):
        return None
    # httpx has no public name for it; without it, it is the longer way.
    choose = getattr(http, "_transport_for_url", None)
    return choose(url) if choose else None
