"""One page by the protocol of OpenAI's chat completions: an image to the engine, its text back, whole or in parts."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocr2cli.serving.asked import Question
from ocr2cli.serving.limits import RequestError
from ocr2cli.serving.metrics import Metrics
from ocr2cli.serving.wording import Ending, Wording
from pipeline.serving.engine import Serving
from pipeline.transcript import Finish, PageRef, Source, Transcript

ALIVE = 10.0
"""Seconds without a word after which the stream says that it is still there."""
_REASONS = {Finish.LENGTH: "length", Finish.LOOP: "repetition"}
_OVER = "data: [DONE]\n\n"  # of a stream

Event = tuple[int, ...] | Transcript


@dataclass
class Reading:
    """One page under way. Made on the event loop; whoever made it closes it, which frees the page's slot."""

    serving: Serving
    metrics: Metrics
    ref: PageRef
    until: float  # of the loop's clock
    events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)

    @classmethod
    def begin(cls, serving: Serving, metrics: Metrics, question: Question, folder: Path, seconds: float) -> Reading:
        """The image becomes a file of its own: it is opened where nothing that it does harms the server."""
        path = folder / f"{uuid.uuid4().hex}.image"
        path.write_bytes(question.image)
        ref = PageRef(Source(path, "the image"), 1, question.attempt, asked=question.asked)
        reading = cls(serving, metrics, ref, asyncio.get_running_loop().time() + seconds)
        loop = asyncio.get_running_loop()

        def tell(event: Event) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(reading.events.put_nowait, event)

        serving.shared.give(ref, tell, lambda tokens: tell(tuple(tokens)))
        return reading

    async def next(self, patience: float) -> Event | None:
        """What comes next; None where nothing does for so long. Raises RequestError where the time is up."""
        left = self.until - asyncio.get_running_loop().time()
        if left <= 0:
            raise RequestError(504, "the page was not read in time; try again, or raise --timeout")
        try:
            event = await asyncio.wait_for(self.events.get(), min(patience, left))
        except TimeoutError:
            return None
        if isinstance(event, Transcript):
            self.metrics.page(event)
            if event.finish is Finish.ERROR and not self.serving.shared.alive:
                raise RequestError(503, "the server is ending; ask again", 5)
            if event.finish is Finish.ERROR:
                raise RequestError(422, f"the image cannot be read: {event.error}")
        return event

    def close(self) -> None:
        """Nobody wants it any more, or it is done; may be called twice."""
        self.serving.shared.drop(self.ref)
        self.ref.source.path.unlink(missing_ok=True)


async def whole(reading: Reading, stops: Sequence[str] = ()) -> dict[str, Any]:
    """The answer in one piece. A page is read to its end although its text stops before: it says what it cost."""
    while not isinstance(event := await reading.next(ALIVE), Transcript):
        pass
    ending = Ending(stops)
    text = ending.rest(event.text)
    reason = "stop" if ending.reached else _reason(event)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason, "logprobs": None}
    head = _head(reading, "chat.completion")
    return head | {"choices": [choice], "usage": _usage(event), "ocr2": _own(event, event.text, ending)}


async def parts(reading: Reading, usage: bool, stops: Sequence[str] = ()) -> AsyncIterator[str]:
    """The answer as server-sent events. Where its text stops the page is left, unless it is to say what it cost."""
    head, wording = _head(reading, "chat.completion.chunk"), Wording(reading.serving.tokenizer)
    ending = Ending(stops)

    def event(delta: dict[str, str], reason: str | None = None, **more: object) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _event(head | {"choices": [choice]} | more)

    yield event({"role": "assistant", "content": ""})
    try:
        while not isinstance(new := await reading.next(ALIVE), Transcript):
            if new is None:
                yield ": still reading\n\n"
            elif piece := ending.feed(wording.feed(new)):
                yield event({"content": piece})
            if ending.reached and not usage:
                yield event({}, "stop")
                yield _OVER
                return
    except RequestError as error:
        yield _event({"error": {"message": str(error), "code": error.status}})
        return
    if rest := ending.rest(wording.rest(new.text)):
        yield event({"content": rest})
    yield event({}, "stop" if ending.reached else _reason(new), ocr2=_own(new, wording.said, ending))
    if usage:
        yield _event(head | {"choices": [], "usage": _usage(new)})
    yield _OVER


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _head(reading: Reading, kind: str) -> dict[str, Any]:
    name = f"chatcmpl-{reading.ref.source.path.stem}"
    return {"id": name, "object": kind, "created": int(time.time()), "model": reading.serving.name}


def _reason(page: Transcript) -> str:
    return _REASONS.get(page.finish, "stop")


def _usage(page: Transcript) -> dict[str, int]:
    prompt, answer = page.prompt_tokens, page.output_tokens
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _own(page: Transcript, said: str, ending: Ending) -> dict[str, object]:
    """What the protocol has no place for. `characters`: those of what was said that are good; where what was said is
    no beginning of the text, the text. Neither of a text that was to stop before its end."""
    if ending.reached:
        return {"finish": page.finish.value, "confidence": page.confidence}
    good = said.startswith(page.text)
    how = {"characters": len(page.text)} if good else {"text": page.text}
    return {"finish": page.finish.value, "confidence": page.confidence, **how}
