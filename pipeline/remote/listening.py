"""An answer as it streams in: its text so far, how sure the model was, and the loop in which it may end."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.engine.decoding.loops import LoopWatch
from pipeline.transcript import Finish

_PIECE = re.compile(r"<\|[^|<>]{1,20}\|>|</?t[dr]>|\d|[^\W\d_]{1,5}|\s+|.", re.DOTALL)
"""About a token: marks, cells, digits one by one, words cut after five letters."""
_END = "<｜end▁of▁sentence｜>"
"""Some servers write it out where special tokens are kept."""
# Characters: no page has as many (8,192 tokens are some 40,000). A server that sends for ever must not fill the memory.
_MOST = 1 << 20


class BrokenAnswerError(Exception):
    """What came is no answer, or not a whole one."""


class LoopListener:
    """Finds loops in text that comes in parts, with the watch that the engine has, which counts in tokens.

    Where the server names the tokens they are taken, else pieces of about their size: a loop repeats either way.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []
        self._rest = ""
        self._watch = LoopWatch(self._text_of)

    def feed(self, pieces: Sequence[str]) -> str | None:
        """What is good of the answer, once it has become a loop; None until then."""
        ids = np.array([self._number(piece) for piece in pieces], np.int64)
        loop = self._watch.feed(ids) if len(ids) else None
        return None if loop is None else self._watch.text(loop)

    def feed_text(self, text: str) -> str | None:
        """The same of text without tokens. The last piece is kept back: it may go on."""
        pieces = _PIECE.findall(self._rest + text)
        self._rest = pieces.pop() if pieces else ""
        return self.feed(pieces)

    def _number(self, piece: str) -> int:
        if piece not in self._numbers:
            self._numbers[piece] = len(self._texts)
            self._texts.append(piece)
        return self._numbers[piece]

    def _text_of(self, ids: Sequence[int]) -> str:
        return "".join(self._texts[number] for number in ids)


class Answer:
    """One page's answer: `take` the data of events until it says that enough was heard; then see `finish`."""

    def __init__(self, watch: bool = True) -> None:
        self.text = ""
        self.prompt_tokens = self.output_tokens = 0
        self._listener = LoopListener() if watch else None
        self._reason: str | None = None
        self._probability, self._tokens = 0.0, 0
        self._own: dict[str, Any] = {}  # what a server of ours adds
        self._over = False
        self.looped = False

    @property
    def confidence(self) -> float | None:
        """The mean probability of the chosen tokens, where the server tells."""
        own = self._own.get("confidence")
        if isinstance(own, float | int):
            return float(own)
        return min(self._probability / self._tokens, 1.0) if self._tokens else None

    @property
    def finish(self) -> Finish:
        """How it ended. Raises BrokenAnswerError where it did not."""
        if self.looped:
            return Finish.LOOP
        if self._reason is None:
            raise BrokenAnswerError("the stream ended before the answer did")
        return Finish.LENGTH if self._reason == "length" else Finish.STOP if self.text.strip() else Finish.EMPTY

    def take(self, data: str) -> bool:
        """One event; True where nothing more need be heard. Raises BrokenAnswerError."""
        if data.strip() == "[DONE]":
            self._over = True
            return True
        try:
            self._take(json.loads(data))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise BrokenAnswerError(f"the server sent no answer but {data[:80]!r}") from error
        if len(self.text) > _MOST:
            raise BrokenAnswerError("the answer has no end")
        return self.looped

    def _take(self, event: dict[str, Any]) -> None:
        if "error" in event:
            raise BrokenAnswerError(f"the server said: {str(event['error'])[:200]}")
        if usage := event.get("usage"):
            self.prompt_tokens = int(usage.get("prompt_tokens") or 0)
            self.output_tokens = int(usage.get("completion_tokens") or 0)
        for choice in event.get("choices", ())[:1]:
            self._hear((choice.get("delta") or {}).get("content") or "", choice.get("logprobs") or {})
            if reason := choice.get("finish_reason"):
                self._reason, self.text = str(reason), self.text.removesuffix(_END)
        if isinstance(own := event.get("ocr2"), dict):
            self._own = own
            self.text = str(own["text"]) if "text" in own else self.text[: int(own["characters"])]
            self.looped = own.get("finish") == Finish.LOOP

    def _hear(self, text: str, logprobs: dict[str, Any]) -> None:
        tokens = logprobs.get("content") or []
        for token in tokens:
            # Some servers round to a hair above 0; a probability above 1 would hide an unsure token.
            self._probability += math.exp(min(0.0, float(token["logprob"])))
            self._tokens += 1
        self.text += text
        self.output_tokens += max(len(tokens), int(bool(text)))  # until `usage` says better
        if self._listener and (text or tokens):
            named = [str(token["token"]) for token in tokens]
            good = self._listener.feed(named) if named else self._listener.feed_text(text)
            if good is not None:
                self.text, self.looped = good, True
