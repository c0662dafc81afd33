"""Pages to standard output as soon as they and those before them are done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from ocr2cli.options import Format, Options
from ocr2cli.record.outcome import PageNote
from ocr2cli.record.target import Target
from ocr2cli.results.accounts import audit
from ocr2cli.results.facts import Known, about, facts, with_facts
from ocr2cli.results.write import page_blocks
from ocr2cli.telling.report import Report
from output.compare import writing
from output.document import flow
from output.document.survey import survey
from output.formats.markdown import page_markdown
from output.grounding.blocks import PageBlocks
from output.options import Running
from pipeline.record.work import Work
from pipeline.transcript import Source, Transcript

# More tells heads of long chapters better, but costs looking at all of them again for each page; three are the least
# that show a running head. Chosen, not measured.
RECENT = 8
"""Pages that tell running heads and the levels of headings: this one and those before it."""


class PageStream:
    """The Markdown of documents one after the other, page by page; nothing is joined over a page's end.

    `give` gets each page that has become ready: how it was read, its blocks, and its Markdown, which may be empty.
    """

    def __init__(self, options: Options, give: Callable[[Transcript, PageBlocks, str], None]) -> None:
        self._style, self._give = options.style, give
        self._place = 0  # in the pages of the document under way
        self._recent: deque[PageBlocks] = deque(maxlen=RECENT)
        self._words: set[str] = set()  # of the document so far: a running head must stand in it once
        self._unaccounted: list[PageNote] = []
        self._known: Known | None = None  # of the document under way

    def advance(self, work: Work) -> None:
        """Write what has become ready of the document whose turn it is."""
        while self._place < len(work.wanted) and (reading := work.reading(work.wanted[self._place])):
            self._place += 1
            (page,) = with_facts([page_blocks(reading)], self._outside(work))
            self._recent.append(page)
            surveyed = survey(self._recent, about(self._outside(work)).outline)
            text = page_markdown(page, self._style, surveyed)
            self._give(reading, page, text)
            self._account(next(known for known in surveyed.pages if known.number == page.number), text, work.source)

    def _outside(self, work: Work) -> Known:
        """The document's links to elsewhere: what a link within it leads to may be on a page that is yet to come."""
        if self._known is None:
            known = facts(work.source, work.wanted, hidden=self._style.hidden is not Running.DROP)
            outside = tuple(link for link in known.facts.links if link.uri)
            self._known = replace(known, facts=replace(known.facts, links=outside))
        return self._known

    def _account(self, page: PageBlocks, text: str, source: Source) -> None:
        _, aside = flow.pieces([page], self._style.headers)
        lost = writing.lost([page], aside, lambda: text.splitlines(keepends=True), self._words)
        self._words |= writing.written(text.splitlines(keepends=True)).keys()
        _, notes = audit(page, aside, lost.get(page.number, ()), source)
        self._unaccounted += notes

    def end(self) -> tuple[PageNote, ...]:
        """The next document's turn; the pages of this one of which words are missing."""
        notes = tuple(self._unaccounted)
        self._place, self._known = 0, None
        self._recent.clear()
        self._words.clear()
        self._unaccounted.clear()
        return notes


def page_stream(options: Options, target: Target, report: Report) -> PageStream | None:
    """A stream where somebody reads on while we work: not into a file, and not where the whole is asked for."""
    plain = options.extras.formats == {Format.MD} and not options.extras.check and not options.as_json
    whole = options.whole or options.style.front_matter  # which tells what only the whole document has
    if target.to_stdout and plain and not whole and not report.to_file:
        return PageStream(options, lambda reading, page, text: report.piece(text + "\n") if text else None)
    return None
