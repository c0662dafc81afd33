"""By hand: `PYTHONPATH=.:tests/support python tests/ocr2cli/serving/manners.py`. Some three minutes on two cores.

A real server with nano: 64 clients of the `openai` package at once, more than the queue holds, clients that go away,
a stop with requests under way; then 64 documents at once against reading here.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pymupdf
from PIL import Image, ImageDraw

from ocr2cli import convert

ROOT = Path(__file__).parents[3]
CLIENTS, MORE, STAY = 64, 80, 16
TOKEN = "open sesame"
PROMPT = "<|grounding|>Convert the document to markdown."


def main() -> None:
    with _server("nano", "--max-tokens", "8", "--queue", str(CLIENTS), "--token", TOKEN) as (process, base):
        print(httpx.get(f"{base}/models").status_code, "without the token")
        asyncio.run(by_openai(base))
        asyncio.run(going_away(base))
        asyncio.run(stopped(process, base))
    with _server("text-layer+nano", "--documents", "4") as (_, base):
        asyncio.run(documents(base))


async def by_openai(base: str) -> None:
    """Everybody at once gets what each gets alone."""
    async with openai.AsyncOpenAI(base_url=base, api_key=TOKEN, timeout=600) as client:
        alone = [await _ask(client, number) for number in range(0, CLIENTS, 8)]
        start = time.monotonic()
        together = await asyncio.gather(*(_ask(client, number) for number in range(CLIENTS)))
        took = time.monotonic() - start
    same = sum(a == b for a, b in zip(alone, together[::8], strict=True))
    print(f"openai: {len(together)} answers at once in {took:.0f} s, {len(set(together))} texts; {same} of 8 as alone")


async def _ask(client: openai.AsyncOpenAI, number: int) -> str:
    answer = await client.chat.completions.create(model="nano", messages=[_message(number)], temperature=0)
    return answer.choices[0].message.content or ""


async def going_away(base: str) -> None:
    """More than the queue holds; of those who got in, only some stay."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    ended: Counter[str] = Counter()
    async with httpx.AsyncClient(headers=headers, timeout=600, limits=httpx.Limits(max_connections=200)) as client:
        body = {number: {"messages": [_message(number)], "temperature": 0} for number in range(MORE)}
        asking = [asyncio.create_task(client.post(f"{base}/chat/completions", json=body[n])) for n in range(MORE)]
        refused = MORE - CLIENTS
        while sum(each.done() for each in asking) < refused:
            await asyncio.sleep(0.05)
        print("under way:", await _under_way(client, base))
        for each in [each for each in asking if not each.done()][STAY:]:
            each.cancel()
        start = time.monotonic()
        while (left := await _under_way(client, base)) > STAY:
            await asyncio.sleep(0.05)
        print(f"gone: {left} under way after {time.monotonic() - start:.2f} s")
        for each in asking:
            try:
                ended[str((await each).status_code)] += 1
            except asyncio.CancelledError:
                ended["went away"] += 1
        print("ended:", dict(ended), "under way:", await _under_way(client, base))
        print(
            *[line for line in (await client.get(_root(base) + "/metrics")).text.splitlines() if "gone_total" in line]
        )


async def stopped(process: subprocess.Popen[str], base: str) -> None:
    """SIGTERM, while two dozen are under way."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(headers=headers, timeout=600, limits=httpx.Limits(max_connections=200)) as client:
        body = {"messages": [_message(1)], "temperature": 0}
        asking = [asyncio.create_task(client.post(f"{base}/chat/completions", json=body)) for _ in range(24)]
        while await _under_way(client, base) < 24:
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        codes = Counter([(await each).status_code for each in asking])
        print(f"stop: {dict(codes)}, exit code {await asyncio.to_thread(process.wait, 60)}", end=" ")
        print(f"after {time.monotonic() - start:.0f} s")


async def documents(base: str) -> None:
    """As many documents at once, each its own, against reading here."""
    papers = [_paper(number) for number in range(CLIENTS)]
    here = [convert(paper, model="text-layer").markdown for paper in papers]
    async with httpx.AsyncClient(timeout=600) as client:
        start = time.monotonic()
        there = await asyncio.gather(*(client.post(f"{base}/convert", content=paper) for paper in papers))
        took = time.monotonic() - start
    same = sum(answer.text == text for answer, text in zip(there, here, strict=True))
    print(f"documents: {len(there)} at once in {took:.0f} s, {same} with the bytes of reading here")


async def _under_way(client: httpx.AsyncClient, base: str) -> int:
    text = (await client.get(_root(base) + "/metrics")).text
    return int(float(re.findall(r"^ocr2_pages_under_way (\S+)", text, re.MULTILINE)[0]))


def _root(base: str) -> str:
    return base.removesuffix("/v1")


def _message(number: int) -> Any:
    image = Image.new("RGB", (200 + number, 100), "white")
    ImageDraw.Draw(image).text((20, 40), f"Number {number * 37}", fill="black")
    file = io.BytesIO()
    image.save(file, "PNG")
    url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": PROMPT}]
    return {"role": "user", "content": content}


def _paper(number: int) -> bytes:
    with pymupdf.open() as document:
        for page in range(1, 3):
            document.new_page().insert_text((72, 100), f"Page {page} of paper {number} has text.", fontsize=12)
        return document.tobytes()


@contextmanager
def _server(model: str, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "ocr2cli", "serve", "--port", "0", "-m", model, "--device", "cpu", *more]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert running.stderr is not None
    found = re.search(r"http://\S+/v1", running.stderr.readline())
    assert found is not None
    try:
        yield running, found[0]
    finally:
        running.terminate()
        running.wait(60)


if __name__ == "__main__":
    main()
