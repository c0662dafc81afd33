"""One page to a server and back: the request, the stream that answers it, and what is to be made of a refusal."""

from __future__ import annotations

import base64
import email.utils
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.remote.address import Address
from pipeline.remote.listening import Answer, BrokenAnswerError
from pipeline.remote.served import OURS, Served, refuse_strangers
from pipeline.remote.sheets import Sheet

_CELLS = (128821, 128822)
"""The ids of <td> and </td> in the tokenizer of the released models: a table may repeat them."""
# Seconds that a server may ask for. More, and a wrong header stops a run for hours; less, and a server that counts by
# minutes is asked too early. Chosen, not measured.
_LONGEST_WAIT = 300.0


class RefusedError(Exception):
    """The server does not take this request, and would not take it again."""


class BusyError(Exception):
    """The server did not begin with the page: it has no room, is starting, or is not there. `wait`: seconds."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class LostPageError(Exception):
    """The server had the page, and no whole answer came: perhaps because of this very page."""


@dataclass(frozen=True)
class Wishes:
    """What goes along that is not in OpenAI's API, or that not every server has: refused, it is left out.

    `ban`: the n-gram ban, by vLLM's name for it. `certainty`: the probabilities of the tokens.
    """

    ban: bool = True
    certainty: bool = True

    def fewer(self) -> Iterator[Wishes]:
        """What is tried after a refusal."""
        yield from (Wishes(False, self.certainty), Wishes(self.ban, False), Wishes(False, False))


@dataclass(frozen=True)
class Asker:
    """Asks one server for pages with one prompt, and for pictures of them with another. They have no `<image>`: a
    server puts the image before the text, as the models' own prompts do. `patience`: seconds in which not a byte of an
    answer comes."""

    where: Address
    served: Served
    prompt: str
    picture: str
    options: DecodingOptions
    client: httpx.AsyncClient
    patience: float

    async def ask(self, sheet: Sheet, wishes: Wishes) -> Answer:
        """Raises RefusedError, BusyError, LostPageError; ModelError where the server does not let us in."""
        answer = Answer(watch=self.options.stop_loops and not self.served.ours)
        try:
            async with self.client.stream(
                "POST", f"{self.where.base}/chat/completions", json=self._body(sheet, wishes), timeout=self._timeout
            ) as response:
                await self._check(response)
                await _hear(response, answer)
                answer.finish  # noqa: B018 raises where the answer has no end
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise BusyError(f"it cannot be reached ({_said(error)})") from error
        except (httpx.HTTPError, httpx.StreamError, BrokenAnswerError) as error:
            raise LostPageError(f"no whole answer came from the server ({_said(error)})") from error
        return answer

    @property
    def _timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self.patience, connect=min(10.0, self.patience), pool=None)

    async def _check(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        with suppress(httpx.HTTPError):
            await response.aread()
        status, said = response.status_code, _text(response)
        refuse_strangers(self.where.base, status)
        # What says "later": the page was not begun, so that it is nobody's fault. Any other 5xx may be this page's
        # doing.
        if status in (408, 425, 429, 503):
            raise BusyError(f"it has no room ({status}: {said})", _wait(response.headers.get("retry-after")))
        if status >= 500:
            raise LostPageError(f"the server failed ({status}: {said})")
        raise RefusedError(f"the server does not take the page ({status}: {said})")

    def _body(self, sheet: Sheet, wishes: Wishes) -> dict[str, Any]:
        assert sheet.png is not None
        url = "data:image/png;base64," + base64.b64encode(sheet.png).decode()
        image = {"type": "image_url", "image_url": {"url": url}}
        text = {"type": "text", "text": self.picture if sheet.ref.is_picture else self.prompt}
        body: dict[str, Any] = {
            "model": self.served.model,
            "messages": [{"role": "user", "content": [image, text]}],
            "temperature": 0,
            "max_tokens": self.options.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "skip_special_tokens": False,  # the grounding marks are special tokens
        }
        if self.served.ours:
            return body | {OURS: {"attempt": sheet.ref.attempt, "pdf": sheet.pdf}}
        return body | ({"logprobs": True} if wishes.certainty else {}) | (self._ban(sheet) if wishes.ban else {})

    def _ban(self, sheet: Sheet) -> dict[str, Any]:
        rule = self.options.ban(sheet.pdf, again=sheet.ref.attempt > 0)
        ban = {"ngram_size": rule.size, "window_size": rule.window, "whitelist_token_ids": list(_CELLS)}
        return {"vllm_xargs": ban} if rule.size else {}


async def _hear(response: httpx.Response, answer: Answer) -> None:
    """Take what the stream says, and hang up when enough was heard."""
    async for line in response.aiter_lines():
        if line.startswith("data:") and answer.take(line.removeprefix("data:")):
            return


def _wait(text: str | None) -> float | None:
    """Seconds, from `Retry-After`: a number, or a date."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds == seconds else None


def _text(response: httpx.Response) -> str:
    try:
        body = response.json()
        said = body.get("error", body) if isinstance(body, dict) else body
        said = said.get("message", said) if isinstance(said, dict) else said
    except (ValueError, httpx.StreamError):
        said = response.reason_phrase
    return " ".join(str(said).split())[:200]


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
