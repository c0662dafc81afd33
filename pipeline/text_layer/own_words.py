"""The words of a PDF's own text with their places, to compare what a model has read with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pipeline.text_layer.lines.glyphs import read_glyphs
from pipeline.text_layer.lines.lines import Line, Word
from pipeline.text_layer.quality import usable_text

if TYPE_CHECKING:
    import pymupdf


class PlacedWord(NamedTuple):
    """A word and the middle of its first part, in points from the top left corner of the page as displayed."""

    text: str
    x: float
    y: float


def own_words(page: pymupdf.Page) -> tuple[PlacedWord, ...]:
    """All words of a pymupdf page, in no certain order; none where the page has no text that can be believed."""
    glyphs = read_glyphs(page)
    if not usable_text(glyphs.raw):
        return ()
    runs = (run for line in (*glyphs.lines, *glyphs.turned) for run in _unspaced(line))
    return tuple(
        PlacedWord("".join(part.text for part in run), *glyphs.frame.displayed(run[0].box).middle) for run in runs
    )


def _unspaced(line: Line) -> Iterator[list[Word]]:
    """Parts of a line without a space between them: a word whose font or size changes within is one all the same."""
    run: list[Word] = []
    for word in line.words:
        if run and word.spaced:
            yield run
            run = []
        run.append(word)
    yield run
