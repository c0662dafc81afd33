"""A page that no try could read is cut along white space, and each piece is read as a page of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.documents.guard import guard
from pipeline.errors import UserError
from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.readers.parts.cutting import pieces_of
from pipeline.readers.parts.placed import displayed
from pipeline.readers.parts.returning import ByParts
from pipeline.readers.parts.together import together
from pipeline.readers.wrappers.around import Around
from pipeline.readers.wrappers.certainty import certainty, judged
from pipeline.readers.wrappers.odd_words import MARKUP
from pipeline.readers.wrappers.pictures import standing
from pipeline.transcriber import Transcriber
from pipeline.transcript import Box, Finish, PageRef, PrintLines, Transcript
from pipeline.views.print_lines import lines_of_print

IN_PIECES = "+pieces/1"
"""What the settings of a reader end in that reads so."""

_WORTH = {Finish.LOOP, Finish.LENGTH, Finish.UNSURE, Finish.EMPTY}
"""Endings of which more is to be had. What could not be rasterised, or was lost, cannot be cut either."""
# Of two drawn pages that stay unsure one is surer by .15 and has 6,034 characters wrong for 6,930, the other by .07 and
# has 3,570 for 2,961.
_SURER = 0.1
"""Certainty, 0..1, by which pieces that cannot all be believed have to be better than a page that was read whole."""
_LEAST = 0.7
"""Of the letters of a page that was read whole, though unsure: with fewer its pieces may lack what it has. Chosen."""


class InPieces(Around):
    """A Transcriber around one that takes parts of pages, and tries again what it reads badly: what is bad in the end
    is read in pieces, and comes as those say where that is better."""

    def __init__(self, inner: Transcriber, thresholds: Thresholds) -> None:
        super().__init__(inner)
        self._thresholds = thresholds

    @property
    def settings(self) -> str:
        """The inner one's, and that pages are read in pieces."""
        return self._inner.settings + IN_PIECES

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`."""
        return _Supply(pages, self._thresholds).read_by(self._inner)


class _Supply(ByParts):
    """Pages to be read, and pieces of those that came out bad."""

    printed = True

    def __init__(self, pages: Iterable[PageRef], thresholds: Thresholds) -> None:
        super().__init__(pages)
        self._thresholds = thresholds
        self._seen: dict[PageRef, tuple[list[Box], PrintLines | None]] = {}

    def parts(self, page: Transcript) -> tuple[Transcript, Sequence[Box]]:
        if page.finish not in _WORTH or page.ref.part is not None or page.ref.asked is not None:
            return page, []
        try:
            places, lines = guard().call(_looked_at, page.ref)
        except UserError:
            return page, []
        if len(places) < 2:
            return page, []
        self._seen[page.ref] = places, lines
        return page, places

    def whole(self, page: Transcript, parts: Sequence[Transcript]) -> Transcript:
        places, lines = self._seen.pop(page.ref)
        found = {part.ref.part: part for part in parts}
        pieces = [found[place] for place in places]
        return better(page, pieces, lines, self._thresholds)


def better(
    page: Transcript, pieces: Sequence[Transcript], lines: PrintLines | None, thresholds: Thresholds
) -> Transcript:
    """The page as its pieces say, which are given in the order of reading, or as it was read whole.

    It counts as read where all its pieces do and the whole is judged so; else it stays marked, with the text that is
    surer, if that is not far less.
    """
    read = replace(together(page, pieces), finish=Finish.STOP, print=lines, unread=(), unread_share=0.0)
    read = judged(read, thresholds)
    if not all(piece.finish.good for piece in pieces):
        read = replace(read, finish=Finish.UNSURE, doubtful=False)
    whole = page.finish is Finish.UNSURE  # others are sure of what they repeat, and lack the rest
    surer = read.finish.good or not whole or (certainty(read) or 0.0) > (certainty(page) or 0.0) + _SURER
    less = whole and _letters(read) < _LEAST * _letters(page)
    if surer and not less:
        how = f"{page.reader}: {page.finish.value}", f"{page.reader}: in pieces"
        return replace(read, tried=(*page.tried, *how))
    return replace(page, tried=(*page.tried, f"{page.reader}, in pieces: {read.finish.value}"))


def _letters(page: Transcript) -> int:
    return sum(map(str.isalnum, MARKUP.sub("", page.text)))


def _looked_at(ref: PageRef) -> tuple[list[Box], PrintLines | None]:
    """The pieces of a page as displayed, in the order of reading, and its lines. In the guard's process."""
    stands = standing(ref)
    grey = stands.pixels[..., 1]
    return [displayed(piece, stands.turned) for piece in pieces_of(grey)], lines_of_print(grey)
