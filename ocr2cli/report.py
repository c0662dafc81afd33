"""What became of every input: lines as things happen, a summary that names each failed page, the exit code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocr2cli.options import Talk
from ocr2cli.progress import Progress
from ocr2cli.stdout import DataOut
from pipeline.errors import ExitCode, UserError

NAMED_PAGES = 12
"""As many failed pages of one document are named one by one; the JSON report has them all."""


@dataclass(frozen=True)
class PageNote:
    """A page that did not go as it should: every step that was tried, in words."""

    number: int
    text: str


@dataclass(frozen=True)
class Outcome:
    """What became of one input. `error` says why there is no result at all."""

    name: str
    pages: int = 0
    files: tuple[Path, ...] = ()
    readers: Mapping[str, int] = field(default_factory=dict)
    recovered: tuple[PageNote, ...] = ()
    failed: tuple[PageNote, ...] = ()
    lost_pictures: tuple[str, ...] = ()
    doubtful: tuple[PageNote, ...] = ()  # whole, but unlike the PDF's own text (--check)
    error: UserError | None = None

    @property
    def status(self) -> str:
        return "failed" if self.error else "partly" if self.failed or self.lost_pictures else "done"


class Report:
    """The one place that prints during a run: people read stderr, programs read stdout."""

    def __init__(self, out: DataOut, inputs: int, talk: Talk = Talk.NORMAL, as_json: bool = False) -> None:
        self._out, self._talk, self._json = out, talk, as_json
        self._outcomes: list[Outcome] = []
        self._inputs, self._texts = inputs, 0
        self.progress = Progress(inputs, quiet=talk is Talk.QUIET)

    def note(self, text: str) -> None:
        if self._talk >= Talk.NORMAL:
            self.progress.say(text)

    def detail(self, text: str) -> None:
        if self._talk >= Talk.VERBOSE:
            self.progress.say(text)

    def finished(self, outcome: Outcome, text: str | None = None, kind: str = "markdown") -> None:
        """An input is done: its lines on stderr; on stdout its files, or its text where that was asked for."""
        self._outcomes.append(outcome)
        self.progress.document()
        if outcome.error is not None:
            self.progress.say(f"ocr2: {outcome.error}")
        for note in outcome.recovered:
            self.detail(f"{outcome.name}: page {note.number}: {note.text}")
        self._name_failed(outcome)
        for line in outcome.lost_pictures:
            self.progress.say(f"ocr2: {outcome.name}: {line}")
        for note in outcome.doubtful:
            self.progress.say(f"ocr2: {outcome.name}: page {note.number}: {note.text}")
        with self.progress.aside():
            self._data(outcome, text, kind)

    def summary(self) -> None:
        """The last lines: what was done, by whom, and what is missing."""
        self.progress.stop()
        pages = sum(outcome.pages for outcome in self._outcomes)
        by_status = Counter(outcome.status for outcome in self._outcomes)
        readers: Counter[str] = Counter()
        for outcome in self._outcomes:
            readers.update(outcome.readers)
        who = ", ".join(f"{count} by {reader}" for reader, count in readers.most_common())
        recovered = sum(len(outcome.recovered) for outcome in self._outcomes)
        failed = sum(len(outcome.failed) for outcome in self._outcomes)
        lost = sum(len(outcome.lost_pictures) for outcome in self._outcomes)
        parts = [f"{_count(pages, 'page')} of {_count(len(self._outcomes), 'input')}" + (f" ({who})" if who else "")]
        parts += [f"{recovered} read at a second try or from the PDF's own text"] if recovered else []
        parts += [f"{_count(failed, 'page')} without full text"] if failed else []
        parts += [f"{_count(lost, 'picture')} lost"] if lost else []
        doubtful = sum(len(outcome.doubtful) for outcome in self._outcomes)
        parts += [f"{_count(doubtful, 'page')} unlike the PDF's own text"] if doubtful else []
        parts += [f"{_count(by_status['failed'], 'input')} not converted"] if by_status["failed"] else []
        self.note(f"{'; '.join(parts)}; {self.progress.seconds:.1f} s")

    @property
    def exit_code(self) -> ExitCode:
        """Of a single input its own code; of a batch, 4 as soon as anything is missing."""
        errors = [outcome.error for outcome in self._outcomes if outcome.error is not None]
        if errors and self._inputs == 1:
            return ExitCode(errors[0].exit_code)
        return ExitCode.DONE if all(outcome.status == "done" for outcome in self._outcomes) else ExitCode.PARTLY

    def _name_failed(self, outcome: Outcome) -> None:
        for note in outcome.failed[:NAMED_PAGES]:
            self.progress.say(f"ocr2: {outcome.name}: page {note.number}: {note.text}")
        if more := outcome.failed[NAMED_PAGES:]:
            numbers = ", ".join(str(note.number) for note in more)
            self.progress.say(f"ocr2: {outcome.name}: {len(more)} more pages failed: {numbers}")

    def _data(self, outcome: Outcome, text: str | None, kind: str) -> None:
        if self._json:
            self._out.line(json.dumps(_as_json(outcome) | ({} if text is None else {kind: text})))
            return
        if text:
            self._out.write(("\n" if self._texts else "") + text)  # a blank line between documents, as between blocks
            self._texts += 1
        for path in outcome.files:
            self._out.line(str(path))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "input": outcome.name,
        "status": outcome.status,
        "pages": outcome.pages,
        "readers": dict(outcome.readers),
        "recovered": [{"page": note.number, "why": note.text} for note in outcome.recovered],
        "failed": [{"page": note.number, "why": note.text} for note in outcome.failed],
        "lost_pictures": list(outcome.lost_pictures),
        "doubtful": [{"page": note.number, "why": note.text} for note in outcome.doubtful],
        "error": None if outcome.error is None else str(outcome.error),
        "files": [str(path) for path in outcome.files],
    }
