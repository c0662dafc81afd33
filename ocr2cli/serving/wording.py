"""Tokens as they come → the text that is certain by now, up to where the client wants it to end."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.tokenizer import Tokenizer

_OPEN = "\N{REPLACEMENT CHARACTER}"
"""What half a character decodes to: it waits for its other half."""


class Wording:
    """One answer. The pieces of `feed` together are the beginning of its text."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._before: list[int] = []  # of the last piece: a token may decode otherwise when it stands alone
        self._waiting: list[int] = []
        self.said = ""

    def feed(self, tokens: Sequence[int]) -> str:
        """What has become certain; may be empty."""
        self._waiting += tokens
        head = self._tokenizer.decode(self._before)
        text = self._tokenizer.decode([*self._before, *self._waiting])
        if text.endswith(_OPEN) or not text.startswith(head):
            return ""
        self._before, self._waiting = self._waiting, []
        self.said += (piece := text[len(head) :])
        return piece

    def rest(self, text: str) -> str:
        """What is missing of the whole text. Of one that was cut in a loop more was said than is good: then nothing."""
        piece = text[len(self.said) :] if text.startswith(self.said) else ""
        self.said += piece
        return piece


class Ending:
    """The text up to the first of some words at which it stops; they are not part of it. The pieces of `feed` and
    `rest` together are that text."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._held = max(map(len, stops), default=1) - 1  # characters that may be the beginning of one
        self._waiting = ""
        self.reached = False

    def feed(self, piece: str) -> str:
        """What can be said by now; may be empty."""
        if self.reached:
            return ""
        self._waiting += piece
        places = [at for stop in self._stops if (at := self._waiting.find(stop)) >= 0]
        self.reached = bool(places)
        ready = min(places) if places else max(0, len(self._waiting) - self._held)
        said, self._waiting = self._waiting[:ready], "" if places else self._waiting[ready:]
        return said

    def rest(self, piece: str) -> str:
        """What is left with the last piece."""
        said = self.feed(piece)
        left, self._waiting = self._waiting, ""
        return said + left
