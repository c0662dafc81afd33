"""What a network was not sure of is known for it: a page below the lower threshold counts as not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.readers.wrappers.around import Around
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, PageRef, Transcript


class Judging(Around):
    """A Transcriber around a network's: pages that it was not sure of end as UNSURE, or are marked as doubtful.

    What it goes by is the mean probability of the tokens that the network chose. On drawn pages it separates what was
    read from what was not better than repeats do, and as well as other means and quantiles.
    """

    def __init__(self, inner: Transcriber, thresholds: Thresholds) -> None:
        super().__init__(inner)
        self._thresholds = thresholds

    @property
    def settings(self) -> str:
        """The inner one's, and the thresholds."""
        return settings_with_thresholds(self._inner.settings, self._thresholds)

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`."""
        return map(self.judged, self._inner.transcribe(pages))

    def judged(self, page: Transcript) -> Transcript:
        """The same page, marked by how far it can be believed."""
        # What failed otherwise is told already, and a loop is sure of itself.
        if page.finish is not Finish.STOP or page.confidence is None:
            return page
        if page.confidence < self._thresholds.unreadable:
            return replace(page, finish=Finish.UNSURE)
        return replace(page, doubtful=page.confidence < self._thresholds.doubtful)


def settings_with_thresholds(reader: str, thresholds: Thresholds) -> str:
    """`Judging.settings` around a reader with these settings."""
    return f"{reader}+sure/{thresholds.unreadable:g}/{thresholds.doubtful:g}"
