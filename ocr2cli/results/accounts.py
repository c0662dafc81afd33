"""The words of a finished document held against those of its source: ledgers, the check, and what must be told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ocr2cli.record.outcome import PageNote
from ocr2cli.results.corrected import as_read
from ocr2cli.results.drawing import blank_boxes, own_page
from output.compare import agreement, ledger, writing
from output.compare.own import Kind, OwnPage
from output.document.joining.assemble import Assembly
from output.grounding.accounts import Dropped, Ledger
from output.grounding.blocks import PageBlocks
from pipeline.documents.guard import GuardError
from pipeline.readers.choice import TEXT_LAYER
from pipeline.transcript import Finish, Source

_DAMAGED = "its contents are damaged: what stood behind the damage is missing"


@dataclass(frozen=True)
class Accounts:
    """The document with a ledger on each page that has one, and the pages of which words are missing."""

    assembly: Assembly
    unaccounted: tuple[PageNote, ...]


def account(
    assembly: Assembly, lines: writing.Lines, source: Source | None, check: bool, step: Callable[[], None]
) -> Accounts:
    """Compare every page that was read with its own text, and all blocks with the Markdown, of which `lines` gives the
    lines. With `check` each page has its agreement, too; without a `source` there is only the Markdown to compare.
    `step` is called after each page.
    """
    pages = assembly.document.pages
    aside = tuple(assembly.dropped)
    lost = writing.lost(pages, aside, lines)
    by_page: dict[int, list[Dropped]] = defaultdict(list)
    for one in aside:
        by_page[one.page].append(one)
    done, notes = [], list[PageNote]()
    for page in pages:
        audited, note = audit(page, by_page[page.number], lost.get(page.number, ()), source, check)
        done.append(audited)
        notes += note
        step()
    document = replace(assembly.document, pages=tuple(done))
    return Accounts(replace(assembly, document=document), tuple(notes))


def audit(
    page: PageBlocks, left_out: Iterable[Dropped], lost: tuple[str, ...], source: Source | None, check: bool = False
) -> tuple[PageBlocks, tuple[PageNote, ...]]:
    """A page with its ledger, and a line where the reader must know that words are missing.

    A page that failed is told already; what is written of it is compared all the same.
    """
    by_network = _is_by_network(page)
    found, agreed, notes = None, None, list[PageNote]()
    if source is not None and page.failure is None:
        try:
            own = own_page(source, page.number)
        except GuardError as error:
            return page, (PageNote(page.number, f"its words could not be counted: {error}"),)
        if own is not None and not own.whole:
            notes.append(PageNote(page.number, _DAMAGED))
        if own is not None and own.words and (own.sound or not by_network):
            found = _ledger(as_read(page), own, tuple(left_out), source)
            agreed = agreement.agreement(page, own.visible) if check else None
    found = ledger.with_unwritten(found, lost, by_network)
    told = found is not None and ledger.told(found, by_network)
    if found is not None and told:
        notes.append(PageNote(page.number, ledger.in_words(found, by_network)))
    return replace(page, ledger=found, agreement=agreed), tuple(notes)


def _is_by_network(page: PageBlocks) -> bool:
    """Whether a network read a page; one that was white for MuPDF was shown to none."""
    return page.reader != TEXT_LAYER and page.finish != Finish.BLANK


def _ledger(page: PageBlocks, own: OwnPage, left_out: tuple[Dropped, ...], source: Source) -> Ledger:
    """The page's ledger. Where words are missing, its pixels tell which of them nobody can see."""
    by_network = _is_by_network(page)
    found = ledger.page_ledger(page, own, left_out, by_network)
    places = ledger.may_be_unseen(own, found)
    if not places:
        return found
    # Only of what is missing: drawing a page costs more than counting its words, and most pages lack none.
    answers = blank_boxes(source, page.number, [own.words[at].box for at in places])
    unseen = {at for at, blank in zip(places, answers, strict=True) if blank}
    if not unseen:
        return found
    words = (replace(word, kind=Kind.HIDDEN) if at in unseen else word for at, word in enumerate(own.words))
    return ledger.page_ledger(page, replace(own, words=tuple(words)), left_out, by_network)


def totals(pages: Iterable[PageBlocks]) -> dict[str, int] | None:
    """The ledgers of a document added up, as the report gives them; None where no page has one."""
    sums: Counter[str] = Counter()
    some = False
    for page in pages:
        if page.ledger is not None:
            some = True
            sums.update(dict(ledger.counts(page.ledger)))
    return dict(sums) if some else None
