"""An S3 server on this machine (moto's), behind a door that can lose requests, answers and connections."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

BUCKET = "bucket"
_REFUSALS = {"501": "Not Implemented", "503": "Slow Down", "403": "Forbidden"}

Fault = Callable[[str, str], str | None]
"""(method, path) -> what goes wrong: 501, 503, 403, 'slow', 'cut' (in an upload), 'lost' (the answer), or None."""


@dataclass
class S3Server:
    """`environment` is what a process needs to find it. `fault` may be set at any time, also from other threads."""

    port: int
    fault: Fault = lambda method, path: None
    seen: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    slow: float = 5.0

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}", "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip

    @property
    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1", aws_access_key_id="key",
            aws_secret_access_key="secret",
        )  # fmt: skip

    def keys(self, prefix: str = "", bucket: str = BUCKET) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]

    def read(self, key: str, bucket: str = BUCKET) -> bytes:
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def write(self, key: str, data: bytes, bucket: str = BUCKET) -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def files(self, prefix: str) -> dict[str, bytes]:
        """What a run leaves for people: no states and no signs of life."""
        return {
            key[len(prefix) :]: self.read(key) for key in self.keys(prefix) if "/." not in key[len(prefix) - 1 :]
        }  # fmt: skip


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Raises ImportError where moto is not installed."""
    import logging

    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    inner = DomainDispatcherApplication(create_backend_app)
    putting = threading.Lock()  # moto looks and puts in two steps, which no S3 does

    def app(environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        server.seen[method] += 1
        what = server.fault(method, path)
        server.faults[what or "none"] += 1
        if what in _REFUSALS:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            answer(f"{what} {_REFUSALS[what]}", [("Content-Length", "0")])
            return [b""]
        if what == "slow":
            time.sleep(server.slow)
        if what == "cut":
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0) // 2)
            return _cut(environ)
        with putting:
            parts = list(inner(environ, answer))
        if what == "lost":
            return _cut(environ)
        return parts

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *arguments: object) -> None:
            pass

    running = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server = S3Server(running.server_port)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    server.client.create_bucket(Bucket=BUCKET)
    try:
        yield server
    finally:
        running.shutdown()
        thread.join()


def _cut(environ: dict[str, Any]) -> Iterable[bytes]:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def every(nth: int, *whats: str, methods: str = "PUT GET HEAD DELETE") -> Fault:
    """One fault after the other, at each `nth` request of these methods."""
    count, kinds = itertools.count(1), itertools.cycle(whats)

    def fault(method: str, path: str) -> str | None:
        return next(kinds) if method in methods.split() and next(count) % nth == 0 else None

    return fault
