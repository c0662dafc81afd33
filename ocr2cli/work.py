"""One document under way: which of its pages are wanted, which are done, and its record."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

from ocr2cli.plan import Job
from ocr2cli.recovery import failure
from ocr2cli.report import Outcome, PageNote
from ocr2cli.targets import OutputError, Place, writing
from ocr2cli.transcripts import Key, Reading, TranscriptLog
from output import writer
from pipeline.documents import PageRanges, digest, page_count, spool_stdin
from pipeline.errors import InputError
from pipeline.guard import GuardError, guard
from pipeline.transcribe import TEXT_LAYER
from pipeline.transcript import Finish, PageRef, Source


class Work:
    """Opened by `begin`; done when `missing` is empty. Readings go to disk the moment they come."""

    def __init__(self, source: Source, place: Place, wanted: list[int], log: TranscriptLog) -> None:
        self.source, self.place, self.wanted = source, place, wanted
        self._log = log
        # A page that could not be read may be readable now (memory, a file that has been mended): it is tried again.
        kept = {n for n, reading in log.readings.items() if reading.transcript.finish is not Finish.ERROR}
        self.missing = set(wanted) - kept

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


def begin(
    job: Job, place: Place, pages: PageRanges | None, passwords: tuple[str, ...], settings: str, force: bool
) -> Work:
    """Open a document and its record. Raises UserError where the document cannot be read or the record not be kept."""
    source = Source(job.path.absolute(), job.name, passwords) if job.path else spool_stdin(sys.stdin.buffer, passwords)
    try:
        count = guard().call(page_count, source)
    except GuardError as error:
        raise InputError(f"{job.name}: {error}") from error
    try:
        wanted = pages.numbers(count) if pages else list(range(1, count + 1))
    except InputError as error:
        raise InputError(f"{job.name}: {error}") from error
    place.claim(force)
    with writing(place.log):
        log = TranscriptLog(place.log, Key(digest(source.path), settings), afresh=force)
    return Work(source, place, wanted, log)


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
