"""One document under way: which of its pages are wanted, which are done, its record and its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from pipeline.documents.document import PageRanges, cut_off, digest, page_count
from pipeline.documents.guard import GuardError, guard
from pipeline.documents.sources import Stamp, shown, stamp, unreadable
from pipeline.errors import InputError, UserError
from pipeline.record.former import finished, refuse_less
from pipeline.record.grounds import DISK, Ground
from pipeline.record.home.folders import remember
from pipeline.record.log import Key, TranscriptLog, read
from pipeline.record.places import Claim, Identity, Manner, Place, claim
from pipeline.record.writing import NoRoomError, writing
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Source, Transcript

CUT_OFF = "the file ends too early, so pages may be missing: fetch or copy it again"


class SourceChangedError(InputError):
    """A document was replaced or written to while it was read."""


@dataclass(frozen=True)
class Fingerprint:
    """A document's bytes: what the file system says of them, and their SHA-256."""

    stamp: Stamp
    digest: str

    @classmethod
    def of(cls, source: Source) -> Fingerprint:
        """Raises InputError."""
        try:
            before = stamp(source)
            found = cls(before, digest(source.path))
        except OSError as error:
            raise unreadable(shown(source), error) from error
        if stamp(source) != before:
            raise SourceChangedError(f"{shown(source)} is being written to: give the command again when it is whole")
        return found

    def check(self, source: Source) -> Fingerprint:
        """The fingerprint as it is now. Raises SourceChangedError where the bytes are others.

        A file that is gone does not count as changed: what is open of it can still be read.
        """
        now = stamp(source)
        if now in (None, self.stamp):
            return self
        new = Fingerprint.of(source)
        if new.digest != self.digest:
            raise SourceChangedError(f"{shown(source)} changed while it was read: give the command again")
        return new


class Work:
    """Opened by `begin`; done when `missing` is empty. Readings go to disk the moment they come.

    `error` says why nothing more can become of it; the pages that were kept stay for the next time.
    """

    def __init__(self, source: Source, claim: Claim, wanted: list[int], log: TranscriptLog, found: Fingerprint) -> None:
        self.source, self.wanted, self.warnings = source, wanted, log.warnings
        self.error: UserError | None = None
        self._claim, self._log, self._found = claim, log, found
        self.missing = set(wanted) - finished(log.readings)

    @property
    def place(self) -> Place:
        """Where its files lie."""
        return self._claim.place

    def refs(self) -> Iterator[PageRef]:
        """The pages that are still to be read, in order."""
        return (PageRef(self.source, number) for number in sorted(self.missing))

    def take(self, transcript: Transcript) -> None:
        """Keep a page that was read; one of a document that has changed meanwhile is not kept. Raises NoRoomError."""
        try:
            self.check_source()
            with writing(self._log.path):
                self._log.append(transcript)
        except UserError as error:
            self.fail(error)
        self.missing.discard(transcript.ref.number)

    def check_source(self) -> None:
        """Raises SourceChangedError where the document is not what it was when it was begun."""
        self._found = self._found.check(self.source)

    def fail(self, error: UserError) -> None:
        """Nothing more can become of this document. Raises the error where nothing can become of any other either."""
        self.error = self.error or error
        if isinstance(error, NoRoomError):
            raise error

    def readings(self) -> Iterator[Transcript]:
        """All that was wanted, in page order, one after the other; a page of an interrupted run may be missing."""
        return (self._log.readings[number] for number in self.wanted if number in self._log.readings)

    def reading(self, number: int) -> Transcript | None:
        """That of one page, once it is there."""
        return None if number in self.missing else self._log.readings[number]

    def finish(self, force: bool = False) -> None:
        """Let the record of a document that is whole replace the former one, and say that its Markdown is about to be
        written. Raises OutputError, or SourceChangedError."""
        self.check_source()
        self._claim.check_markdown(force)
        with writing(self._log.path):
            self._log.finish(self.place.log)
        self._claim.begin_markdown()

    def wrote(self) -> None:
        """Its files are written. Raises SourceChangedError: the pictures may be of another document then."""
        self._claim.wrote_markdown()
        self.check_source()

    def close(self) -> None:
        """Leave record and place as they are; may be called twice."""
        self._log.close()
        self._claim.close()


def pages_of(source: Source, pages: str | None) -> list[int]:
    """The pages that are wanted of a document, `1,3-5,9-` or all. Raises UserError where it cannot be read or has none
    of them."""
    ranges = PageRanges.parse(pages) if pages else None
    try:
        count = guard().call(page_count, source)
    except GuardError as error:
        raise InputError(f"{source.name}: {error}") from error
    try:
        return ranges.numbers(count) if ranges else list(range(1, count + 1))
    except InputError as error:
        raise InputError(f"{source.name}: {error}") from error


def begin(
    source: Source,
    base: Path,
    stem: PurePath,
    reader: Transcriber,
    manner: Manner = Manner(),  # noqa: B008 frozen, so it may be shared
    pages: str | None = None,
    ground: Ground = DISK,
) -> Work:
    """Open a document, claim a place for it below `base`, and open its record there.

    `stem` is the place's name where that is free, see `pipeline.record.places`. Raises UserError where the document
    cannot be read, OutputError where its record cannot be kept or a better one is there.
    """
    before = stamp(source)
    # The stamp was taken before pages are counted, and is compared when the digest is known: all is of one and the same
    # file.
    wanted = pages_of(source, pages)
    found = Fingerprint.of(source)
    if found.stamp != before:
        raise SourceChangedError(f"{shown(source)} is being written to: give the command again when it is whole")
    warnings = (CUT_OFF,) if _cut_off(source) else ()
    claimed = claim(base, stem, Identity(found.digest, source.home, source.lay), manner, ground)
    if not source.origin:
        remember(source.path.parent)
    try:
        key, lay = Key(found.digest, reader.settings), source.lay if ground.shared else None
        with writing(claimed.place.log):
            log = _open_log(claimed.place, key, reader.name, wanted, manner.force, warnings, lay)
    except BaseException:
        claimed.close()
        raise
    return Work(source, claimed, wanted, log, found)


def _open_log(
    place: Place,
    key: Key,
    reader: str,
    wanted: list[int],
    force: bool,
    warnings: tuple[str, ...],
    lay: str | None,
) -> TranscriptLog:
    """The record of this key where it was begun, else another one beside that which is there."""
    former = read(place.log)
    if former is None or (former.key == key and not force):
        place.new_log.unlink(missing_ok=True)
        return TranscriptLog(place.log, key, force, warnings, lay)
    if not force:
        refuse_less(place, key, reader, wanted)
    return TranscriptLog(place.new_log, key, force, warnings, lay)


def _cut_off(source: Source) -> bool:
    try:
        return cut_off(source.path)
    except OSError as error:
        raise unreadable(shown(source), error) from error
