"""Words of a page that are set in a style of their own: bold, italic, struck out, in a typewriter's face."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from pipeline.documents import letters, mupdf
from pipeline.documents.stated.fonts import is_bold, is_italic, is_maths, is_mono
from pipeline.documents.stated.links import CONTEXT, Box
from pipeline.documents.stated.strikes import Strikes

# Share of a document's letters that are set in one way, from which it is how the document is set: bold then stresses
# nothing. Any share above half can be reached by one way alone. Chosen, not measured.
_USUAL = 0.5
# Of a page: a dense dictionary has some hundreds; beyond it, words are set by a program that means nothing by it.
_MOST_RUNS = 3000
# Letters of a page up to which lines through text are asked for, and bytes of contents below which nobody counts them.
# MuPDF compares each letter with all others then: 2 s for 50,000 of them, 11 s for 120,000. A page of a newspaper has
# 30,000.
_MOST_LETTERS, _FEW_BYTES = 50_000, 200_000
_WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Style:
    """How words are set."""

    bold: bool = False
    italic: bool = False
    struck: bool = False
    mono: bool = False


PLAIN = Style()


@dataclass(frozen=True)
class Run:
    """Words of one line in one style; `before` and `after` are what stands beside them, and `box` is theirs."""

    page: int
    text: str
    style: Style
    before: str
    after: str
    box: Box


@dataclass(frozen=True)
class _Char:
    text: str
    box: Box
    line: int
    style: Style


def page_runs(file: mupdf.Document, number: int, letters: Counter[Style]) -> Iterator[Run]:
    """The runs of a page that are not plain, line by line. `letters` counts all letters by their style."""
    page = file[number - 1]
    chars = _with_strikes(list(_chars(page)), Strikes(page))
    letters.update(char.style for char in chars if char.text.isalpha())
    text = "".join(char.text for char in chars)
    runs = 0
    for (_, style), each in groupby(range(len(chars)), key=lambda i: (chars[i].line, chars[i].style)):
        found = list(each)
        first, last = found[0], found[-1] + 1
        words = text[first:last].strip()
        if style == PLAIN or not words or runs == _MOST_RUNS:
            continue
        runs += 1
        box = mupdf.joined_bounds([chars[i].box for i in found if chars[i].text.strip()])
        yield Run(number, words, style, text[max(first - CONTEXT, 0) : first], text[last : last + CONTEXT], box)


def telling(runs: Iterable[Run], letters: Mapping[Style, int]) -> Iterator[Run]:
    """Runs in what is not the usual style of the document, and with words in them where a style needs such.

    A lone italic letter is a variable, and digits of one width are columns of numbers.
    """
    whole = sum(letters.values())

    def usual(has: Callable[[Style], bool]) -> bool:
        return sum(count for style, count in letters.items() if has(style)) > _USUAL * whole

    bold, italic, mono = usual(lambda s: s.bold), usual(lambda s: s.italic), usual(lambda s: s.mono)
    for run in runs:
        style = Style(
            run.style.bold and not bold,
            run.style.italic and not italic and _WORD.search(run.text) is not None,
            run.style.struck,
            run.style.mono and not mono and _LETTER.search(run.text) is not None,
        )
        if style != PLAIN and any(c.isalnum() for c in run.text):
            yield replace(run, style=style)


def _with_strikes(chars: list[_Char], strikes: Strikes) -> list[_Char]:
    """The characters, of which only such are struck as a line of their own goes through."""
    out: list[_Char] = []
    for (_, struck), each in groupby(chars, key=lambda char: (char.line, char.style.struck)):
        found = list(each)
        boxes = [char.box for char in found if char.text.strip()]
        if struck and not (boxes and _has_word(found) and strikes.through(mupdf.joined_bounds(boxes))):
            found = [replace(char, style=replace(char.style, struck=False)) for char in found]
        out += found
    return out


def _has_word(chars: Iterable[_Char]) -> bool:
    """Whether there is more than a sign or a letter of a formula."""
    return sum(char.text.isalnum() for char in chars) > 1


def _chars(page: mupdf.Page) -> Iterator[_Char]:
    """Characters with their boxes as displayed; a blank is set like what is before it, and one ends each line."""
    shown = mupdf.displayed(page)
    for number, line in enumerate(letters.text_lines(page, styled=not _is_crowded(page))):
        box, style = mupdf.turned(shown, line["bbox"]), PLAIN
        for span in line["spans"]:
            own = _style(span)
            for char in span["chars"]:
                box = mupdf.turned(shown, char["bbox"])
                style = style if char["c"].isspace() else own
                yield _Char(char["c"], box, number, style)
        yield _Char(" ", (box[2], box[1], box[2], box[3]), -1 - number, PLAIN)


def _is_crowded(page: mupdf.Page) -> bool:
    return mupdf.length_of_contents(page) > _FEW_BYTES and len(page.get_text()) > _MOST_LETTERS


def _style(span: Mapping[str, Any]) -> Style:
    struck = bool(span["char_flags"] & mupdf.STRUCK)
    if is_maths(span):
        return Style(struck=struck)
    return Style(is_bold(span), is_italic(span), struck, is_mono(span))
