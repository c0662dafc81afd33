"""A result that is being looked over: its preview as it is now, and what a person corrects in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ocr2cli.options import Format, Options
from ocr2cli.results.extras import CHUNKS_NAME, HTML_NAME, JSON_NAME, LAYOUT_NAME, PREVIEW_NAME, TEXT_NAME
from ocr2cli.results.rerender import document_of, record_in
from ocr2cli.results.write import write_results
from pipeline.record import corrections
from pipeline.record.places import Identity, Place, reclaim
from pipeline.stores.copies import Copies

_FORMATS = {Format.JSON: JSON_NAME, Format.HTML: HTML_NAME, Format.TEXT: TEXT_NAME, Format.CHUNKS: CHUNKS_NAME}
_POLICY = (b"img-src blob:", b"img-src blob:; connect-src 'self'")
_CHUNK = 1 << 16


class Desk:
    """One result folder. From several threads; what is written is written by one of them at a time.

    The Markdown, and the files beside it that are there, follow each correction; the preview, which takes longest, is
    made anew when it is asked for again, and at the end.
    """

    def __init__(self, place: Place, source: Path | None, options: Options) -> None:
        self.place, self._source, self._options = place, source, options
        self._lock, self._copies = threading.Lock(), Copies()
        self._stale = not (place.folder / PREVIEW_NAME).exists()

    def preview(self) -> Iterator[bytes]:
        """The preview's file in parts, allowed to send what was corrected back to where it came from."""
        with self._lock:
            if self._stale:
                self._write(preview=True)
            file = (self.place.folder / PREVIEW_NAME).open("rb")
        with file:
            yield file.read(_CHUNK).replace(*_POLICY, 1)
            while part := file.read(_CHUNK):
                yield part

    def save(self, data: bytes) -> str:
        """Take up corrections; what is said to the person. Raises UserError."""
        new = corrections.parse(data, "what was sent")
        path = self.place.folder / corrections.FILE_NAME
        with self._lock:
            former = corrections.read(path)
            corrections.write(path, corrections.merged(former, new))
            self._stale = True
            self._write(preview=False)
        return f"Saved. {self.place.markdown.name} is written anew."

    def close(self) -> None:
        """Bring the preview up to date."""
        with self._lock, self._copies:
            if self._stale:
                self._write(preview=True)

    def _write(self, preview: bool) -> None:
        """All files of the result that are there, from its record and its corrections. Raises UserError."""
        record, folder = record_in(self.place), self.place.folder
        document = document_of(record, self._source, self._options.passwords, self._copies)
        there = {form.value for form, name in _FORMATS.items() if (folder / name).exists()}
        extras = replace(
            self._options.extras,
            formats=frozenset({Format.MD.value, *there}),
            layout_pdf=document is not None and (folder / LAYOUT_NAME).exists(),
            # Without the document it would have no images, which the one that is there has.
            preview=preview and (document is not None or not (folder / PREVIEW_NAME).exists()),
        )
        with closing(reclaim(self.place, Identity(record.key.document, record.source))) as held:
            held.check_markdown(self._options.force)
            pages = [record.readings[number] for number in sorted(record.readings)]
            held.begin_markdown()
            write_results(self.place, record.name, document, pages, self._options.style, extras)
            held.wrote_markdown()
        self._stale = self._stale and not preview
