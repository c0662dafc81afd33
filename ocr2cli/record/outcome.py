"""What became of one input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import UserError
from pipeline.readers.choice import TEXT_LAYER
from pipeline.readers.wrappers.fallback import failure
from pipeline.transcript import Transcript


@dataclass(frozen=True)
class PageNote:
    """A page that did not go as it should: every step that was tried, in words."""

    number: int
    text: str


@dataclass(frozen=True)
class UnreadNote(PageNote):
    """A page with so many lines of print that its text lacks."""

    lines: int


@dataclass(frozen=True)
class Outcome:
    """What became of one input. `error` says why there is no result at all."""

    name: str
    pages: int = 0
    files: tuple[Path, ...] = ()
    readers: Mapping[str, int] = field(default_factory=dict)
    tiles: Mapping[str, int] = field(default_factory=dict)  # pages that a network looked at, by columns x rows
    recovered: tuple[PageNote, ...] = ()
    failed: tuple[PageNote, ...] = ()
    lost_pictures: tuple[str, ...] = ()
    not_made: tuple[str, ...] = ()  # files on request, or parts of them
    warnings: tuple[str, ...] = ()  # about the document as a whole
    doubtful: tuple[PageNote, ...] = ()  # whole, but unlike the PDF's own text (--check)
    unread: tuple[UnreadNote, ...] = ()  # a model left print of theirs out
    unaccounted: tuple[PageNote, ...] = ()  # words of theirs are missing in the result
    ledger: Mapping[str, int] | None = None  # words by what became of them, of the pages with text of their own
    error: UserError | None = None

    @property
    def status(self) -> str:
        missing = self.failed or self.lost_pictures or self.not_made or self.warnings or self.unaccounted
        return "failed" if self.error else "partly" if missing else "done"


def outcome(name: str, pages: Iterable[Transcript], warnings: tuple[str, ...] = ()) -> Outcome:
    """What became of the pages, without the files."""
    recovered, failed, readers, tiles = [], [], Counter[str](), Counter[str]()
    for page in pages:
        number = page.ref.number
        readers[page.reader] += 1
        if page.tiles:
            tiles["{}x{}".format(*page.tiles)] += 1
        if why := failure(page):
            failed.append(PageNote(number, "; ".join((why, *page.tried))))
        elif page.tried:
            recovered.append(PageNote(number, f"{', '.join(page.tried)}; {_how_in_the_end(page)}"))
    return Outcome(name, readers.total(), (), readers, tiles, tuple(recovered), tuple(failed), warnings=warnings)


def _how_in_the_end(page: Transcript) -> str:
    if page.reader == TEXT_LAYER:
        return "read from the PDF's own text"
    return "then read, with doubts" if page.doubtful else "then read"
