"""What a PDF states about itself, as `output` takes it: read in a process of its own, since the file may be hostile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol, TypeVar

from ocr2cli.results.drawing import opened
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
from pipeline.documents.guard import guard
from pipeline.documents.stated.emphasis import Run
from pipeline.documents.stated.extras import Comment
from pipeline.documents.stated.facts import AboutAll, Facts, OnPages, put_together, read_about, read_pages
from pipeline.documents.stated.fields import Field
from pipeline.documents.stated.links import Link as OwnLink
from pipeline.documents.stated.tagged import Picture as OwnPicture
from pipeline.documents.stated.ticked import Ticked as OwnTicked
from pipeline.errors import InputError
from pipeline.text_layer.characters.reading import read_characters
from pipeline.transcript import Source


class _OnPage(Protocol):
    """Something that a document states on a page, from 1."""

    @property
    def page(self) -> int: ...


P = TypeVar("P", bound=_OnPage)

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
    boxes: Collection[int] | None = None,
) -> Known:
    """The facts of a PDF, with links and emphasis of the pages in `numbers`; none where there is none to be read.

    `told` hears of the pages that are done. `boxes`: the pages whose boxes to be ticked are wanted, all if not given.
    """
    if source is None:
        return Known()
    about, parts, unseen = AboutAll(), list[OnPages](), list[HiddenText]()
    with suppress(InputError):
        about = guard().call_for(_AT_ONCE + _A_PAGE * len(numbers), _about, source, tuple(numbers))
    for start in range(0, len(numbers), _PART):
        some = tuple(numbers[start : start + _PART])
        ticked = some if boxes is None else tuple(number for number in some if number in boxes)
        with suppress(InputError):
            limit = _AT_ONCE + _A_PAGE * len(some)
            on_pages, hidden_there = guard().call_for(limit, _pages, source, some, hidden, ticked)
            parts.append(on_pages)
            unseen += hidden_there
        told(len(some))
    return Known(put_together(about, parts), tuple(unseen))


def with_facts(pages: Sequence[PageBlocks], known: Known) -> tuple[PageBlocks, ...]:
    """The pages with what their document states of them."""
    sizes = {page.number: (page.width, page.height) for page in pages}
    stated = known.facts
    links, runs, fields = _by_page(stated.links), _by_page(stated.emphasis), _by_page(stated.fields)
    comments, hidden = _by_page(stated.comments), _by_page(known.hidden)
    pictures, boxes = _by_page(stated.pictures), _by_page(stated.boxes)
    return tuple(
        replace(
            page,
            links=tuple(_link(link, page, sizes) for link in links[page.number]),
            emphasis=tuple(_emphasis(run, page) for run in runs[page.number]),
            fields=tuple(_field(field, page) for field in fields[page.number]),
            asides=(
                *(_comment(comment, page) for comment in comments[page.number]),
                *(Aside("hidden", one.text, _box(one.box, page)) for one in hidden[page.number]),
            ),
            pictures=tuple(_picture(one, page) for one in pictures[page.number]),
            boxes=tuple(_ticked(one, page) for one in boxes[page.number]),
        )
        for page in pages
    )


def _by_page(stated: Iterable[P]) -> dict[int, list[P]]:
    """A book of a thousand pages has thousands of each kind: they are not looked through for every page."""
    found: dict[int, list[P]] = defaultdict(list)
    for one in stated:
        found[one.page].append(one)
    return found


def about(known: Known) -> About:
    """What the document states about the whole of it."""
    stated = known.facts.about
    outline = tuple(Entry(entry.level, entry.title, entry.page) for entry in stated.outline)
    return About(stated.title, stated.author, stated.date, outline, stated.attachments)


def _comment(comment: Comment, page: PageBlocks) -> Aside:
    return Aside("comment", comment.text, _box(comment.box, page), comment.author, comment.words)


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
    file = opened(source).pdf
    return AboutAll() if file is None else read_about(file, numbers)


def _pages(
    source: Source, numbers: tuple[int, ...], hidden: bool, boxes: tuple[int, ...]
) -> tuple[OnPages, tuple[HiddenText, ...]]:
    if (file := opened(source).pdf) is None:
        return OnPages(), ()
    unseen = (one for number in numbers for one in _hidden(file, number)) if hidden else ()
    return read_pages(file, numbers, boxes), tuple(unseen)


def _hidden(file: mupdf.Document, number: int) -> Iterator[HiddenText]:
    """The hidden text of a page, a line each."""
    page = file[number - 1]
    try:
        found = [one for one in read_characters(page).left_out if one.kind == "hidden"]
    except mupdf.ERRORS:
        return
    shown = mupdf.displayed(page)
    for _, each in groupby(found, key=lambda one: (round(one.box[1]), round(one.box[3]))):
        words = list(each)
        box = mupdf.turned(shown, mupdf.joined_bounds([word.box for word in words]))
        yield HiddenText(number, " ".join(word.text for word in words), box)
