"""By hand: `PYTHONPATH=.:tests/support python tests/ocr2cli/serving/load.py sleeping|nano|document|through`.
A second argument is a checkpoint's folder, instead of nano.

`sleeping`: an engine that sleeps as a GPU would (64 slots, half a second a page): what the server itself bears.
`nano`: small pages, 16 tokens each, on this machine's CPU. `document`: a PDF of two pages with text of its own.
`through`: 64 `convert` calls at once whose reader is the server; their files, and those of reading here.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymupdf
from PIL import Image, ImageDraw
from sleeping_server import sleeping_server

ROOT = Path(__file__).parents[3]
CLIENTS = (1, 8, 64)
SLOTS, SECONDS = 64, 0.5
MODEL = sys.argv[2] if len(sys.argv) > 2 else "nano"


def main() -> None:
    {"sleeping": sleeping, "nano": nano, "document": document, "through": through}[sys.argv[1]]()


def sleeping() -> None:
    with sleeping_server(SLOTS, SECONDS) as base:
        _load(f"{base}/v1", _png("A page"), {1: 8, 8: 64, 64: 1024})


def nano() -> None:
    with _server(MODEL) as base:
        _load(base, _png("Good morning"), {1: 16, 8: 48, 64: 128}, max_tokens=16)


def document() -> None:
    with _server("text-layer+nano") as base:
        _load(base, _pdf("text", scan=False), {1: 32, 8: 64, 64: 192})


def through() -> None:
    """Small pictures of pages, so that the network is asked for each."""
    from ocr2cli import convert, convert_many
    from pipeline.reader_options import ReaderOptions

    with tempfile.TemporaryDirectory() as name, _server(MODEL) as base:
        folder, failed = Path(name), list[str]()
        for number in range(64):
            (folder / f"{number}.pdf").write_bytes(_pdf(f"number {number}", scan=True, pages=1))

        def client(number: int) -> None:
            reading = ReaderOptions(base, "cpu", max_tokens=16)
            failed.extend(
                note.text for note in convert(folder / f"{number}.pdf", output=folder / "there", reading=reading).failed
            )

        clients = [threading.Thread(target=client, args=(number,)) for number in range(64)]
        start = time.monotonic()
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        took = time.monotonic() - start
        print(f"64 converting clients: 64 pages in {took:.1f} s, {64 / took:.2f} a second", flush=True)
        here = ReaderOptions(MODEL, "cpu", max_tokens=16)
        list(convert_many((folder / f"{n}.pdf" for n in range(64)), output=folder / "here", reading=here))
        there, own = _files(folder / "there"), _files(folder / "here")
        same = sum(there.get(name) == data for name, data in own.items())
        print(f"{same} of {len(own)} files as read here, {len(there)} there; pages cut or failed there: {len(failed)}")


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("transcript.jsonl", ".place.json")
    }


def _load(base: str, body: bytes, requests: dict[int, int], max_tokens: int = 8192) -> None:
    known = importlib.util.spec_from_file_location("load_test", ROOT / "examples/load_test.py")
    assert known is not None and known.loader is not None
    load_test = importlib.util.module_from_spec(known)
    known.loader.exec_module(load_test)
    for clients, count in requests.items():
        asyncio.run(load_test.load(base, body, clients, count, max_tokens))


@contextmanager
def _server(model: str) -> Iterator[str]:
    command = [sys.executable, "-m", "ocr2cli", "serve", "--port", "0", "-m", model, "--device", "cpu"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = subprocess.Popen([*command, "--max-tokens", "16"], stderr=subprocess.PIPE, text=True, env=environment)
    assert running.stderr is not None
    found = re.search(r"http://\S+/v1", running.stderr.readline())
    assert found is not None
    try:
        yield found[0]
    finally:
        running.terminate()
        running.wait(30)


def _png(text: str) -> bytes:
    image = Image.new("RGB", (300, 120), "white")
    ImageDraw.Draw(image).text((20, 40), text, fill="black")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _pdf(text: str, scan: bool, pages: int = 2) -> bytes:
    with pymupdf.open() as document:
        for number in range(1, pages + 1):
            if scan:
                page = document.new_page(width=150, height=60)
                page.insert_image(page.rect, stream=_png(f"{text}, page {number}"))
            else:
                document.new_page().insert_text((72, 100), f"Page {number} has {text} of its own.", fontsize=12)
        return document.tobytes()


if __name__ == "__main__":
    main()
