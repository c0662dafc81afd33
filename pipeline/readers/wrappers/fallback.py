"""No page is lost silently: a reading that failed is replaced by the PDF's own text where there is one, else marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from pipeline.documents.sources import shown
from pipeline.readers.wrappers.around import Around
from pipeline.text_layer.guarded import GuardedTextLayer
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, PageRef, Transcript

_WHY = {
    Finish.LENGTH: "the limit of tokens for a page was reached (--max-tokens)",
    Finish.LOOP: "the model began to repeat itself, and was stopped",
    Finish.UNSURE: "the model was not sure of what it read here, so do not rely on it",
    Finish.EMPTY: "nothing could be read, but the page is not blank",
    Finish.ERROR: "its page could not be read",
}


class WithFallback(Around):
    """A Transcriber around another, the last step of the ladder: again in another way → own text → a mark.

    Every page that was pulled comes out, also where the inner one breaks its promise and never answers.
    """

    def __init__(self, inner: Transcriber) -> None:
        super().__init__(inner)
        self._own = GuardedTextLayer()

    @property
    def settings(self) -> str:
        """Both keys: a page that fails has the text layer's text."""
        return settings_with_fallback(self._inner.settings)

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once; `Transcript.tried` names what failed before. See `Transcriber`."""
        waiting: dict[PageRef, None] = {}
        source = iter(pages)
        for transcript in self._inner.transcribe(_noted(source, waiting)):
            waiting.pop(transcript.ref, None)
            yield self._settled(transcript)
        # Whatever a reader from outside does, each page that went in comes out: the caller counts on it to finish
        # documents.
        for ref in chain(tuple(waiting), source):
            lost = Transcript(ref, "", Finish.ERROR, reader=self.name, error="it was never answered")
            yield self._settled(lost)

    def _settled(self, transcript: Transcript) -> Transcript:
        """A good transcript as it is, else the text layer's where that is good, else the transcript as it is."""
        if transcript.finish.good or transcript.reader == self._own.name:
            return transcript
        own = self._own.read(transcript.ref)
        if own.finish.good:  # also where it says BLANK: it looked at the pixels, so what a model read was invented
            return replace(own, tried=(*transcript.tried, f"{transcript.reader}: {transcript.finish.value}"))
        size = transcript if transcript.width else own
        tried = (*transcript.tried, f"{own.reader}: {own.finish.value}")
        return replace(transcript, width=size.width, height=size.height, tried=tried)


def settings_with_fallback(reader: str) -> str:
    """`WithFallback.settings` around a reader with these settings."""
    return f"{reader}+else {GuardedTextLayer.settings}"


def failure(page: Transcript) -> str | None:
    """One line for the reader of the result where text is missing, None where the page is whole."""
    if page.finish.good:
        return None
    if page.finish is Finish.EMPTY and page.reader == GuardedTextLayer.name:
        return "the file has no usable text of its own for this page, and no model has read it"
    if page.finish is Finish.ERROR and page.error:
        # The result says so on the page itself, and its reader has no use for the path of the file.
        return page.error.removeprefix(f"{shown(page.ref.source)}, page {page.ref.number}: ")
    return _WHY[page.finish]


def _noted(pages: Iterator[PageRef], waiting: dict[PageRef, None]) -> Iterator[PageRef]:
    for ref in pages:
        waiting[ref] = None
        yield ref
