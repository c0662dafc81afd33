"""How a server bears many clients at once: requests a second, how long they took, and what went wrong.

python examples/load_test.py http://127.0.0.1:8000/v1 page.png --clients 64 --requests 256

An image goes to /v1/chat/completions as one page; a PDF to /v1/convert of `ocr2 serve`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

PROMPT = "<|grounding|>Convert the document to markdown."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", help="address of the API")
    parser.add_argument("image", type=Path, help="the page, or the PDF, that every client sends")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=256)
    parser.add_argument("--max-tokens", type=int, default=8192)
    given = parser.parse_args()
    asyncio.run(load(given.base.rstrip("/"), given.image.read_bytes(), given.clients, given.requests, given.max_tokens))


async def load(base: str, image: bytes, clients: int, requests: int, max_tokens: int) -> None:
    key = os.environ.get("OPENAI_API_KEY", "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(headers=headers, timeout=600, limits=httpx.Limits(max_connections=clients)) as client:
        model = (await client.get(f"{base}/models")).json()["data"][0]["id"]
        left = iter(range(requests))
        is_pdf = image.startswith(b"%PDF")
        send = converting(client, base, image) if is_pdf else asking(client, base, model, image, max_tokens)
        seconds: list[float] = []
        ended: Counter[str] = Counter()
        start = time.monotonic()
        await asyncio.gather(*(ask(send, left, seconds, ended) for _ in range(clients)))
        took = time.monotonic() - start
    print(f"{model}: {requests} requests by {clients} clients in {took:.1f} s, {requests / took:.2f} a second")
    if len(seconds) > 1:
        half, *_, last = statistics.quantiles(seconds, n=20)[9:19]
        print(f"whole answers: {len(seconds)}; half within {half:.2f} s, 95 % within {last:.2f} s")
    print(", ".join(f"{how}: {count}" for how, count in ended.most_common()))


def question(model: str, image: bytes, max_tokens: int) -> dict[str, Any]:
    url = "data:image/png;base64," + base64.b64encode(image).decode()
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": PROMPT}]
    return {
        "model": model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": max_tokens,
        "temperature": 0,
    }


Send = Callable[[], Awaitable[tuple[httpx.Response, str]]]
"""One request; the answer, and how it ended where it did well."""


def asking(client: httpx.AsyncClient, base: str, model: str, image: bytes, max_tokens: int) -> Send:
    body = question(model, image, max_tokens)

    async def send() -> tuple[httpx.Response, str]:
        answer = await client.post(f"{base}/chat/completions", json=body)
        return answer, answer.json()["choices"][0]["finish_reason"] if answer.is_success else ""

    return send


def converting(client: httpx.AsyncClient, base: str, document: bytes) -> Send:
    async def send() -> tuple[httpx.Response, str]:
        return await client.post(f"{base}/convert", content=document), "converted"

    return send


async def ask(send: Send, left: Iterator[int], seconds: list[float], ended: Counter[str]) -> None:
    """One client: one request after the other until none is left."""
    for _ in left:
        start = time.monotonic()
        try:
            answer, how = await send()
        except httpx.HTTPError as error:
            ended[type(error).__name__] += 1
            continue
        if answer.is_success:
            seconds.append(time.monotonic() - start)
        ended[how if answer.is_success else str(answer.status_code)] += 1


if __name__ == "__main__":
    main()
