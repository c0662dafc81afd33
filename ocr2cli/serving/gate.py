"""Before a request is looked at: who it is from, whether there is room, how large it may be, and for how long."""

from __future__ import annotations

import asyncio
import hmac
import time
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr2cli.serving.limits import MIB, Limits, RequestError
from ocr2cli.serving.metrics import Metrics

OPEN = "/health"
"""For whoever sees to it that the server runs: no token."""
WORK = ("/v1/chat/completions", "/v1/convert")
KNOWN = (*WORK, "/v1/models", "/metrics", OPEN)
_COME_BACK = 2  # seconds
_MANNERS = 8 * MIB
_UNHEARD = (401, 403, 408, 413, 429)
"""Refused before the whole request was read."""


def refusal(error: RequestError) -> JSONResponse:
    """In the form that clients of OpenAI's API know."""
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    body = {"error": {"message": str(error), "type": kind, "code": error.status}}
    headers = {"Retry-After": str(error.wait)} if error.wait is not None else {}
    headers |= {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.status in _UNHEARD:
        headers["Connection"] = "close"  # what is still being sent would else be read to its end, if it has one
    return JSONResponse(body, error.status, headers)


class Gate:
    """Middleware around the whole application. Keeps count for the metrics."""

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics) -> None:
        self._app, self._limits, self._metrics = app, limits, metrics
        self._busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.monotonic(), 499  # nobody was there to take an answer

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._busy += 1
        self._metrics.busy.set(self._busy)
        try:
            await self._let_in(scope, receive, noted)
        finally:
            self._busy -= 1
            self._metrics.busy.set(self._busy)
            path = scope["path"] if scope["path"] in KNOWN else "other"
            self._metrics.answered(path, status, time.monotonic() - start)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check(scope["path"], Headers(scope=scope))
        except RequestError as error:
            await _let_speak(receive)
            await refusal(error)(scope, receive, send)
            return
        await self._app(scope, _Body(receive, self._limits), send)

    def _check(self, path: str, headers: Headers) -> None:
        limits = self._limits
        if path == OPEN:
            return
        if limits.token is not None:
            given = headers.get("authorization", "").removeprefix("Bearer ").strip()
            if not hmac.compare_digest(given.encode(), limits.token.encode()):
                raise RequestError(401, "give the server's token: Authorization: Bearer TOKEN")
        elif "origin" in headers:
            # A page in a browser of this machine could else have documents read through a server that trusts everybody.
            raise RequestError(403, "requests of web pages are answered where the server was given a --token only")
        if path in WORK and self._busy > limits.queue:
            raise RequestError(429, f"{limits.queue} requests are waiting already; come back later", _COME_BACK)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > limits.size:
            raise too_large(limits)


def too_large(limits: Limits) -> RequestError:
    """More bytes than are taken."""
    return RequestError(413, f"a request has at most {limits.size} bytes; send less, or raise --max-size")


class _Body:
    """What comes in, as long as it is not too much and does not take too long."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive, self._limits = receive, limits
        self._size, self._over = 0, False
        self._until = time.monotonic() + limits.seconds

    async def __call__(self) -> Message:
        if self._over:  # what comes behind the body is that the client goes away, which has all the time
            return await self._receive()
        try:
            message: Message = await asyncio.wait_for(self._receive(), max(0.0, self._until - time.monotonic()))
        except TimeoutError as error:
            raise RequestError(408, "the request took too long to come") from error
        self._size += len(message.get("body", b""))
        self._over = not message.get("more_body", False)
        if self._size > self._limits.size:
            await _let_speak(self._receive)
            raise too_large(self._limits)
        return message


async def _let_speak(receive: Receive) -> None:
    """Take some of what a client still has to say before it is refused: hung up on in the middle of a word, it would
    hear of a broken connection instead of the reason."""
    left = _MANNERS
    with suppress(TimeoutError):
        async with asyncio.timeout(_COME_BACK):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
