"""Readings → files: what `output` needs to know of a document, and its pixels where it asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ocr2cli.options import Extras, Format
from ocr2cli.record.outcome import Outcome, PageNote, UnreadNote
from ocr2cli.results.accounts import account, totals
from ocr2cli.results.corrected import corrected
from ocr2cli.results.drawing import Drawing
from ocr2cli.results.extras import Scene, write_extras
from ocr2cli.results.facts import about, facts, with_facts
from ocr2cli.results.stages import Cutting, Stage, nobody, steps
from output import writer
from output.compare import agreement, unread
from output.compare.repeats import apart
from output.grounding.blocks import Box, PageBlocks, Unread
from output.grounding.blocks import Document as Pages
from output.grounding.parser import parse
from output.grounding.roles import Role
from output.options import RenderOptions, Running
from output.render import render
from pipeline.readers.wrappers.certainty import certainty, certainty_by_block
from pipeline.readers.wrappers.fallback import failure
from pipeline.record import corrections
from pipeline.record.places import Place
from pipeline.record.writing import NoRoomError, OutputError, no_room
from pipeline.transcript import Source, Transcript


@dataclass(frozen=True)
class Written:
    """The files; a line for each picture and each thing on request that is missing; pages that the check flagged, such
    with print that nobody read, and such whose words are not all accounted for; the document's ledger, by class."""

    files: tuple[Path, ...]
    lost_pictures: tuple[str, ...] = ()
    not_made: tuple[str, ...] = ()
    doubtful: tuple[PageNote, ...] = ()
    unread: tuple[UnreadNote, ...] = ()
    unaccounted: tuple[PageNote, ...] = ()
    ledger: Mapping[str, int] | None = None
    pages: tuple[PageBlocks, ...] = ()  # with all that is known of their blocks
    pictures: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()  # about the document as a whole

    def told(self, outcome: Outcome) -> Outcome:
        """The outcome with what is missing or doubtful."""
        return replace(
            outcome, lost_pictures=self.lost_pictures, not_made=self.not_made, doubtful=self.doubtful,
            unread=self.unread, unaccounted=self.unaccounted, ledger=self.ledger,
            warnings=(*outcome.warnings, *self.warnings),
        )  # fmt: skip


def write_results(
    place: Place,
    name: str,
    source: Source | None,
    readings: Iterable[Transcript],
    style: RenderOptions,
    extras: Extras = Extras(),  # noqa: B008 frozen, so it may be shared
    told: Callable[[float], None] = nobody,
) -> Written:
    """Write a document's Markdown, its pictures where there is a `source`, and the extras; `told` hears of the pages
    that are written. Raises OutputError."""
    keep = Format.MD in extras.formats or place.markdown.exists()  # one that is there is kept up to date
    read = [page_blocks(reading) for reading in readings]
    read, unfit = corrected(read, corrections.read(place.folder / corrections.FILE_NAME))
    numbers = [page.number for page in read]
    figures = sum(block.role is Role.FIGURE for page in read for block in page.blocks) if source else 0
    step = steps(extras, told, len(read), figures)
    by_network = {page.number for page in read if not page.is_own_text}
    known = facts(source, numbers, style.hidden is not Running.DROP, partial(step, Stage.FACTS), by_network)
    pages = Pages(Path(name).name, with_facts(read, known), about(known))
    with ExitStack() as stack:
        drawn = stack.enter_context(Drawing(source)) if source else None
        cut = drawn.cut if drawn else None
        try:
            cutter = Cutting(drawn.pictures, figures, partial(step, Stage.PICTURES)) if drawn else None
            rendered = render(pages, place.markdown, style, cutter=cutter)
            if cutter:
                cutter.rest()
            step(Stage.TEXT, len(numbers))
            accounts = account(
                rendered.assembly,
                partial(_lines, place.markdown, style.front_matter),
                source,
                extras.check,
                partial(step, Stage.WORDS),
            )
            scene = Scene(accounts.assembly, place.folder, rendered.pictures, source, cut, step)
            more, not_made = write_extras(scene, extras)
        except (writer.OutputError, OSError) as error:
            kind = NoRoomError if no_room(error) or no_room(error.__cause__) else OutputError
            raise kind(str(error)) from error
    files = rendered.files
    if not keep:  # it was needed to account for every word
        place.markdown.unlink(missing_ok=True)
        files = tuple(path for path in files if path != place.markdown)
    pages = accounts.assembly.document
    return Written(
        (*files, *more), rendered.failures, (*not_made, *unfit), tuple(_doubtful(pages)), tuple(_unread(pages)),
        accounts.unaccounted, totals(pages.pages), pages.pages,
        tuple(place.folder / name for name in dict.fromkeys(rendered.pictures.values())), known.warnings,
    )  # fmt: skip


def _lines(markdown: Path, has_front_matter: bool) -> Iterator[str]:
    """Those that were read: what the file states about itself proves no word of its pages."""
    with markdown.open(encoding="utf-8") as file:
        if has_front_matter:
            next(file)
            next(line for line in file if line == "---\n")
        yield from file


def page_blocks(page: Transcript) -> PageBlocks:
    """A page as `output` knows it."""
    shown, repeated = apart(parse(page.text, certainty_by_block(page)))
    return PageBlocks(
        page.ref.number,
        page.width,
        page.height,
        shown,
        failure(page),
        page.reader,
        page.finish.value,
        certainty(page),
        page.doubtful,
        page.turned,
        repeated=repeated,
        unread=tuple(Unread(Box(*place.box), place.lines, place.within) for place in page.unread),
    )


def _doubtful(pages: Pages) -> Iterator[PageNote]:
    for page in pages.pages:
        if page.doubtful:
            yield PageNote(page.number, f"{page.reader} was not sure of it (certainty {page.confidence:.2f})")
        if page.agreement and agreement.doubtful(page.agreement):
            yield PageNote(page.number, f"differs from the PDF's own text: {agreement.in_words(page.agreement)}")


def _unread(pages: Pages) -> Iterator[UnreadNote]:
    """Of pages that count as read: what failed is told already."""
    for page in pages.pages:
        if page.unread and page.failure is None:
            yield UnreadNote(page.number, unread.in_words(page.unread), unread.lines(page.unread))
