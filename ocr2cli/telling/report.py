"""What became of every input: lines as things happen, a summary that names each failed page, the exit code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from ocr2cli.options import Talk
from ocr2cli.record.outcome import Outcome, PageNote
from ocr2cli.telling.causes import Causes, Fault, faults, ranges, some
from ocr2cli.telling.progress import Progress
from ocr2cli.telling.stdout import DataOut
from pipeline.errors import ExitCode, UserError
from pipeline.readers.choice import TEXT_LAYER, Choice
from pipeline.stores.urls import shown
from pipeline.transcript import Transcript

SCROLLED = 10
"""Lines after which what went wrong is said once more at the end: half of a small terminal."""
# More would push a terminal's first lines out of sight, which name the other documents.
NAMED_PAGES = 12
"""As many failed pages of one document are named one by one; the JSON report has them all."""


class Report:
    """The one place that prints during a run: people read stderr, programs read stdout."""

    def __init__(self, out: DataOut, inputs: int, talk: Talk = Talk.NORMAL, as_json: bool = False) -> None:
        self._out, self._talk, self._json = out, talk, as_json
        self._inputs, self._texts = inputs, 0
        self._counts: Counter[str] = Counter()  # sums only: a watch folder may run for a year
        self._readers: Counter[str] = Counter()
        self._choice: Choice | None = None  # until it is told what a page was read with
        self._error: UserError | None = None
        self._causes, self._since = Causes(), 0  # lines since the first of them
        self.progress = Progress(inputs, quiet=talk is Talk.QUIET)

    def note(self, text: str) -> None:
        if self._talk >= Talk.NORMAL:
            self.progress.say(text)

    def reads_with(self, choice: Choice) -> None:
        """Said at once where it is a surprise, and else when it has read its first page."""
        self._choice = choice
        if choice.warning:
            self.note(choice.warning)

    def detail(self, text: str) -> None:
        if self._talk >= Talk.VERBOSE:
            self.progress.say(text)

    def begun(self, name: str, missing: int, wanted: int) -> None:
        """A document was opened: of the pages that are `wanted` of it, so many are to be read."""
        self._counts["before"] += wanted - missing
        self.progress.begun(name, missing, wanted)

    def writing(self, name: str) -> None:
        """The files of a document are being written from now on."""
        self.progress.writing(name)

    def step(self, pages: float) -> None:
        """So many more of its pages are written."""
        self.progress.step(pages)

    def page(self, page: Transcript) -> None:
        """A page is done: counted, and a line for programs that want to follow (`--json -v`)."""
        self.progress.page(page.ref.source.name, page.ref.number, page.reader != TEXT_LAYER)
        if self._choice and (notice := self._choice.notice(page.reader)):
            self._choice = None
            self.note(notice)
        if drafted := page.drafted:
            self.detail(
                f"{page.ref.source.name}: page {page.ref.number}: {page.output_tokens} tokens in "
                f"{drafted.steps} steps; {drafted.kept} of {drafted.guessed} guessed were right"
            )
        if self._json and self._talk >= Talk.VERBOSE:
            event = {
                "event": "page",
                "input": page.ref.source.name,
                "page": page.ref.number,
                "finish": page.finish.value,
            }
            event |= {"reader": page.reader, "tried": list(page.tried), "tokens": page.output_tokens}
            event |= {"tiles": list(page.tiles)} if page.tiles else {}
            event |= {"drafted": asdict(page.drafted)} if page.drafted else {}
            with self.progress.aside():
                self._out.line(json.dumps(event))

    def finished(self, outcome: Outcome, text: str | None = None, kind: str = "markdown") -> None:
        """An input is done: its lines on stderr; on stdout its files, or its text where that was asked for."""
        self._count(outcome)
        self.progress.document(outcome.name, failed=outcome.status != "done")
        if outcome.error is not None:
            self.progress.say(f"ocr2: {outcome.error}")
            self._keep(outcome.name, Fault(str(outcome.error)))
        if outcome.tiles:
            cut = ", ".join(f"{_count(number, 'page')} in {shape}" for shape, number in sorted(outcome.tiles.items()))
            self.detail(f"{outcome.name}: local views: {cut}")
        for note in outcome.recovered:
            self.detail(f"{outcome.name}: page {note.number}: {note.text}")
        self._name_some(outcome.name, _lines(outcome.failed), "more pages failed")
        self._name_some(outcome.name, (*outcome.warnings, *outcome.lost_pictures, *outcome.not_made))
        self._name_some(outcome.name, _lines(outcome.doubtful), "more pages are doubtful")
        self._name_some(outcome.name, _lines(outcome.unread), "more pages have unread print")
        self._name_some(outcome.name, _lines(outcome.unaccounted), "more pages lack words")
        with self.progress.aside():
            self._data(outcome, text, kind)

    def given_up(self, left: Sequence[Outcome]) -> None:
        """The run ends before these inputs are done: they are named, the one cause is what the process says last."""
        for outcome in left:
            self._count(outcome)
            with self.progress.aside():
                self._data(outcome, None, "")
        if self._inputs != 1 and left:
            self.progress.say(f"ocr2: not converted: {some([outcome.name for outcome in left])}")

    @property
    def to_file(self) -> bool:
        """Whether standard output is a file, so that nobody reads along."""
        return self._out.to_file

    def piece(self, text: str) -> None:
        """A part of a document's text for standard output, set apart from what was written before."""
        with self.progress.aside():
            self._out.write(("\n" if self._texts else "") + text)
        self._texts += 1

    def summary(self) -> None:
        """The last lines: what was done, by whom, and what is missing."""
        self.progress.stop()
        if self._since > SCROLLED and self._inputs != 1:
            for line in self._causes.lines():
                self.progress.say(f"ocr2: {line}")
        count = self._counts
        who = ", ".join(f"{number} by {reader}" for reader, number in self._readers.most_common())
        inputs = _count(count["done"] + count["partly"] + count["failed"], "input")
        parts = [f"{_count(count['pages'], 'page')} of {inputs}" + (f" ({who})" if who else "")]
        before = "all" if count["before"] == count["pages"] else count["before"]
        for number, text in (
            (count["before"], f"{before} read before"),
            (count["recovered"], f"{count['recovered']} read at a second try or from the PDF's own text"),
            (count["bad"], f"{_count(count['bad'], 'page')} without full text"),
            (count["lost"], f"{_count(count['lost'], 'picture')} lost"),
            (count["not_made"], f"files on request incomplete for {_count(count['not_made'], 'input')}"),
            (count["doubtful"], f"{_count(count['doubtful'], 'page')} doubtful"),
            (count["unread"], f"print left out on {_count(count['unread'], 'page')}"),
            (count["short"], f"words missing on {_count(count['short'], 'page')}"),
            (count["failed"], f"{_count(count['failed'], 'input')} not converted"),
        ):
            parts += [text] if number else []
        self.note(f"{'; '.join(parts)}; {self.progress.seconds:.1f} s")

    @property
    def exit_code(self) -> ExitCode:
        """Of a single input its own code; of a batch, 4 as soon as anything is missing."""
        if self._error is not None and self._inputs == 1:
            return ExitCode(self._error.exit_code)
        return ExitCode.PARTLY if self._counts["failed"] or self._counts["partly"] else ExitCode.DONE

    def _count(self, outcome: Outcome) -> None:
        self._counts.update({
            outcome.status: 1, "pages": outcome.pages, "recovered": len(outcome.recovered), "bad": len(outcome.failed),
            "lost": len(outcome.lost_pictures), "not_made": int(bool(outcome.not_made)),
            "doubtful": len(outcome.doubtful), "short": len(outcome.unaccounted),
            "unread": len(outcome.unread),
        })  # fmt: skip
        self._readers.update(outcome.readers)
        self._error = self._error or outcome.error

    def _name_some(self, name: str, lines: Iterable[str], what: str = "") -> None:
        """A line for each fault; with `what`, those of many pages that differ are only counted."""
        found = faults(lines)
        most = NAMED_PAGES if what else len(found)
        for fault in found[:most]:
            self.progress.say(f"ocr2: {name}: {fault}")
        if rest := [page for fault in found[most:] for page in fault.pages]:
            self.progress.say(f"ocr2: {name}: {len(rest)} {what}: {ranges(rest)}")
        for fault in found:
            self._keep(name, fault)

    def _keep(self, name: str, fault: Fault) -> None:
        self._causes.add(name, fault)
        self._since += 1

    def _data(self, outcome: Outcome, text: str | None, kind: str) -> None:
        if self._json:
            self._out.line(json.dumps(_as_json(outcome) | ({} if text is None else {kind: text})))
            return
        if text:
            self._out.write(("\n" if self._texts else "") + text)  # a blank line between documents, as between blocks
            self._texts += 1
        if self._talk is Talk.QUIET:
            return
        # Whoever looks on wants to know what is done; a program wants each file.
        listed = outcome.files[:1] if self._out.to_terminal else outcome.files
        self._since += len(listed) if self._causes else 0
        for path in listed:
            self._out.line(shown(path))


def _lines(notes: Sequence[PageNote]) -> Iterator[str]:
    return (f"page {note.number}: {note.text}" for note in notes)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "event": "document",
        "input": outcome.name,
        "status": outcome.status,
        "pages": outcome.pages,
        "readers": dict(outcome.readers),
        "tiles": dict(outcome.tiles),
        "recovered": [{"page": note.number, "why": note.text} for note in outcome.recovered],
        "failed": [{"page": note.number, "why": note.text} for note in outcome.failed],
        "warnings": list(outcome.warnings),
        "lost_pictures": list(outcome.lost_pictures),
        "not_made": list(outcome.not_made),
        "doubtful": [{"page": note.number, "why": note.text} for note in outcome.doubtful],
        "unread": [{"page": note.number, "lines": note.lines, "why": note.text} for note in outcome.unread],
        "unaccounted": [{"page": note.number, "why": note.text} for note in outcome.unaccounted],
        "ledger": None if outcome.ledger is None else dict(outcome.ledger),
        "error": None if outcome.error is None else str(outcome.error),
        "files": [shown(path) for path in outcome.files],
    }
