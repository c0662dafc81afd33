"""What a page's /ActualText says, and which letters are drawn in its place."""

from __future__ import annotations

from typing import Any, NamedTuple

import pymupdf
from pymupdf import Page, mupdf

from pipeline.documents.mupdf.text import PaintedLetter, painted_letters

_CALLS = (
    "begin_metatext", "end_metatext", "fill_text", "stroke_text", "clip_text", "clip_stroke_text", "ignore_text",
)  # fmt: skip


class Replacement(NamedTuple):
    """What an /ActualText says for the letters that are drawn in it, in the order of painting. Of one within another
    only the outer one counts."""

    said: str
    letters: tuple[PaintedLetter, ...]


def replacements(page: Page) -> list[Replacement]:
    """The replacements of a page that have letters; none where two runs over the page are not alike."""
    marks = _Marks()
    marks.take(page)
    painted = list(painted_letters(page))
    if len(painted) != len(marks.within):
        return []
    parts: list[list[PaintedLetter]] = [[] for _ in marks.said]
    for letter, at in zip(painted, marks.within, strict=True):
        if at is not None:
            parts[at].append(letter)
    return [Replacement(said, tuple(letters)) for said, letters in zip(marks.said, parts, strict=True) if letters]


class _Marks(mupdf.FzDevice2):  # type: ignore[misc] # MuPDF's bindings have no types
    """A device that notes for each letter in which replacement it is painted."""

    def __init__(self) -> None:
        super().__init__()
        for name in _CALLS:
            getattr(self, f"use_virtual_{name}")()
        self.said: list[str] = []
        self.within: list[int | None] = []
        self._open: list[int | None] = []

    def take(self, page: Page) -> None:
        """Run over a page."""
        mupdf.fz_run_page(page.this, self, pymupdf.mupdf.FzMatrix(), mupdf.FzCookie())
        mupdf.fz_close_device(self)

    def begin_metatext(self, _context: Any, kind: int, text: str) -> None:  # noqa: ANN401
        outer = self._open[-1] if self._open else None
        if outer is None and kind == mupdf.FZ_METATEXT_ACTUALTEXT:
            outer = len(self.said)
            self.said.append(text)
        self._open.append(outer)

    def end_metatext(self, _context: Any) -> None:  # noqa: ANN401
        self._open.pop()

    def _text(self, _context: Any, text: Any, *_: Any) -> None:  # noqa: ANN401
        span = text.head
        while span:
            self.within += [self._open[-1] if self._open else None] * span.len
            span = span.next

    fill_text = stroke_text = clip_text = clip_stroke_text = ignore_text = _text
