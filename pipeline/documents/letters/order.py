"""Letters that MuPDF sets otherwise than they are read: spaced out into words of one letter, numbers turned round."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import Any

_Sized = tuple[dict[str, Any], float]  # a character of MuPDF's, and its size in points

# Em by which the gaps between letters of one text object may differ: the file states one number, and rounding is .01.
# Larger, and figures in narrow columns, which stand apart by nearly as much, become one number.
_EVEN = 0.03
# Em between letters: below it MuPDF sees no space, beyond it no typesetter letterspaces, and columns begin.
_LEAST_SPACE, _MOST_SPACE = 0.1, 0.7
# Numbers in the digits of Arabic and Persian: MuPDF turns them round with the letters, and they run from left to right.
_NUMBERS = re.compile(r"[٠-٩۰-۹]+(?:[/.,:٫٬-][٠-٩۰-۹]+)*")
_WHOLE_NUMBER = re.compile(r"\d+(?:[.,]\d+)+%?")  # figures of several columns have no separator between them
# Letters of a word that is spaced out for sure: rows of single figures, each with a printed space before it, have none.
_SPACED_WORD = 3
# Of a word alone on its line, and em between its letters: with less than a space (TeX's smallest is .22) between them,
# labels in a row would run together; three letters are a product in a formula. Chosen.
_LONE_WORD, _WORD_SPACE = 4, 0.22
# The same of a word among others, where the file prints its spaces: no more than labels of one letter
# in a row are apart; and at least what no pair of letters is apart for its looks. Kerning moves letters by .1 at
# most. Drawn at .1 to .35 in tests/pipeline/text_layer/characters.
_MOST_AMONG, _APART, _UNEVEN = 0.4, 0.06, 0.12
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def unspaced(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The spans of a line of MuPDF's `rawdict` without the spaces that only letterspacing makes.

    All letters of the line stand equally far apart, and the file prints spaces between its words; or some of its words
    are set so among others. Their letters but the last are `inner`.
    """
    spans = list(line["spans"])
    chars = [(char, span["size"]) for span in spans for char in span["chars"]]
    if abs(line["dir"][1]) > _EVEN or not any(map(_is_far, chars, chars[1:])):
        return spans
    printed = [(char, size) for char, size in chars if not char.get("synthetic")]
    inner = {id(char) for char, _ in printed} if _is_spaced(printed) else _inner(printed)
    kept = {id(char) for char, _ in printed}
    for (before, _), (char, _) in pairwise(chars):
        if char.get("synthetic") and id(before) not in inner:
            kept.add(id(char))
    left = [{**span, "chars": [_with(char, inner) for char in span["chars"] if id(char) in kept]} for span in spans]
    return [span for span in left if span["chars"]]


def _with(char: dict[str, Any], inner: set[int]) -> dict[str, Any]:
    return char | {"inner": id(char) in inner or char.get("inner", False)}


def _is_far(before: _Sized, char: _Sized) -> bool:
    """Whether a character may be apart from the one before it as a word is, without a printed space."""
    if char[0].get("synthetic"):
        return True
    return bool(char[0]["bbox"][0] - before[0]["bbox"][2] > _LEAST_SPACE * char[1])


def _is_spaced(printed: Sequence[_Sized]) -> bool:
    """Whether all letters of a line stand equally far apart."""
    words = "".join(char["c"] for char, _ in printed).split()
    if max(map(len, words), default=0) < _SPACED_WORD:
        return False
    gaps = [b["bbox"][0] - a["bbox"][2] for (a, _), (b, _) in pairwise(printed) if " " not in (a["c"], b["c"])]
    size = min(size for _, size in printed)
    # A word alone may be labels in a row, unless less than a space parts them.
    is_word = len(words[0]) >= _LONE_WORD and words[0].isalpha()
    most = _MOST_SPACE if len(words) > 1 else _WORD_SPACE if is_word else 0.0
    return bool(max(gaps) - min(gaps) < _EVEN * size and _LEAST_SPACE * size < min(gaps) < most * size)


def _inner(printed: Sequence[_Sized]) -> set[int]:
    """The letters of a line, by identity, that have one of the same letterspaced word behind them."""
    most = _MOST_AMONG if any(char["c"] == " " for char, _ in printed) else _WORD_SPACE
    runs = [run for run in _runs(printed, most) if len(run) > 1]
    sure = [gap for run in runs if _is_spaced_word(run) for _, gap in run[:-1]]
    if not sure:
        return set()
    usual = median(sure)
    return {
        id(char)
        for run in runs
        if _is_spaced_word(run) or all(abs(gap - usual) < _UNEVEN / 2 for _, gap in run[:-1])
        for char, _ in run[:-1]
    }


def _runs(printed: Sequence[_Sized], most: float) -> Iterator[list[tuple[dict[str, Any], float]]]:
    """Letters that stand apart by less than `most`, in em, each with the gap behind it."""
    run: list[tuple[dict[str, Any], float]] = []
    for (char, size), behind in zip(printed, [*printed[1:], None], strict=True):
        gap = (behind[0]["bbox"][0] - char["bbox"][2]) / size if behind else most
        run.append((char, gap))
        if behind is None or " " in (char["c"], behind[0]["c"]) or not _APART < gap < most:
            yield run
            run = []


def _is_spaced_word(run: Sequence[tuple[dict[str, Any], float]]) -> bool:
    """Whether letters that stand apart are a word: enough of them, and about equally far."""
    text = "".join(char["c"] for char, _ in run).strip(".,;:!?()")
    gaps = [gap for _, gap in run[:-1]]
    is_one = text.isalpha() or _WHOLE_NUMBER.fullmatch(text) is not None
    return len(text) >= _LONE_WORD and is_one and max(gaps) - min(gaps) < _UNEVEN


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
