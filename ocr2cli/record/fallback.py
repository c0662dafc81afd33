"""No page is lost silently: a reading that failed is replaced by the PDF's own text where there is one, else marked."""

from __future__ import annotations

from dataclasses import replace

from ocr2cli.record.transcripts import Reading
from pipeline.documents.sources import shown
from pipeline.readers.choice import TEXT_LAYER
from pipeline.text_layer.guarded import GuardedTextLayer
from pipeline.transcript import Finish, Transcript

_WHY = {
    Finish.LENGTH: "the limit of tokens for a page was reached (--max-tokens)",
    Finish.LOOP: "the model began to repeat itself, and was stopped",
    Finish.EMPTY: "nothing could be read, but the page is not blank",
    Finish.ERROR: "its page could not be read",
}


class Recovery:
    """Takes every transcript as it comes and gives the reading that is kept."""

    def __init__(self) -> None:
        self._own = GuardedTextLayer()

    def settle(self, transcript: Transcript) -> Reading:
        """A good transcript as it is, else the text layer's where that is good, else the transcript as it is."""
        if transcript.finish.good or transcript.reader == TEXT_LAYER:
            return Reading(transcript, transcript.tried)
        tried = (*transcript.tried, f"{transcript.reader}: {transcript.finish.value}")
        own = self._own.read(transcript.ref)
        if own.finish.good:  # also where it says BLANK: it looked at the pixels, so what a model read was invented
            return Reading(own, tried)
        size = transcript if transcript.width else own
        kept = replace(transcript, width=size.width, height=size.height)
        return Reading(kept, (*transcript.tried, f"{own.reader}: {own.finish.value}"))


def failure(reading: Reading) -> str | None:
    """One line for the reader of the result where text is missing, None where the page is whole."""
    page = reading.transcript
    if page.finish.good:
        return None
    if page.finish is Finish.EMPTY and page.reader == TEXT_LAYER:
        return "the file has no usable text of its own for this page, and no model has read it"
    if page.finish is Finish.ERROR and page.error:
        # The result says so on the page itself, and its reader has no use for the path of the file.
        return page.error.removeprefix(f"{shown(page.ref.source)}, page {page.ref.number}: ")
    return _WHY[page.finish]
