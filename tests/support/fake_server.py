"""A small OpenAI-compatible server over real HTTP, which fails in the ways that servers fail.

What it says of a page is `text_of` its pixels, so that a test knows what must have arrived.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

Fault = Callable[["Handler", int], bool]
"""Called with the handler and how many requests for this page came before; True where it has dealt with the request."""


def text_of(pixels: np.ndarray) -> str:
    key = hashlib.sha256(np.ascontiguousarray(pixels).tobytes() + str(pixels.shape).encode()).hexdigest()[:12]
    return f"<|ref|>text<|/ref|><|det|>[[10, 10, 900, 100]]<|/det|>\nThis page is {key}.\n"


class FakeServer:
    """Serves `model`; `fault` comes first. `seen` has the bodies of the requests, images as their pixels' shape."""

    def __init__(self, model: str = "org/model", fault: Fault = lambda handler, before: False) -> None:
        self.models: list[dict[str, Any]] = [{"id": model, "object": "model", "owned_by": "vllm"}]
        self.fault, self.key = fault, ""
        self.say: Callable[[np.ndarray], str] = text_of
        self.seen: list[dict[str, Any]] = []
        self.answered: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.busy = self.most = 0
        self.pause = 0.0
        self.logprob: float | None = None
        self.lock = threading.Lock()
        self.port = 0
        self._http: ThreadingHTTPServer | None = None
        self._open: set[Any] = set()
        self.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        owner = self

        class Mine(Handler):
            server_of = owner

        class Server(ThreadingHTTPServer):
            daemon_threads, request_queue_size, allow_reuse_address = True, 256, True

        self._http = Server(("127.0.0.1", self.port), Mine)
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def die(self) -> None:
        """At once, and with every answer that is under way."""
        http, self._http = self._http, None
        if http is not None:
            http.shutdown()
            http.server_close()
        for connection in list(self._open):
            hang_up(connection)


def hang_up(connection: Any) -> None:
    import socket

    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def fake_server(**options: Any) -> Iterator[FakeServer]:
    server = FakeServer(**options)
    try:
        yield server
    finally:
        server.die()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: FakeServer

    def setup(self) -> None:
        super().setup()
        self.server_of._open.add(self.connection)

    def finish(self) -> None:
        self.server_of._open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        if not self._let_in():
            return
        if self.path == "/v1/models":
            self.json(200, {"object": "list", "data": self.server_of.models})
        else:
            self.json(404, {"error": {"message": "there is nothing here"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._let_in():
            return
        mine = self.server_of
        url = body["messages"][0]["content"][0]["image_url"]["url"]
        png = base64.b64decode(url.removeprefix("data:image/png;base64,"), validate=True)
        self.body, self.pixels = body, np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
        self.text = mine.say(self.pixels)
        with mine.lock:
            body["messages"][0]["content"][0] = self.pixels.shape
            mine.seen.append(body)
            before = mine.asked[self.text]
            mine.asked[self.text] += 1
            mine.busy += 1
            mine.most = max(mine.most, mine.busy)
        try:
            if not mine.fault(self, before):
                self.answer()
        finally:
            with mine.lock:
                mine.busy -= 1

    def answer(self, upto: int | None = None, reason: str | None = "stop") -> None:
        """The answer in small parts; only so many characters of it, and then nothing, where that is given."""
        mine = self.server_of
        self.begin()
        for at in range(0, len(self.text), 7):
            if upto is not None and at >= upto:
                self.close_connection = True
                return
            part = self.text[at : at + 7]
            choice: dict[str, Any] = {"index": 0, "delta": {"content": part}, "finish_reason": None}
            if mine.logprob is not None and self.body.get("logprobs"):
                choice["logprobs"] = {"content": [{"token": part, "logprob": mine.logprob}]}
            self.event({"choices": [choice]})
        if mine.pause:
            time.sleep(mine.pause)
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        self.event({"choices": [], "usage": {"prompt_tokens": 257, "completion_tokens": len(self.text) // 4}})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True
        with mine.lock:
            mine.answered[self.text] += 1

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()

    def event(self, data: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())

    def json(self, status: int, data: dict[str, Any], **headers: str) -> bool:
        text = json.dumps(data).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        return True

    def _let_in(self) -> bool:
        key = self.server_of.key
        if key and self.headers["Authorization"] != f"Bearer {key}":
            return not self.json(401, {"error": {"message": "no such key"}})
        return True
