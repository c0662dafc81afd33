"""Azure's and Google's stores on this machine, where somebody has installed what plays them: `azurite-blob` (npm's
azurite) and `fake-gcs-server`, on the PATH.

obstore speaks Google's XML interface, which no emulator has with conditions: `_Front` turns it into the JSON one, in
which fake-gcs-server keeps them.
"""

from __future__ import annotations

import base64
import datetime
import email.utils
import hashlib
import hmac
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from xml.sax.saxutils import escape

ACCOUNT = "devstoreaccount1"
# Azurite's own, in its documentation: a key to nothing.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_BORDER = b"between-parts-of-an-upload"
AZURITE, FAKE_GCS = shutil.which("azurite-blob"), shutil.which("fake-gcs-server")


@contextmanager
def azure(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which az://bucket is there."""
    assert AZURITE is not None
    port = _free_port()
    command = [AZURITE, "--silent", "--inMemoryPersistence", "--blobPort", str(port), "--skipApiVersionCheck"]
    with _running(command, port, folder):
        root = f"http://127.0.0.1:{port}/{ACCOUNT}"
        date = email.utils.format_datetime(datetime.datetime.now(datetime.UTC), usegmt=True)
        known = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n/{ACCOUNT}/{ACCOUNT}/bucket\nrestype:container"
        text = "PUT" + "\n" * 12 + known
        mac = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
        signed = {"x-ms-date": date, "x-ms-version": "2021-08-06", "Authorization": f"SharedKey {ACCOUNT}:{mac}"}
        _http("PUT", f"{root}/bucket?restype=container", None, signed | {"Content-Length": "0"})
        yield {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY, "AZURE_STORAGE_ENDPOINT": root,
        }  # fmt: skip


@contextmanager
def google(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which gs://bucket is there."""
    assert FAKE_GCS is not None
    port = _free_port()
    command = [FAKE_GCS, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"]
    with _running(command, port, folder):
        root = f"http://127.0.0.1:{port}"
        _http("POST", f"{root}/storage/v1/b?project=x", b'{"name": "bucket"}', {"Content-Type": "application/json"})
        front = ThreadingHTTPServer(("127.0.0.1", 0), type("Front", (_Front,), {"root": root}))
        threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True).start()
        account = folder / "account.json"
        facts = {"client_email": "", "private_key": "", "private_key_id": "", "disable_oauth": True}
        base = f"http://127.0.0.1:{front.server_address[1]}"
        account.write_text(json.dumps(facts | {"gcs_base_url": base}))
        try:
            yield {"GOOGLE_SERVICE_ACCOUNT": str(account), "GOOGLE_BASE_URL": base}
        finally:
            front.shutdown()
            front.server_close()


class _Front(BaseHTTPRequestHandler):
    """Google's XML interface, as far as obstore uses it, in front of a server of the JSON one."""

    protocol_version = "HTTP/1.1"
    root = ""

    def log_message(self, *_: object) -> None:
        pass

    def do_PUT(self) -> None:
        bucket, key = self._place()
        wishes = {"uploadType": "multipart"}  # the one kind of upload in which fake-gcs-server keeps conditions
        if (known := self.headers.get("x-goog-if-generation-match")) is not None:
            wishes["ifGenerationMatch"] = known
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        facts = json.dumps({"name": key}).encode()
        head = b"--%s\r\nContent-Type: application/json\r\n\r\n%s\r\n--%s\r\nContent-Type: text/plain\r\n\r\n"
        data = head % (_BORDER, facts, _BORDER) + data + b"\r\n--%s--\r\n" % _BORDER
        kind = {"Content-Type": f"multipart/related; boundary={_BORDER.decode()}"}
        status, body = _http("POST", f"{self.root}/upload/storage/v1/b/{bucket}/o?{urlencode(wishes)}", data, kind)
        self._answer(status, b"", self._facts(body) if status == 200 else {})

    def do_GET(self) -> None:
        bucket, key = self._place()
        if not key:
            self._list(bucket)
            return
        status, body = _http("GET", self._object(bucket, key))
        if status != 200:
            self._answer(status, b"", {})
            return
        data = _http("GET", f"{self._object(bucket, key)}?alt=media")[1]
        self._answer(200, data, self._facts(body))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self._answer(_http("DELETE", self._object(*self._place()))[0], b"", {})

    def _list(self, bucket: str) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        wishes = {name: asked[name] for name in ("prefix", "delimiter") if name in asked}
        found = json.loads(_http("GET", f"{self.root}/storage/v1/b/{bucket}/o?{urlencode(wishes)}")[1])
        objects = "".join(
            f"<Contents><Key>{escape(item['name'])}</Key><LastModified>{item['updated']}</LastModified>"
            f"<Size>{item['size']}</Size><ETag>{escape(item['etag'])}</ETag><Generation>{item['generation']}</Generation>"
            "</Contents>"
            for item in found.get("items", ())
        )
        folders = (f"<CommonPrefixes><Prefix>{escape(p)}</Prefix></CommonPrefixes>" for p in found.get("prefixes", ()))
        self._answer(200, f"<ListBucketResult>{objects}{''.join(folders)}</ListBucketResult>".encode(), {})

    def _place(self) -> tuple[str, str]:
        from urllib.parse import unquote

        bucket, _, key = urlsplit(self.path).path.removeprefix("/").partition("/")
        return bucket, unquote(key)

    def _object(self, bucket: str, key: str) -> str:
        return f"{self.root}/storage/v1/b/{bucket}/o/{quote(key, safe='')}"

    def _facts(self, body: bytes) -> dict[str, str]:
        item = json.loads(body)
        time_of = datetime.datetime.fromisoformat(item["updated"]).astimezone(datetime.UTC)
        return {
            "ETag": item["etag"], "x-goog-generation": item["generation"],
            "Last-Modified": email.utils.format_datetime(time_of, usegmt=True),
        }  # fmt: skip

    def _answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _http(method: str, url: str, data: bytes | None = None, headers: Any = None) -> tuple[int, bytes]:
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()
