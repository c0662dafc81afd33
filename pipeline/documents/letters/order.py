"""Letters that MuPDF sets otherwise than they are read: spaced out into words of one letter, numbers turned round."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

# Em by which the gaps between letters of one text object may differ: the file states one number, and rounding is .01.
# Larger, and figures in narrow columns, which stand apart by nearly as much, become one number.
_EVEN = 0.03
# Em between letters: below it MuPDF sees no space, beyond it no typesetter letterspaces, and columns begin.
_LEAST_SPACE, _MOST_SPACE = 0.1, 0.7
# Numbers in the digits of Arabic and Persian: MuPDF turns them round with the letters, and they run from left to right.
_NUMBERS = re.compile(r"[٠-٩۰-۹]+(?:[/.,:٫٬-][٠-٩۰-۹]+)*")
# Letters of a word that is spaced out for sure: rows of single figures, each with a printed space before it, have none.
_SPACED_WORD = 3
# Of a word alone on its line, and em between its letters: with less than a space (TeX's smallest is .22) between them,
# labels in a row would run together; three letters are a product in a formula. Chosen.
_LONE_WORD, _WORD_SPACE = 4, 0.22
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def unspaced(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The spans of a line of MuPDF's `rawdict` without the spaces that only letterspacing makes: the file prints spaces
    between its words, and all its letters stand equally far apart."""
    spans = list(line["spans"])
    chars = [char for span in spans for char in span["chars"]]
    if abs(line["dir"][1]) > _EVEN or not any(char.get("synthetic") for char in chars):
        return spans
    printed = [char for char in chars if not char.get("synthetic")]
    words = "".join(char["c"] for char in printed).split()
    if max(map(len, words), default=0) < _SPACED_WORD:
        return spans
    gaps = [b["bbox"][0] - a["bbox"][2] for a, b in pairwise(printed) if " " not in (a["c"], b["c"])]
    size = min(span["size"] for span in spans)
    # A word alone may be labels in a row, unless less than a space parts them.
    is_word = len(words[0]) >= _LONE_WORD and words[0].isalpha()
    most = _MOST_SPACE if len(words) > 1 else _WORD_SPACE if is_word else 0.0
    is_even = max(gaps) - min(gaps) < _EVEN * size and _LEAST_SPACE * size < min(gaps) < most * size
    if not is_even:
        return spans
    kept = [{**span, "chars": [c for c in span["chars"] if not c.get("synthetic")]} for span in spans]
    return [span for span in kept if span["chars"]]


def numbers_turned(spans: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The spans of a line of `rawdict`, their Arabic and Persian numbers as they are read, from left to right."""
    placed = [(char, at) for at, span in enumerate(spans) for char in span["chars"]]
    text = "".join(char["c"] for char, _ in placed)
    if not has_such_numbers(text):
        return list(spans)
    for found in _NUMBERS.finditer(text):
        number = placed[found.start() : found.end()]
        if all(a["origin"][0] > b["origin"][0] for (a, _), (b, _) in pairwise(number)):
            placed[found.start() : found.end()] = number[::-1]
    runs = groupby(placed, key=lambda one: one[1])
    return [{**spans[at], "chars": [char for char, _ in run]} for at, run in runs]


def has_such_numbers(text: str) -> bool:
    """Whether there is a number that `numbers_turned` looks at."""
    return _NUMBERS.search(text) is not None


def is_right_to_left(text: str) -> bool:
    """Whether any letter or number of a text runs from right to left: programs put Arabic and Hebrew into orders of
    their own."""
    return any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)
