"""A page that could not be read is read again in another way before anybody gives it up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.readers.parts.returning import Returning
from pipeline.readers.wrappers.around import Around
from pipeline.readers.wrappers.certainty import Judging, certainty, settings_with_thresholds
from pipeline.readers.wrappers.in_pieces import IN_PIECES, InPieces
from pipeline.readers.wrappers.left_out import READ, WithLeftOut
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, PageRef, Transcript

WAYS = ("", "wider n-gram window", "another crop grid")
"""What `PageRef.attempt` means to the engine: 0 as usual; from 1 on no run of tokens comes twice in a window four times
as wide; from 2 on the page is also cut into other tiles. From 1 on a page
that is a picture comes at that picture's own resolution, where it is finer."""

AGAIN = "+again/4"
"""What the settings of a reader end in that tries so."""

_NEXT: dict[Finish, tuple[int, ...]] = {
    Finish.LOOP: (1, 2),
    Finish.LENGTH: (1,),  # costs all tokens of a page
    Finish.EMPTY: (1, 2),
    Finish.ERROR: (1,),
    Finish.UNSURE: (1,),
}
"""The attempts that a first ending is worth, one after the other until one is good."""
_LEFT_OUT = (2,)
"""The same of a page that is unsure and had print left out. Of 27 drawn pages that were unsure for nothing else a wider
window let none pass; other tiles, read for 15, let 4 pass for sure, of two of which half had been left out (README of
nano)."""

_OF_PIECES = (2,)
"""The same of a piece of a page: once more, in other tiles. A wider window alone gives an unsure one word by word what
it was."""

# Of 39 drawn pages of which neither reading counts, the surer one is no better (.741 for .728 of the text wrong), and
# none is surer by this much: it takes nearly all of a page to be missing, as where a running head is all that was read.
_FAR_SURER = 0.2
"""Certainty, 0..1, by which a later bad reading has to be better than the first to be kept instead."""


class Recovering(Around):
    """A Transcriber around another: what comes out bad goes in again, behind the pages that were pulled already.

    A page that stays bad comes as it was first read whole, though unsure, or as it was read far more surely, else with
    the longest text that was read of it; `Transcript.tried` names the other attempts.
    """

    @property
    def settings(self) -> str:
        """The inner one's, and a number for the way of trying again."""
        return self._inner.settings + AGAIN

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`."""
        return _Supply(pages).read_by(self._inner)


class _Supply(Returning):
    """Pages to be read, and those that came out bad."""

    def __init__(self, pages: Iterable[PageRef]) -> None:
        super().__init__(pages)
        self._former: dict[PageRef, list[Transcript]] = {}  # bad readings, by the page as it was given

    def settle(self, transcript: Transcript) -> Transcript | None:
        """The transcript that counts, or None where the page is to be read again."""
        page = replace(transcript.ref, attempt=0)
        readings = [*self._former.pop(page, []), transcript]
        left = _attempts(readings[0])[len(readings) - 1 :]
        good = _counts(transcript, readings[0])
        if not good and left:
            self._former[page] = readings
            self.again([replace(page, attempt=left[0])])
            return None
        best = transcript if good else _best_of_bad(readings)
        tried = tuple(_ended(reading) for reading in readings if reading is not best)
        if not good and best.finish is Finish.STOP:  # of other tiles, which were to be sure
            best = replace(best, finish=Finish.UNSURE, doubtful=False)
        return replace(best, ref=page, tried=(*tried, *best.tried))


def _attempts(first: Transcript) -> tuple[int, ...]:
    if first.ref.printed:  # a piece of a page for which all this was done already
        return _OF_PIECES if first.finish in _NEXT else ()
    if first.finish is Finish.UNSURE and first.unread_share > 0:
        return _LEFT_OUT
    return _NEXT.get(first.finish, ())


def _counts(reading: Transcript, first: Transcript) -> bool:
    """Whether a reading may stand for the page: other tiles than usual must be sure of what the usual ones were not."""
    sure = first.finish is not Finish.UNSURE or not reading.doubtful
    return reading.finish.good and sure


def _best_of_bad(readings: Sequence[Transcript]) -> Transcript:
    """What is marked as incomplete or unsure. Of whole readings the first: fewer tiles read worse; but where another is
    far surer, that. Else the longest, which has most of the page."""
    whole = [reading for reading in readings if reading.finish in (Finish.UNSURE, Finish.STOP)]
    if not whole:
        return max(readings, key=lambda reading: len(reading.text))
    first, surest = whole[0], max(whole, key=_sure)
    return surest if _sure(surest) - _sure(first) > _FAR_SURER else first


def _sure(reading: Transcript) -> float:
    return certainty(reading) or 0.0


def _ended(reading: Transcript) -> str:
    """ "nano: loop", "nano, another crop grid: empty"."""
    way = WAYS[reading.ref.attempt]
    return f"{reading.reader}{', ' if way else ''}{way}: {reading.finish.value}"


def careful(network: Transcriber, thresholds: Thresholds) -> InPieces:
    """A network's reader as everybody reads with it: print that it leaves out is read by itself, then the page is
    judged, tried again where it is bad, and read in pieces where it stays so."""
    return InPieces(Recovering(Judging(WithLeftOut(network, thresholds.doubtful), thresholds)), thresholds)


def careful_settings(network: str, thresholds: Thresholds) -> str:
    """`careful.settings` around a network with these settings."""
    return settings_with_thresholds(network + READ, thresholds) + AGAIN + IN_PIECES
