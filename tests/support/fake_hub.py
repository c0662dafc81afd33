"""A hub of models on the loopback address, with as much of its interface as fetching weights needs."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

REPOSITORY = "someone/model"
REVISION = "a" * 40


class Hub(ThreadingHTTPServer):
    """`files` are those of the one repository, the large ones with a SHA-256; `asked` notes what was sent of each.

    The connection is cut after `cut` bytes of a file, once.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.asked = dict(files), list[tuple[str, int]]()
        self.cut: int | None = None
        self.listed = {name: _facts(name, data) for name, data in files.items()}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def hub(files: Mapping[str, bytes]) -> Iterator[Hub]:
    with Hub(files) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


def _facts(name: str, data: bytes) -> dict[str, object]:
    blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
    facts: dict[str, object] = {"type": "file", "path": name, "size": len(data), "oid": blob}
    if name.endswith(".safetensors"):
        facts["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return facts


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith(f"/api/models/{REPOSITORY}/tree/"):
            self._json(list(self.server.listed.values()))
        elif path in (f"/api/models/{REPOSITORY}", f"/api/models/{REPOSITORY}/revision/{REVISION}"):
            siblings = [{"rfilename": name} for name in self.server.files]
            self._json({"id": REPOSITORY, "sha": REVISION, "siblings": siblings, "private": False, "tags": []})
        elif path.startswith(f"/{REPOSITORY}/resolve/") and (name := path.rpartition("/")[2]) in self.server.files:
            self._file(name)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _json(self, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _file(self, name: str) -> None:
        data, start = self.server.files[name], 0
        if wanted := self.headers.get("Range"):
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        listed = self.server.listed[name]
        lfs = listed.get("lfs")
        self.send_header("ETag", f'"{lfs["oid"] if isinstance(lfs, dict) else listed["oid"]}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.server.asked.append((name, start))
        rest = data[start:]
        if self.server.cut is not None and len(rest) > self.server.cut:
            rest, self.server.cut = rest[: self.server.cut], None
        self.wfile.write(rest)
