"""`POST /v1/convert`: from the request to a conversion in a thread, and its parts back onto the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from starlette.datastructures import UploadFile
from starlette.requests import Request

from ocr2cli.options import Format
from ocr2cli.serving.converting import Conversion, Wanted
from ocr2cli.serving.limits import Limits, RequestError
from ocr2cli.serving.metrics import Metrics
from output.options import MathStyle, RenderOptions, Running, TableStyle
from pipeline.documents.guard import Guard
from pipeline.errors import UserError
from pipeline.serving.engine import Serving
from pipeline.serving.shared import GoneError

_PART = 1 << 20  # bytes
_LONGEST = 200  # bytes of a name: disks take 255, and results add some of their own
_KNOWN = {"format", "stream", "pages", "tables", "math", "headers", "name"}

Part = str | BaseException | None
"""A piece of the answer, how it failed, or its end."""


class Converting:
    """Some documents at once, each with a guarded process: one that hangs there keeps no other waiting."""

    def __init__(self, serving: Serving, limits: Limits, metrics: Metrics) -> None:
        self._serving, self._metrics = serving, metrics
        self._threads = ThreadPoolExecutor(limits.documents, "ocr2-convert")
        self._mine = threading.local()
        self._guards: list[Guard] = []

    def begin(self, wanted: Wanted, parts: asyncio.Queue[Part]) -> Conversion:
        """Convert as soon as a thread is free; `parts` gets what comes of it."""
        loop = asyncio.get_running_loop()

        def give(part: Part) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(parts.put_nowait, part)

        conversion = Conversion(self._serving, wanted, give, self._metrics.page)
        self._threads.submit(self._run, conversion, give)
        return conversion

    def close(self) -> None:
        """End the processes; what waits is not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for guard in self._guards:
            guard.close()

    def _run(self, conversion: Conversion, give: Callable[[Part], None]) -> None:
        try:
            if not conversion.gone.is_set():
                conversion.run(self._guard())
            give(None)
        except GoneError:
            give(None)
        except BaseException as error:  # told to the client, or by the application's own handler
            give(error)

    def _guard(self) -> Guard:
        if not hasattr(self._mine, "guard"):
            self._mine.guard = Guard()
            self._guards.append(self._mine.guard)
        guard: Guard = self._mine.guard
        return guard


async def wanted_of(request: Request, folder: Path) -> Wanted:
    """The file of a request, which goes to disk as it comes, and what is asked for. Raises RequestError, UserError."""
    asked = request.query_params
    if unknown := set(asked) - _KNOWN:
        raise RequestError(400, f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(sorted(_KNOWN))}")
    name = await _keep(request, folder / "document")
    try:
        style = RenderOptions(
            MathStyle(asked.get("math", MathStyle.DOLLAR)), TableStyle(asked.get("tables", TableStyle.HTML)),
            headers=Running(asked.get("headers", Running.DROP)),
        )  # fmt: skip
        form = Format(asked.get("format", Format.MD))
        stream = {"true": True, "1": True, "false": False, "0": False}[asked.get("stream", "false")]
    except (ValueError, KeyError) as error:
        raise RequestError(400, f"{error}: see the documentation of ocr2 serve for what there is") from error
    if form not in (Format.MD, Format.JSON):
        raise RequestError(400, "format is md or json")
    name = _named(asked.get("name", name))
    password = request.headers.get("ocr2-password")
    wanted = Wanted(folder / "document", name, form, stream, asked.get("pages"), password, style)
    wanted.check()
    return wanted


def _named(given: str) -> str:
    """The name that files of the result begin with. Raises RequestError for one that no disk takes."""
    name = PurePath(given).name
    if name == ".." or "\0" in name or len(name.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise RequestError(400, f"name is a file's, of {_LONGEST} bytes at most")
    return name or "document"


async def _keep(request: Request, path: Path) -> str:
    """Write the document to a file. A form's first file, or the body as it is; returns its name, if it has one."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=8) as form:
            upload = next((value for value in form.values() if isinstance(value, UploadFile)), None)
            if upload is None:
                raise RequestError(400, "the form has no file: curl -F file=@paper.pdf, or --data-binary @paper.pdf")
            with path.open("wb") as file:
                while part := await upload.read(_PART):
                    file.write(part)
            return upload.filename or "document"
    with path.open("wb") as file:
        async for part in request.stream():
            file.write(part)
    return "document"


async def answer(parts: asyncio.Queue[Part], seconds: float) -> AsyncIterator[str]:
    """The parts of the answer until its end. Raises RequestError, and whatever the conversion has raised."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        left = until - asyncio.get_running_loop().time()
        try:
            part = await asyncio.wait_for(parts.get(), max(0.0, left))
        except TimeoutError as error:
            raise RequestError(
                504, "the document was not read in time; ask for fewer --pages, or raise --timeout"
            ) from error
        if part is None:
            return
        if isinstance(part, UserError):
            raise RequestError(422, str(part)) from part
        if isinstance(part, BaseException):
            raise part
        yield part


def private_folder() -> TemporaryDirectory[str]:
    """For one request: only this user can look into it."""
    return TemporaryDirectory(prefix="ocr2-serve-", ignore_cleanup_errors=True)
