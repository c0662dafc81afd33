"""What can be asked of `ocr2 serve`, as a FastAPI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from ocr2cli.options import Format
from ocr2cli.serving import chat, documents
from ocr2cli.serving.asked import question
from ocr2cli.serving.chat import Reading
from ocr2cli.serving.documents import Converting, private_folder
from ocr2cli.serving.gate import KNOWN, Gate, refusal
from ocr2cli.serving.limits import Limits, RequestError
from ocr2cli.serving.metrics import Metrics
from pipeline.errors import UserError
from pipeline.serving.engine import Serving

T = TypeVar("T")


def application(serving: Serving, limits: Limits) -> FastAPI:
    """All routes, behind the gate."""
    metrics = Metrics(lambda: serving.shared.under_way)
    app = FastAPI(title="ocr2", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.serving, app.state.limits, app.state.metrics = serving, limits, metrics
    app.add_middleware(Gate, limits=limits, metrics=metrics)
    app.add_exception_handler(RequestError, _refuse)
    app.add_exception_handler(UserError, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_api_route("/health", _health)
    app.add_api_route("/metrics", _metrics)
    app.add_api_route("/v1/models", _models)
    app.add_api_route("/v1/chat/completions", _chat, methods=["POST"], response_model=None)
    app.add_api_route("/v1/convert", _convert, methods=["POST"], response_model=None)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ExitStack() as stack:
        app.state.folder = Path(stack.enter_context(private_folder()))
        app.state.converting = Converting(app.state.serving, app.state.limits, app.state.metrics)
        stack.callback(app.state.converting.close)
        yield


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):  # the framework's own: a wrong address or method, a broken form
        wrong = error.status_code in (404, 405)
        where = f"{request.method} {request.url.path} is not served; there are {', '.join(KNOWN)}"
        return refusal(RequestError(error.status_code, where if wrong else str(error.detail)))
    return refusal(error if isinstance(error, RequestError) else RequestError(422, str(error)))


async def _health(request: Request) -> Response:
    serving: Serving = request.app.state.serving
    alive = serving.shared.alive
    facts = {"status": "ok" if alive else "ending", "model": serving.name, "pages": serving.shared.under_way}
    return JSONResponse(facts, 200 if alive else 503)


async def _metrics(request: Request) -> Response:
    return PlainTextResponse(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4")


async def _models(request: Request) -> Response:
    serving: Serving = request.app.state.serving
    own = {"settings": serving.settings, "thresholds": asdict(serving.thresholds), "member": serving.member.name}
    model = {"id": serving.name, "object": "model", "created": 0, "owned_by": "ocr2", "ocr2": own}
    return JSONResponse({"object": "list", "data": [model]})


async def _chat(request: Request) -> Response:
    state = request.app.state
    asked = question(await request.body(), state.serving)
    reading = Reading.begin(state.serving, state.metrics, asked, state.folder, state.limits.seconds)
    if asked.stream:
        return _Closing(chat.parts(reading, asked.usage, asked.stops), reading.close, "text/event-stream")
    try:
        return JSONResponse(await _while_there(request, chat.whole(reading, asked.stops)))
    finally:
        reading.close()


async def _convert(request: Request) -> Response:
    state = request.app.state
    with ExitStack() as stack:
        folder = Path(stack.enter_context(private_folder()))
        wanted = await documents.wanted_of(request, folder)
        parts: asyncio.Queue[documents.Part] = asyncio.Queue()
        conversion = state.converting.begin(wanted, parts)
        stack.callback(conversion.gone.set)
        answer = documents.answer(parts, state.limits.seconds)
        media = "application/json" if wanted.form is Format.JSON else "text/markdown"
        if not wanted.stream:
            return Response(await _while_there(request, _joined(answer)), media_type=media)
        # What is wrong with the document as a whole is known before its first page.
        first = await _while_there(request, anext(answer, ""))
        kept = stack.pop_all()
        media = "application/x-ndjson" if wanted.form is Format.JSON else media
        return _Closing(_chained(first, answer), kept.close, media)


async def _joined(answer: AsyncIterator[str]) -> str:
    return "".join([part async for part in answer])


async def _chained(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for part in rest:
        yield part


class _Closing(StreamingResponse):
    """Closes what it stands on at its end, and when the client goes away before it."""

    def __init__(self, parts: AsyncIterator[str], close: Callable[[], object], media: str) -> None:
        super().__init__(parts, media_type=media)
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._close()


async def _while_there(request: Request, work: Awaitable[T]) -> T:
    """What comes of the work, for as long as the client waits for it."""
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        request.app.state.metrics.gone.inc()
        raise RequestError(499, "the client has gone away")
    finally:
        for task in (doing, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _left(request: Request) -> None:
    message: dict[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = dict(await request.receive())
