"""Page numbers as they are printed: alone at a page's edge, or as the one number of a running head that counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from output.grounding.blocks import Block

_TOKEN = re.compile(r"\d+|\b[ivxlc]{1,7}\b")
# Words that a page number may stand with, in some languages; with any other it is a text, and is kept if in doubt.
_WORDS = r"page|pages|pag|pág|página|pagina|p|pp|seite|s|sida|side|strona|стр|第|页|頁|of|von|de|di|av|sur|共"
_ROMAN = r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_MARKS = r"[\s\-–—|.·•*~()\[\]<>:]*"  # not `$` or `%`, which make a number an amount
_ALONE = re.compile(
    rf"{_MARKS}(?:(?:{_WORDS}){_MARKS})?(?:(?:[a-z]{{1,3}}[\s.-]{{0,3}})?\d{{1,4}}|{_ROMAN})"
    rf"(?:\s*(?:[/|]|{_WORDS})\s*(?:{_WORDS})?\s*\d{{1,4}})?(?:\s*(?:{_WORDS}))?{_MARKS}"
)
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
# Four digits: no volume numbers its pages beyond 9999, while invoices, orders and patents have five digits and more.
_MOST_DIGITS = 4
_BY_CHAPTER = re.compile(r"\d{1,3}\s?[-–—.]\s?\d{1,4}")  # without the label it could be a date or a score
# Three lines of four: a scan repeats or skips a leaf now and then, and a number is misread. With all lines asked for,
# one misread page would keep the running head of a whole book in its text; with half of them, chapters would count.
_COUNTING = 0.75


def plain(text: str) -> str:
    """A line without case, marks around it and runs of white space, for comparing."""
    return " ".join(text.casefold().split()).strip("*#- ")


def pattern(text: str) -> str:
    """The line with every number as `#`: `12 Journal` and `13 Journal` are alike."""
    return _TOKEN.sub("#", plain(text))


def is_page_number(block: Block) -> bool:
    """Whether a block is a page number and nothing else: `7`, `- iv -`, `Page 3 of 9`, `A-12`; labelled so, `7-45`."""
    line = plain(block.text)
    by_chapter = "page_number" in block.label and _BY_CHAPTER.fullmatch(line) is not None
    return by_chapter or _ALONE.fullmatch(line) is not None


def numbers(text: str) -> list[int | None]:
    """The value of each `#` of the pattern; None for what cannot be a page's, such as `0417` or the day of a date."""
    line = plain(text)
    return [_value(line, token) for token in _TOKEN.finditer(line)]


def _value(line: str, token: re.Match[str]) -> int | None:
    before, after = line[: token.start()][-2:], line[token.end() :][:2]
    # Glued to other digits it is a part of a date, a version, a number of a case; `3/9` is page 3 of 9.
    if re.search(r"\d[-.,:]$", before) or re.match(r"[-.,:]\d", after):
        return None
    if not token[0].isdecimal():
        return _roman(token[0])
    return int(token[0]) if token[0][0] != "0" and len(token[0]) <= _MOST_DIGITS else None


def _roman(text: str) -> int | None:
    if not re.fullmatch(_ROMAN, text):
        return None
    values = [_ROMAN_VALUES[c] for c in text]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def counting(lines: Sequence[tuple[int, str]]) -> int | None:
    """Which number of lines of one pattern goes up with the pages, from 0; None where none does.

    `lines` are page numbers and texts. Of two that count the last one is the page's: `Invoice 17, page 1`.
    """
    if len({page for page, _ in lines}) < 2:
        return None
    found = None
    for column, values in enumerate(zip(*(numbers(text) for _, text in lines), strict=True)):
        offsets = Counter(v - page for v, (page, _) in zip(values, lines, strict=True) if v is not None)
        if offsets and offsets.most_common(1)[0][1] >= _COUNTING * len(lines):
            found = column
    return found


def key(text: str, column: int | None) -> str:
    """The line as it is on other pages, too: all but the number that counts them, which is `#`."""
    line = plain(text)
    tokens = list(_TOKEN.finditer(line))
    if column is None:
        return line
    return line[: tokens[column].start()] + "#" + line[tokens[column].end() :]
