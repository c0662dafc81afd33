"""What a PDF states about itself, as `output` takes it: read in a process of its own, since the file may be hostile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby

from ocr2cli.results.stages import nobody
from output.grounding.blocks import (
    About,
    Aside,
    Box,
    Emphasis,
    Entry,
    FormField,
    Link,
    PageBlocks,
    Picture,
    Style,
    Ticked,
)
from output.grounding.parser import GRID
from pipeline.documents import mupdf
from pipeline.documents.document import Document
from pipeline.documents.guard import guard
from pipeline.documents.stated.emphasis import Run
from pipeline.documents.stated.facts import AboutAll, Facts, OnPages, put_together, read_about, read_pages
from pipeline.documents.stated.fields import Field
from pipeline.documents.stated.links import Link as OwnLink
from pipeline.documents.stated.tagged import Picture as OwnPicture
from pipeline.documents.stated.ticked import Ticked as OwnTicked
from pipeline.errors import InputError
from pipeline.text_layer.characters.reading import read_characters
from pipeline.transcript import Source

_AT_ONCE, _A_PAGE = 5.0, 0.5
"""Seconds that bookmarks may take, and links and emphasis of each page: a file, or pages, in which they are a maze are
read without them. A page of a hundred links takes some hundredths; chosen, not measured."""
_PART = 16
"""Pages that are asked for at once. A maze costs the facts of so many; opening the file again costs next to nothing
beside reading them. Chosen, not measured."""


@dataclass(frozen=True)
class Known:
    """What a PDF states, and its text that nobody sees where it is asked for."""

    facts: Facts = Facts()  # noqa: RUF009 frozen, so it may be shared
    hidden: tuple[HiddenText, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be told of the document as a whole."""
        if not self.facts.about.is_portfolio:
            return ()
        return (f"it is a portfolio, whose files are not read: {', '.join(self.facts.about.attachments)}",)


@dataclass(frozen=True)
class HiddenText:
    """Text of page `page` that its reader does not see; `box` is in points of the page as displayed."""

    page: int
    text: str
    box: tuple[float, float, float, float]


def facts(
    source: Source | None,
    numbers: Sequence[int],
    hidden: bool = False,
    told: Callable[[int], None] = nobody,
) -> Known:
    """The facts of a PDF, with links and emphasis of the pages in `numbers`; none where there is none to be read.

    `told` hears of the pages that are done.
    """
    if source is None:
        return Known()
    about, parts, unseen = AboutAll(), list[OnPages](), list[HiddenText]()
    with suppress(InputError):
        about = guard().call_for(_AT_ONCE + _A_PAGE * len(numbers), _about, source, tuple(numbers))
    for start in range(0, len(numbers), _PART):
        some = tuple(numbers[start : start + _PART])
        with suppress(InputError):
            on_pages, hidden_there = guard().call_for(_AT_ONCE + _A_PAGE * len(some), _pages, source, some, hidden)
            parts.append(on_pages)
            unseen += hidden_there
        told(len(some))
    return Known(put_together(about, parts), tuple(unseen))


def with_facts(pages: Sequence[PageBlocks], known: Known) -> tuple[PageBlocks, ...]:
    """The pages with what their document states of them."""
    sizes = {page.number: (page.width, page.height) for page in pages}
    links: dict[int, list[OwnLink]] = defaultdict(list)
    for link in known.facts.links:
        links[link.page].append(link)
    runs: dict[int, list[Run]] = defaultdict(list)
    for run in known.facts.emphasis:
        runs[run.page].append(run)
    return tuple(
        replace(
            page,
            links=tuple(_link(link, page, sizes) for link in links[page.number]),
            emphasis=tuple(_emphasis(run, page) for run in runs[page.number]),
            fields=tuple(_field(field, page) for field in known.facts.fields if field.page == page.number),
            asides=tuple(_asides(known, page)),
            pictures=tuple(_picture(one, page) for one in known.facts.pictures if one.page == page.number),
            boxes=tuple(_ticked(one, page) for one in known.facts.boxes if one.page == page.number),
        )
        for page in pages
    )


def about(known: Known) -> About:
    """What the document states about the whole of it."""
    stated = known.facts.about
    outline = tuple(Entry(entry.level, entry.title, entry.page) for entry in stated.outline)
    return About(stated.title, stated.author, stated.date, outline, stated.attachments)


def _asides(known: Known, page: PageBlocks) -> Iterator[Aside]:
    for comment in known.facts.comments:
        if comment.page == page.number:
            yield Aside("comment", comment.text, _box(comment.box, page), comment.author, comment.words)
    for one in known.hidden:
        if one.page == page.number:
            yield Aside("hidden", one.text, _box(one.box, page))


def _ticked(one: OwnTicked, page: PageBlocks) -> Ticked:
    return Ticked(one.text, one.checked, _box(one.box, page), one.before, one.after, one.is_last)


def _picture(picture: OwnPicture, page: PageBlocks) -> Picture:
    return Picture(_box(picture.box, page), picture.alt)


def _field(field: Field, page: PageBlocks) -> FormField:
    return FormField(field.name, field.kind.value, field.value, _box(field.box, page), field.checked, field.label)


def _link(link: OwnLink, page: PageBlocks, sizes: Mapping[int, tuple[float, float]]) -> Link:
    width, height = sizes.get(link.to_page, (0.0, 0.0))
    to = (_in_grid(link.to_x, width), _in_grid(link.to_y, height))
    return Link(link.text, link.uri, _box(link.box, page), link.before, link.after, link.to_page, *to)


def _emphasis(run: Run, page: PageBlocks) -> Emphasis:
    style = Style(run.style.bold, run.style.italic, run.style.struck, code=run.style.mono)
    return Emphasis(run.text, style, _box(run.box, page), run.before, run.after)


def _box(points: tuple[float, float, float, float], page: PageBlocks) -> Box:
    across, down = GRID / max(page.width, 1.0), GRID / max(page.height, 1.0)
    x1, y1, x2, y2 = (round(min(max(v * s, 0), GRID)) for v, s in zip(points, (across, down) * 2, strict=True))
    return Box(x1, y1, x2, y2)


def _in_grid(points: float, side: float) -> int:
    # -1 for "not said" must stay what it is, and not become the page's edge.
    return -1 if points < 0 or side <= 0 else round(min(points * GRID / side, GRID))


def _about(source: Source, numbers: tuple[int, ...]) -> AboutAll:
    """In the other process, as is `_pages`."""
    with Document(source) as document:
        return AboutAll() if document.pdf is None else read_about(document.pdf, numbers)


def _pages(source: Source, numbers: tuple[int, ...], hidden: bool) -> tuple[OnPages, tuple[HiddenText, ...]]:
    with Document(source) as document:
        if document.pdf is None:
            return OnPages(), ()
        unseen = (one for number in numbers for one in _hidden(document, number)) if hidden else ()
        return read_pages(document.pdf, numbers), tuple(unseen)


def _hidden(document: Document, number: int) -> Iterator[HiddenText]:
    """The hidden text of a page, a line each."""
    assert document.pdf is not None, "asked for PDFs only"
    page = document.pdf[number - 1]
    try:
        found = [one for one in read_characters(page).left_out if one.kind == "hidden"]
    except mupdf.ERRORS:
        return
    shown = mupdf.displayed(page)
    for _, each in groupby(found, key=lambda one: (round(one.box[1]), round(one.box[3]))):
        words = list(each)
        box = mupdf.turned(shown, mupdf.joined_bounds([word.box for word in words]))
        yield HiddenText(number, " ".join(word.text for word in words), box)
