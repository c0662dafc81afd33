"""A page that could not be read is read again in another way before anybody gives it up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.readers.wrappers.around import Around
from pipeline.readers.wrappers.returning import Returning
from pipeline.transcript import Finish, PageRef, Transcript

WAYS = ("", "wider n-gram window", "another crop grid")
"""What `PageRef.attempt` means to the engine: 0 as usual; from 1 on no run of tokens comes twice in a window four times
as wide; from 2 on the page is also cut into other tiles. From 1 on a page
that is a picture comes at that picture's own resolution, where it is finer."""

AGAIN = "+again/2"
"""What the settings of a reader end in that tries so."""

_GIVES = {Finish.LOOP: 2, Finish.LENGTH: 1, Finish.EMPTY: 2, Finish.ERROR: 1, Finish.UNSURE: 1}
"""How many more attempts an ending is worth. One that costs all tokens of a page is not tried three times."""


class Recovering(Around):
    """A Transcriber around another: what comes out bad goes in again, behind the pages that were pulled already.

    A page that stays bad comes with the longest text that was read of it; `Transcript.tried` names the other attempts.
    """

    @property
    def settings(self) -> str:
        """The inner one's, and a number for the way of trying again."""
        return self._inner.settings + AGAIN

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`."""
        supply = _Supply(pages)
        while supply.pending():
            for transcript in self._inner.transcribe(supply):
                if (settled := supply.settle(transcript)) is not None:
                    yield settled


class _Supply(Returning):
    """Pages to be read, and those that came out bad."""

    def __init__(self, pages: Iterable[PageRef]) -> None:
        super().__init__(pages)
        self._former: dict[PageRef, list[Transcript]] = {}  # bad readings, by the page as it was given

    def settle(self, transcript: Transcript) -> Transcript | None:
        """The transcript that counts, or None where the page is to be read again."""
        page = replace(transcript.ref, attempt=0)
        readings = [*self._former.pop(page, []), transcript]
        attempt = transcript.ref.attempt
        if not transcript.finish.good and attempt < _GIVES[readings[0].finish]:
            self._former[page] = readings
            self.again([replace(page, attempt=attempt + 1)])
            return None
        # Of bad readings the longest: it has most of the page, and is marked as incomplete either way.
        best = transcript if transcript.finish.good else max(readings, key=lambda reading: len(reading.text))
        tried = tuple(_ended(reading) for reading in readings if reading is not best)
        return replace(best, ref=page, tried=tried)


def _ended(reading: Transcript) -> str:
    """ "nano: loop", "nano, another crop grid: empty"."""
    way = WAYS[reading.ref.attempt]
    return f"{reading.reader}{', ' if way else ''}{way}: {reading.finish.value}"
