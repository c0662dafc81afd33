"""The text layer read in another process: a crash of the PDF library costs a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from pipeline.documents.guard import Guard, GuardError, guard
from pipeline.text_layer.version import NAME, SETTINGS
from pipeline.transcript import Finish, PageRef, Transcript

if TYPE_CHECKING:
    from pipeline.text_layer.reading import TextLayerTranscriber


class GuardedTextLayer:
    """A Transcriber that reads as `TextLayerTranscriber` does, in the guard's process; for `whole` see there."""

    name = NAME
    settings = SETTINGS

    def __init__(self, process: Guard | None = None, whole: bool = False) -> None:
        self._guard, self._whole = process or guard(), whole

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in order. A page that cannot be read is a transcript with `Finish.ERROR`."""
        return map(self.read, pages)

    def close(self) -> None:
        """Nothing: the guard's process is everybody's."""

    def read(self, ref: PageRef) -> Transcript:
        """One page."""
        try:
            return self._guard.call(read_page, ref, self._whole)
        except GuardError as error:
            return Transcript(ref, "", Finish.ERROR, reader=self.name, error=f"the text layer cannot be read: {error}")


@cache
def _reader(whole: bool) -> TextLayerTranscriber:
    from pipeline.text_layer.reading import TextLayerTranscriber

    return TextLayerTranscriber(whole)


def read_page(ref: PageRef, whole: bool = False) -> Transcript:
    """In the guard's process: the last document stays open."""
    return _reader(whole).read(ref)


def read_pages(refs: list[PageRef], whole: bool) -> list[Transcript]:
    """Several pages, in a worker's process: the last document stays open."""
    return [read_page(ref, whole) for ref in refs]
