"""So many pages under way at a server at all times, by one loop over loopback; and when each of them was done.

HTTP 1.0, a connection a page: the front ends of a server share one socket, and a connection stays with the one that
took it.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from pipeline.engine.measure.beside_vllm.far import FILLING

HOST = "127.0.0.1"
# One front end that accepts takes all that wait: of 384 pages given at once some would get far more than others.
BETWEEN = 0.03
"""Seconds between pages of the first filling."""


Read = tuple[float, int, float]
"""A page: when it was done, by `time.monotonic`, its tokens, and the seconds from asking."""


class ServerError(Exception):
    """A server that answered otherwise than it was asked to, or not at all; the message is one line."""


@dataclass(frozen=True)
class Requests:
    """What is asked for, one after the other. `images` (paths) and `lengths` come round; `extra` goes into each."""

    port: int
    prompt: str
    images: list[str]
    lengths: list[int]
    extra: dict[str, Any]

    def body(self, number: int, tokens: int) -> dict[str, Any]:
        """A page, and exactly so many tokens of it: an end of the page is a token like any other.

        A file's name costs the server least: nothing to decode before the image itself.
        """
        image = {"type": "image_url", "image_url": {"url": f"file://{self.images[number % len(self.images)]}"}}
        return {
            "messages": [{"role": "user", "content": [image, {"type": "text", "text": self.prompt}]}],
            "max_completion_tokens": tokens, "ignore_eos": True, "temperature": 0.0, "skip_special_tokens": False,
            **self.extra,
        }  # fmt: skip

    def length(self, number: int) -> int:
        """Tokens that page `number` has."""
        return self.lengths[number % len(self.lengths)]


@dataclass(frozen=True)
class Stage:
    """Pages under way at a time, and those that were done meanwhile: (when, tokens), by `time.monotonic`.

    `begun` is when the first of them was given, or the last one too many was done (`falling`): what is under way then
    has been for as long as in the long run. `latency` is a page's mean time from asking to its answer, in seconds.
    """

    under_way: int
    falling: bool
    begun: float
    until: float
    done: list[tuple[float, int]]
    latency: float

    @property
    def filling(self) -> int:
        """How many pages are left out of its figures, as short answers are over-represented among them."""
        return 0 if self.falling else self.under_way


async def ask(port: int, path: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
    """Status and content. Raises OSError where nobody listens, or where the connection ends without an answer."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.0\r\nHost: {HOST}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        await writer.drain()
        answer = await reader.read()
    finally:
        writer.close()
    said, _, content = answer.partition(b"\r\n\r\n")
    words = said.split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        raise ConnectionResetError("vLLM's server hung up without an answer")
    return int(words[1]), content


async def page(requests: Requests, number: int, tokens: int) -> Read:
    """Has one page read; when it was done, its tokens, and the seconds it took.

    Raises ServerError for an answer that ended before it had its tokens, or none, and OSError like `ask`.
    """
    begun = time.monotonic()
    status, content = await ask(requests.port, "/v1/chat/completions", requests.body(number, tokens))
    if status != 200:
        said = " ".join(content.decode(errors="replace").split())
        raise ServerError(f"vLLM's server refused a page ({status}): {said[:200]}")
    answer = json.loads(content)
    reason, written = answer["choices"][0]["finish_reason"], answer["usage"]["completion_tokens"]
    if (reason, written) != ("length", tokens):
        raise ServerError(f"vLLM ended an answer after {written} of {tokens} tokens: {reason}")
    now = time.monotonic()
    return now, tokens, now - begun


class Load:
    """Pages under way, in stages one after the other without a pause."""

    def __init__(self, requests: Requests) -> None:
        self._requests, self._given, self._flying = requests, 0, set[asyncio.Task[Read]]()

    async def stage(self, under_way: int, seconds: float) -> Stage:
        """Keep so many under way for `seconds` (0 or more), or for longer until the first filling is done.

        From more pages to fewer nothing is given until no more are left. Raises ServerError and OSError like `page`.
        """
        falling = len(self._flying) > under_way
        while len(self._flying) > under_way:
            await self._heard(1.0)
        begun = now = time.monotonic()
        until, latest = begun + seconds, begun + FILLING * seconds
        done, steady, filled = list[Read](), falling, falling
        while now < until or (not steady and now < latest):
            for _ in range(under_way - len(self._flying) if filled else 1):
                self._give()
            filled = filled or len(self._flying) >= under_way
            done += await self._heard(min(1.0, until - now) if filled else BETWEEN)
            now = time.monotonic()
            if not steady and len(done) >= under_way:
                steady, until = True, max(until, now + seconds / 3)
        latency = sum(taken for *_, taken in done) / max(1, len(done))
        return Stage(under_way, falling, begun, now, [(at, tokens) for at, tokens, _ in done], latency)

    def _give(self) -> None:
        number, self._given = self._given, self._given + 1
        self._flying.add(asyncio.create_task(page(self._requests, number, self._requests.length(number))))

    async def _heard(self, seconds: float) -> list[Read]:
        """Pages that were done by now; one at least, where that takes no longer than this."""
        ended, self._flying = await asyncio.wait(self._flying, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return [task.result() for task in ended]

    async def close(self) -> None:
        """What is under way is left to the server."""
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)


async def metrics(port: int) -> dict[str, float]:
    """The server's sums by name, over all of its labels and front ends; empty where it has none."""
    status, content = await ask(port, "/metrics")
    sums: dict[str, float] = {}
    for line in content.decode(errors="replace").splitlines() if status == 200 else ():
        name, _, value = line.rpartition(" ")
        if not line.startswith("#"):
            name = name.partition("{")[0]
            sums[name] = sums.get(name, 0.0) + float(value)
    return sums
