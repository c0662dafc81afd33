"""What a batch tells of itself as it goes: to the command line's report, or to a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ocr2cli.inputs.plan import Job
from ocr2cli.record.outcome import Outcome
from ocr2cli.results.write import Written
from pipeline.transcript import Transcript


@dataclass(frozen=True)
class Content:
    """The Markdown, and the pictures by the path under which it links them: files may not stay on this machine."""

    markdown: str
    pictures: Mapping[str, bytes]

    @classmethod
    def of(cls, written: Written) -> Content:
        """Read from its files."""
        markdown = written.files[0]
        pictures = {path.relative_to(markdown.parent).as_posix(): path.read_bytes() for path in written.pictures}
        return cls(markdown.read_text(encoding="utf-8"), pictures)


@dataclass(frozen=True)
class Converted:
    """One input that is done. `written` is None where no files are: of an error, or of pages that were streamed.
    `content` is there where it was asked for."""

    job: Job
    outcome: Outcome
    written: Written | None = None
    text: str | None = None  # for standard output
    kind: str = "markdown"
    content: Content | None = None


class Told(Protocol):
    """Hears of everything, in the thread that runs the batch; of `writing` and `step` in the one that writes files."""

    def note(self, text: str) -> None:
        """A line for people."""

    def begun(self, name: str, missing: int, wanted: int) -> None:
        """A document was opened: of the pages that are `wanted` of it, so many are to be read."""

    def page(self, page: Transcript) -> None:
        """A page is done."""

    def writing(self, name: str) -> None:
        """The files of a document are being written from now on."""

    def step(self, pages: float) -> None:
        """So many more of its pages are written; what takes several passes over a page counts in parts of one."""

    def finished(self, outcome: Outcome, text: str | None = None, kind: str = "markdown") -> None:
        """An input is done; `text` is that of its file of this `kind` where it goes to standard output."""
