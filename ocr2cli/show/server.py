"""A server for one person on this machine: the preview, and a place to send corrections to.

It listens on the loopback address only. Its address holds a token that nobody else knows, and a request must name the
host that it was sent to: a page of the internet whose name is made to lead here (DNS rebinding) does neither.
"""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ocr2cli.show.desk import Desk
from pipeline.errors import UserError
from pipeline.record.corrections import MOST_BYTES

_KIND = "application/x-ndjson"
"""No form can send it, and a page from elsewhere only after asking, which is never allowed here."""
_PATIENCE = 30.0
"""Seconds for which a connection may say nothing."""
_HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip


class Server(ThreadingHTTPServer):
    """Shows one `Desk`. `port` 0 is any that is free."""

    daemon_threads = True

    def __init__(self, desk: Desk, port: int = 0) -> None:
        self.desk, self.token = desk, secrets.token_urlsafe(24)
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def address(self) -> str:
        """What a browser is given."""
        return f"http://127.0.0.1:{self.server_port}/{self.token}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """How a request may call this server."""
        return f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = _PATIENCE
    server_version, sys_version = "ocr2", ""

    def do_GET(self) -> None:
        if not self._allowed(""):
            return
        try:
            parts = self.server.desk.preview()
            first = next(parts)
        except UserError as error:
            self._answer(HTTPStatus.CONFLICT, str(error))
            return
        self._begin(HTTPStatus.OK, "text/html; charset=utf-8")
        self.wfile.write(first)
        for part in parts:
            self.wfile.write(part)

    def do_POST(self) -> None:
        if not self._allowed("corrections"):
            return
        origin, length = self.headers.get("Origin"), self.headers.get("Content-Length", "")
        if origin not in (None, *(f"http://{host}" for host in self.server.hosts)):
            self._answer(HTTPStatus.FORBIDDEN, "Not from here.")
        elif self.headers.get_content_type() != _KIND:
            self._answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Only {_KIND} is taken.")
        elif not length.isdecimal() or int(length) > MOST_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too much at once.")
        else:
            try:
                self._answer(HTTPStatus.OK, self.server.desk.save(self.rfile.read(int(length))))
            except UserError as error:
                self._answer(HTTPStatus.CONFLICT, f"Not saved: {error}")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal is for what a person wants to know."""

    def _allowed(self, rest: str) -> bool:
        """Whether the request knows the token and names this host; others are told nothing."""
        host = self.headers.get("Host", "")
        wanted = f"/{self.server.token}/{rest}"
        if host in self.server.hosts and hmac.compare_digest(self.path.encode(), wanted.encode()):
            return True
        self._answer(HTTPStatus.NOT_FOUND, "Nothing here.")
        return False

    def _answer(self, status: HTTPStatus, text: str) -> None:
        self._begin(status, "text/plain; charset=utf-8")
        self.wfile.write(text.encode("utf-8", "replace"))

    def _begin(self, status: HTTPStatus, kind: str) -> None:
        self.send_response(status)
        for name, value in (_HEADERS | {"Content-Type": kind}).items():
            self.send_header(name, value)
        self.end_headers()
