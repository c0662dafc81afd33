"""Documents from the web, by plain HTTP."""

from __future__ import annotations

import shutil
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO

from pipeline.stores.urls import Url

# Shorter fails servers that make a document while they are asked; longer keeps a batch waiting at a dead one. Chosen.
TIMEOUT = 30.0
"""Seconds without a byte."""
# Ten seconds in all: a server that restarts is back by then; one that is away is told of soon enough. Chosen.
PAUSES = (0.5, 2.0, 8.0)
"""Seconds before it is tried again."""
_AGAIN = {408, 425, 429, 500, 502, 503, 504}


class WebError(Exception):
    """A document cannot be had; the text is one line with what to do."""


def download(url: Url, path: Path) -> None:
    """Copy what is at an address to a file. Raises WebError, and OSError where the file cannot be written."""
    for pause in (*PAUSES, None):
        try:
            _copy(url, path)
            return
        except urllib.error.HTTPError as error:
            why, final = f"the server says {error.code} {error.reason}", error.code not in _AGAIN
        except (HTTPException, urllib.error.URLError, TimeoutError, ConnectionError) as error:
            why, final = _reason(error), False
        if final or pause is None:
            raise WebError(f"{url.public} cannot be fetched: {why}; check the address, or try again later")
        time.sleep(pause)


def _reason(error: Exception) -> str:
    """Without the numbers that systems give their errors."""
    cause = getattr(error, "reason", None) or error
    return getattr(cause, "strerror", None) or str(cause) or type(error).__name__


def _copy(url: Url, path: Path) -> None:
    request = urllib.request.Request(str(url), headers={"User-Agent": "ocr2"})
    opener = urllib.request.build_opener(_WebOnly)
    with opener.open(request, timeout=TIMEOUT) as answer, path.open("wb") as file:
        shutil.copyfileobj(answer, file, 1 << 20)
        whole = answer.headers.get("Content-Length")
        if whole is not None and int(whole) != file.tell():
            # urllib takes a connection that ends early for the end of the file; half a PDF would be repaired into a
            # shorter one.
            raise HTTPException(f"the connection was cut after {file.tell()} of {whole} bytes")


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """A redirect may lead to another server, but not from https to what anybody on the way can change."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError("it is led on to an address that is not secure")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
