"""Whether a text is what was expected: by how it begins, or by how many of its characters are wrong."""

from __future__ import annotations

import re

import numpy as np

_NUMBER = re.compile(r"(\d+)")
_MARKS = re.compile(r"<\|ref\|>.*?<\|/ref\|>|<\|det\|>.*?<\|/det\|>|[#*]")
_SHOWN = 60


def wrong_beginning(text: str, expected: str, slack: int) -> str | None:
    """In words, how a text does not begin as expected; None where it does. Numbers of places may be `slack` off."""
    parts = _NUMBER.split(expected)  # text, number, text, …
    pattern = "".join(r"(\d+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    found = re.match(pattern, text)
    if found is not None:
        off = [abs(int(seen) - int(wanted)) for seen, wanted in zip(found.groups(), parts[1::2], strict=True)]
        inside = [part.rfind("<|det|>") > part.rfind("<|/det|>") for part in _heads(parts)]
        if all(far <= (slack if place else 0) for far, place in zip(off, inside, strict=True)):
            return None
    return f"it begins {text[:_SHOWN]!r} and not {expected[:_SHOWN]!r}"


def _heads(parts: list[str]) -> list[str]:
    """What stands before each number."""
    return ["".join(parts[: place + 1]) for place in range(0, len(parts) - 1, 2)]


def error_rate(text: str, truth: str) -> float:
    """Wrong characters for each of the truth, 0 and up, in that part of the text that fits best."""
    said, wanted = (" ".join(_MARKS.sub("", part).split()) for part in (text, truth))
    return _distance(said, wanted) / max(1, len(wanted))


def _distance(text: str, truth: str) -> int:
    """Edits from the nearest part of a text to the truth: what stands before and behind that part costs nothing."""
    letters = np.array([ord(c) for c in text], np.int64)
    place = np.arange(len(text) + 1)
    costs = np.zeros(len(text) + 1, np.int64)
    for count, letter in enumerate(truth, 1):
        best = np.concatenate(([count], np.minimum(costs[:-1] + (letters != ord(letter)), costs[1:] + 1)))
        # A letter too many costs one for each place that it goes on.
        costs = np.minimum.accumulate(best - place) + place
    return int(costs.min())
