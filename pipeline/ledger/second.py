"""A second opinion: words that PDFium reads on a page and MuPDF, by which all else here is read, does not.

MuPDF gives up where operators stand within an array of text, has no map for some old encodings of Chinese, Japanese and
Korean, and takes letters along a curve, or far apart, for words of one or two letters each. Nothing that
asks MuPDF can miss what it never saw. Such words are told; they are not put into the text: nothing says where.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from pipeline.ledger.own_page import Kind, OwnPage, OwnWord

if TYPE_CHECKING:
    from pipeline.documents import mupdf
    from pipeline.documents.pdfium.printed import Letter, Word

# Points, and of the type size: how far apart the two programs may see one letter. They add up widths of their own, a
# third of a point apart at a line's end; from half a letter on it would be another one. Chosen between the two.
_LEAST_REACH, _REACH, _MOST_REACH = 1.0, 0.3, 4.0
# Letters from which a word that MuPDF has in pieces counts: two or three figures of neighbouring columns, which PDFium
# joins, are no word. Chosen.
_LEAST_PIECED = 4
# Letters of such a piece: of a curve MuPDF takes two or three for straight. Chosen.
_PIECE = 3


@dataclass(frozen=True, slots=True)
class _Seen:
    """A letter of MuPDF's: how it reads, its origin, how near another program's has to be, its place in the page, and
    how many letters its word has."""

    key: str
    origin: tuple[float, float]
    reach: float
    at: int
    length: int


def with_second_opinion(page: mupdf.Page, own: OwnPage) -> OwnPage:
    """The page's words and, as `Kind.UNREAD`, those that PDFium alone reads and that leave a mark on the page.

    Words are left out that PDFium only guesses, and those in whose place MuPDF reads other letters: which of the two is
    right nothing tells. So are documents with hidden layers, which PDFium reads as if they were shown.
    """
    from pipeline.documents import mupdf

    with suppress(*mupdf.ERRORS):
        return replace(own, words=(*own.words, *_unread(page, own)))
    return own


def _unread(page: mupdf.Page, own: OwnPage) -> Iterator[OwnWord]:
    from pipeline.documents import letters, mupdf
    from pipeline.documents.pdfium import printed

    if mupdf.has_hidden_layers(page.parent):
        return
    texts = [_normal(word.text) for word in own.words]
    known = Counter(text[run.start : run.stop] for text in texts for run in printed.runs(text))
    more: Counter[str] = Counter()  # how many of a letter PDFium has more than MuPDF

    def is_asked(text: str) -> bool:
        key = _key(text)
        known[key] -= 1
        more.update(key)
        return known[key] < 0

    asked = [word for word in printed.printed_words(page, is_asked) if word.shows]
    if not asked:
        return
    # A single sign that MuPDF has no letter for may be a code that PDFium takes for one.
    least = 2 if any("\ufffd" in text for text in texts) else 1
    grid = _grid(letters.WholeLines(page).by_letters)
    more.subtract(sign for seen in grid.values() for one in seen for sign in one.key)
    for word in asked:
        if len(word.letters) >= least and _is_unread(word, grid, more):
            yield OwnWord(word.text, word.box, Kind.UNREAD)


def _key(text: str) -> str:
    """Letters and digits alone, however they are written."""
    return "".join(sign for sign in _normal(text) if sign.isalnum())


def _normal(text: str) -> str:
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


_Grid = dict[tuple[int, int], list[_Seen]]


def _grid(lines: Iterable[mupdf.Line]) -> _Grid:
    """MuPDF's letters that can be read, by where they begin."""
    grid: _Grid = defaultdict(list)
    at = 0
    for line in lines:
        at += 1  # the last letter of a line and the first of the next are no neighbours
        chars = [(char, span["size"], k) for k, span in enumerate(line["spans"]) for char in span["chars"]]
        for is_blank, word in groupby(chars, key=lambda one: one[0]["c"].isspace()):
            for key, origin, size, length in _readable(list(word)) if not is_blank else ():
                at += 1
                reach = min(max(_LEAST_REACH, _REACH * size), _MOST_REACH)
                cell = int(origin[0] // _MOST_REACH), int(origin[1] // _MOST_REACH)
                grid[cell].append(_Seen(key, origin, reach, at, length))
    return grid


def _readable(
    word: Sequence[tuple[dict[str, Any], float, int]],
) -> Iterator[tuple[str, tuple[float, float], float, int]]:
    """The letters of a word of MuPDF's that can be read: how, where, in which size, and of how many."""
    bad = [(_is_unreadable(char["c"]), span) for char, _, span in word]
    for (char, size, span), (is_bad, _), (is_bad_before, before) in zip(word, bad, [(False, -1), *bad], strict=False):
        # Behind what cannot be read in the same font, a byte of a code of two that can be read is no letter, either.
        if not is_bad and not (is_bad_before and before == span):
            yield _key(char["c"]), char["origin"], size, len(word)


def _is_unreadable(sign: str) -> bool:
    return sign == "\ufffd" or unicodedata.category(sign[0]) in ("Co", "Cn", "Cs", "Cc")


def _is_unread(word: Word, grid: _Grid, more: Counter[str]) -> bool:
    """Whether MuPDF has nothing in a word's place, or its letters in pieces.

    `more`: how many of a letter it lacks on the whole page; where it has all, it has them elsewhere, as in columns of
    Chinese and Japanese, whose spacing PDFium sees otherwise.
    """
    from pipeline.documents import letters

    if any(letter.guessed for letter in word.letters):
        return False
    found = [_nearest(letter, grid) for letter in word.letters]
    there = [seen for seen in found if seen is not None]
    if 2 * len(there) < len(found):
        key = _key(word.text)
        return 2 * sum(more[sign] > 0 for sign in key) > len(key)
    if any(
        seen is not None and _key(letter.text) not in seen.key for letter, seen in zip(word.letters, found, strict=True)
    ):
        return False
    return len(there) >= _LEAST_PIECED and not letters.is_right_to_left(word.text) and _is_pieced(there)


def _nearest(letter: Letter, grid: _Grid) -> _Seen | None:
    """The letter of MuPDF's that begins where this one does."""
    x, y = letter.origin
    column, row = int(x // _MOST_REACH), int(y // _MOST_REACH)
    near = [
        (apart, seen.at, seen)
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        for seen in grid.get((column + i, row + j), ())
        if (apart := abs(seen.origin[0] - x) + abs(seen.origin[1] - y)) <= seen.reach
    ]
    return min(near)[2] if near else None


def _is_pieced(letters: Sequence[_Seen]) -> bool:
    """Whether at least half of the letters do not come right behind the one before them, and stand in short words: of
    two lines that lie over each other PDFium makes words of both."""
    apart = sum(b.at - a.at not in (0, 1) for a, b in pairwise(letters))
    short = sum(letter.length <= _PIECE for letter in letters)
    return 2 * apart >= len(letters) - 1 and 2 * short >= len(letters)
