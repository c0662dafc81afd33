"""One document under way: which of its pages are wanted, which are done, and its record."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from ocr2cli.inputs.plan import Job
from ocr2cli.record.fallback import failure
from ocr2cli.record.outcome import Outcome, PageNote
from ocr2cli.record.places import OutputError, Place, writing
from ocr2cli.record.transcripts import Key, Reading, TranscriptLog
from output import writer
from pipeline.documents.document import PageRanges, cut_off, digest, page_count, spool_stdin
from pipeline.documents.guard import GuardError, guard
from pipeline.errors import InputError
from pipeline.readers.choice import TEXT_LAYER
from pipeline.transcript import Finish, PageRef, Source

CUT_OFF = "the file ends too early, so pages may be missing: fetch or copy it again"


class Work:
    """Opened by `begin`; done when `missing` is empty. Readings go to disk the moment they come."""

    def __init__(
        self, source: Source, place: Place, wanted: list[int], log: TranscriptLog, warnings: tuple[str, ...] = ()
    ) -> None:
        self.source, self.place, self.wanted, self.warnings = source, place, wanted, warnings
        self._log = log
        self.missing = set(wanted) - finished(log.readings)

    def refs(self) -> list[PageRef]:
        """The pages that are still to be read, in order."""
        return [PageRef(self.source, number) for number in sorted(self.missing)]

    def take(self, reading: Reading) -> None:
        with writing(self._log.path):
            self._log.append(reading)
        self.missing.discard(reading.number)

    def readings(self) -> Iterator[Reading]:
        """All that was wanted, in page order, one after the other; a page of an interrupted run may be missing."""
        return (self._log.readings[number] for number in self.wanted if number in self._log.readings)

    def reading(self, number: int) -> Reading | None:
        """That of one page, once it is there."""
        return None if number in self.missing else self._log.readings[number]

    def close(self) -> None:
        """Leave the record as it is; may be called twice."""
        self._log.close()

    def finish(self) -> None:
        """Close the record of a document that is whole. Raises OutputError."""
        try:
            with writing(self._log.path):
                self._log.tidy()
        except writer.OutputError as error:
            raise OutputError(str(error)) from error


def finished(readings: Mapping[int, Reading]) -> set[int]:
    """The pages that need not be read. One that could not be read may be readable now (memory, a file that has been
    mended): it is tried again."""
    return {number for number, reading in readings.items() if reading.transcript.finish is not Finish.ERROR}


def source_of(job: Job, passwords: tuple[str, ...]) -> Source:
    """Standard input is read here, wholly. Raises InputError."""
    return Source(job.path.absolute(), job.name, passwords) if job.path else spool_stdin(sys.stdin.buffer, passwords)


def pages_of(source: Source, pages: str | None) -> list[int]:
    """The pages that are wanted of a document. Raises UserError where it cannot be read or has none of them."""
    ranges = PageRanges.parse(pages) if pages else None
    try:
        count = guard().call(page_count, source)
    except GuardError as error:
        raise InputError(f"{source.name}: {error}") from error
    try:
        return ranges.numbers(count) if ranges else list(range(1, count + 1))
    except InputError as error:
        raise InputError(f"{source.name}: {error}") from error


def begin(job: Job, place: Place, pages: str | None, passwords: tuple[str, ...], settings: str, force: bool) -> Work:
    """Open a document and its record. Raises UserError where the document cannot be read or the record not be kept."""
    source = source_of(job, passwords)
    wanted = pages_of(source, pages)
    place.claim(force)
    with writing(place.log):
        log = TranscriptLog(place.log, Key(digest(source.path), settings), afresh=force)
    return Work(source, place, wanted, log, (CUT_OFF,) if cut_off(source.path) else ())


def outcome(name: str, readings: Iterable[Reading]) -> Outcome:
    """What became of the pages, without the files."""
    recovered, failed, readers = [], [], Counter[str]()
    for reading in readings:
        readers[reading.transcript.reader] += 1
        if why := failure(reading):
            failed.append(PageNote(reading.number, "; ".join((why, *reading.tried))))
        elif reading.tried:
            failed_first = ", ".join(reading.tried)
            how = "read from the PDF's own text" if reading.transcript.reader == TEXT_LAYER else "then read well"
            recovered.append(PageNote(reading.number, f"{failed_first}; {how}"))
    return Outcome(name, readers.total(), (), readers, tuple(recovered), tuple(failed))
