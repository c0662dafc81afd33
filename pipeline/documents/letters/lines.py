"""A page → MuPDF's lines, their characters as they show."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.letters.backwards import forwards, goes_back
from pipeline.documents.letters.doubled import is_crowded, restore
from pipeline.documents.letters.ligatures import (
    joined_names,
    may_be_split,
    may_be_swapped,
    may_be_turned,
    spell,
    unsplit,
    unswap,
    unturned,
)
from pipeline.documents.letters.replaced import believed
from pipeline.documents.letters.signs import Signs, is_of_signs
from pipeline.documents.letters.twins import has_soft_hyphens, named_as_shown


def text_lines(page: mupdf.Page, replaced: bool = True, styled: bool = False) -> list[dict[str, Any]]:
    """Lines of a page's text as MuPDF's `rawdict` gives them, invisible text included, in the order of the file.

    Text outside the page or its clip paths is not there. Where an /ActualText replaces what is drawn, it is what comes,
    or else, with `replaced` False, the characters of the drawn glyphs. `styled`: lines that are drawn through text
    count as part of it, and letters that are printed over themselves come once. Fonts of signs have their signs,
    doubled letters are two, ligatures have all of theirs, and hyphens are no soft ones.
    """
    return _mended(page, mupdf.raw_lines(page, replaced, styled)) or _of_broken(page)


class WholeLines:
    """Lines of all text of a page, that outside of it and of its clip paths, too."""

    def __init__(self, page: mupdf.Page) -> None:
        self._page = page

    @cached_property
    def by_spans(self) -> list[dict[str, Any]]:
        """As MuPDF's `dict` gives them; where that hides what is to be mended, those by letters."""
        lines = mupdf.raw_whole_lines(self._page, by_letter=False)
        if not lines:
            return _of_broken(self._page)
        is_turned = any(goes_back(a, b) for a, b in pairwise(lines))
        is_due = is_turned or any(map(is_crowded, lines)) or has_soft_hyphens(lines)
        is_due = is_due or may_be_split(lines) or may_be_turned(lines) or may_be_swapped(lines)
        if is_due or joined_names(self._page) or self._is_replaced:
            return self.by_letters
        return _with_signs(self._page, lines)

    @cached_property
    def by_letters(self) -> list[dict[str, Any]]:
        """The same, where each span has its characters as well, as `rawdict` gives them."""
        lines = _mended(self._page, mupdf.raw_whole_lines(self._page, by_letter=True)) or _of_broken(self._page)
        if self._is_replaced:
            drawn = _mended(self._page, mupdf.raw_whole_lines(self._page, by_letter=True, replaced=False))
            lines = believed(self._page, lines, drawn)
        for span in (span for line in lines for span in line["spans"]):
            span["text"] = "".join(char["c"] for char in span["chars"])
        return lines

    @cached_property
    def _is_replaced(self) -> bool:
        return mupdf.has_replaced_text(self._page)


def _of_broken(page: mupdf.Page) -> list[dict[str, Any]]:
    """The lines of a page on which MuPDF finds nothing at all though it has contents: damaged ones PDFium may read."""
    if mupdf.painted(page) or not page.get_contents():
        return []
    from pipeline.documents.pdfium.lines import parsed_lines

    with suppress(*mupdf.ERRORS):
        return parsed_lines(page)
    return []


def _mended(page: mupdf.Page, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    crowded, names = any(map(is_crowded, lines)), joined_names(page)
    # What a page paints is asked for only where it can change anything.
    painted = list(mupdf.painted_letters(page)) if crowded or names else []
    if crowded:
        restore(lines, painted)
    if names:
        spell(lines, painted, names)
    lines = _with_signs(page, forwards(lines))
    named_as_shown(lines)
    unsplit(lines)
    unturned(lines)
    unswap(lines)
    return lines


def _with_signs(page: mupdf.Page, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Signs in place of the letters of such fonts, in lines of characters or of texts of spans alone."""
    spans = [span for line in lines for span in line["spans"] if is_of_signs(span["font"])]
    if not spans:
        return lines
    signs = Signs(mupdf.page_fonts(page))
    for span in spans:
        for part, key in [(char, "c") for char in span.get("chars", ())] or [(span, "text")]:
            part[key] = signs.shown(part[key], span["font"])
    return lines
