"""The links, emphasis, fields, comments, outline, title and author of an open PDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from pipeline.documents import mupdf
from pipeline.documents.stated.emphasis import Run, Style, page_runs, telling
from pipeline.documents.stated.extras import Comment, attachments, is_portfolio, one_line, page_comments
from pipeline.documents.stated.fields import Field, page_fields
from pipeline.documents.stated.links import Link, page_links
from pipeline.documents.stated.tagged import Picture, headings, pictures
from pipeline.documents.stated.ticked import Ticked, page_boxes
from pipeline.documents.tags.nodes import Tree

T = TypeVar("T")

# Of an outline. A book has some hundreds; a file that is made to cost time has millions. Chosen, not measured.
_MOST_ENTRIES = 10_000
# Characters of an address or a title, what browsers take; longer addresses carry data and lead nowhere on paper.
_LONGEST = 2000
_NOTHING: dict[str, object] = {}
_DATE = re.compile(r"(?:D:)?(\d{4})(?:([01]\d)(?:([0-3]\d))?)?")


@dataclass(frozen=True)
class Entry:
    """A bookmark; `level` from 1, `page` from 1 or 0 where it leads to none."""

    level: int
    title: str
    page: int


@dataclass(frozen=True)
class AboutAll:
    """What the document states about the whole of it; `date` is YYYY-MM-DD, or less of it."""

    attachments: tuple[str, ...] = ()
    is_portfolio: bool = False
    outline: tuple[Entry, ...] = ()  # the bookmarks, or else the headings as the file tags them
    title: str = ""
    author: str = ""
    date: str = ""


@dataclass(frozen=True)
class OnPages:
    """What it states on some pages. `runs` are set in any style, `letters` how many letters of them are set in each."""

    links: tuple[Link, ...] = ()
    runs: tuple[Run, ...] = ()
    letters: Mapping[Style, int] = field(default_factory=Counter)
    fields: tuple[Field, ...] = ()
    comments: tuple[Comment, ...] = ()
    pictures: tuple[Picture, ...] = ()
    boxes: tuple[Ticked, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All of a document's, as far as they can be read. `emphasis`: runs in what is not its usual style."""

    about: AboutAll = AboutAll()
    links: tuple[Link, ...] = ()
    emphasis: tuple[Run, ...] = ()
    fields: tuple[Field, ...] = ()
    comments: tuple[Comment, ...] = ()
    pictures: tuple[Picture, ...] = ()
    boxes: tuple[Ticked, ...] = ()


_NO_LINKS: tuple[Link, ...] = ()
_NO_RUNS: tuple[Run, ...] = ()
_NO_FIELDS: tuple[Field, ...] = ()
_NO_COMMENTS: tuple[Comment, ...] = ()
_NO_NAMES: tuple[str, ...] = ()
_NO_ENTRIES: tuple[Entry, ...] = ()
_NO_PICTURES: tuple[Picture, ...] = ()
_NO_BOXES: tuple[Ticked, ...] = ()


def read_facts(file: mupdf.Document, numbers: Iterable[int]) -> Facts:
    """The facts of an open PDF, with those of the pages in `numbers`, from 1, without what is broken."""
    numbers = tuple(numbers)
    return put_together(read_about(file, numbers), [read_pages(file, numbers)])


def read_about(file: mupdf.Document, numbers: Iterable[int]) -> AboutAll:
    """Of the whole document; tagged headings are those of the pages in `numbers`."""
    about = _sound(lambda: dict(file.metadata or {}), _NOTHING)
    outline = _sound(lambda: tuple(_outline(file)), _NO_ENTRIES)
    outline = outline or _sound(lambda: tuple(_tagged(file, numbers)), _NO_ENTRIES)
    return AboutAll(
        attachments=_sound(lambda: tuple(attachments(file)), _NO_NAMES),
        is_portfolio=_sound(lambda: is_portfolio(file), False), outline=outline,
        title=_line(about.get("title")), author=_line(about.get("author")), date=_date(about),
    )  # fmt: skip


def read_pages(file: mupdf.Document, numbers: Iterable[int], boxes: Iterable[int] | None = None) -> OnPages:
    """Of some pages, so that a long document can be read in parts; `boxes`: those whose boxes are wanted, all if not
    given."""
    numbers, letters = tuple(numbers), Counter[Style]()
    tree = _sound(partial(Tree, file), None)
    links = (link for number in numbers for link in _sound(partial(_links, file, number), _NO_LINKS))
    runs = (run for number in numbers for run in _sound(partial(_runs, file, number, letters), _NO_RUNS))
    shown = (picture for number in numbers for picture in _sound(partial(_pictures, file, number, tree), _NO_PICTURES))
    fields = (one for number in numbers for one in _sound(partial(_fields, file, number), _NO_FIELDS))
    comments = (one for number in numbers for one in _sound(partial(_comments, file, number), _NO_COMMENTS))
    wanted = numbers if boxes is None else boxes
    ticked = (box for number in wanted for box in _sound(partial(_boxes, file, number), _NO_BOXES))
    return OnPages(tuple(links), tuple(runs), letters, tuple(fields), tuple(comments), tuple(shown), tuple(ticked))


def put_together(about: AboutAll, parts: Sequence[OnPages]) -> Facts:
    """The document from its parts, in page order: only the whole tells which style is its usual one."""
    letters: Counter[Style] = Counter()
    for part in parts:
        letters.update(part.letters)
    return Facts(
        about,
        links=tuple(link for part in parts for link in part.links),
        emphasis=tuple(telling((run for part in parts for run in part.runs), letters)),
        fields=tuple(one for part in parts for one in part.fields),
        comments=tuple(one for part in parts for one in part.comments),
        pictures=tuple(one for part in parts for one in part.pictures),
        boxes=tuple(one for part in parts for one in part.boxes),
    )


def _fields(file: mupdf.Document, number: int) -> tuple[Field, ...]:
    return tuple(page_fields(file[number - 1]))


def _boxes(file: mupdf.Document, number: int) -> tuple[Ticked, ...]:
    return tuple(page_boxes(file, number))


def _pictures(file: mupdf.Document, number: int, tree: Tree | None) -> tuple[Picture, ...]:
    return tuple(pictures(file, number, tree)) if tree else ()


def _tagged(file: mupdf.Document, numbers: Iterable[int]) -> Iterator[Entry]:
    return (Entry(heading.level, heading.letters, heading.page) for heading in headings(file, numbers))


def _comments(file: mupdf.Document, number: int) -> tuple[Comment, ...]:
    return tuple(page_comments(file, number))


def _runs(file: mupdf.Document, number: int, letters: Counter[Style]) -> tuple[Run, ...]:
    return tuple(page_runs(file, number, letters))


def _sound(read: Callable[[], T], otherwise: T) -> T:
    """What is read, or something else where the file is broken there."""
    try:
        return read()
    except (*mupdf.ERRORS, LookupError, AttributeError):
        return otherwise


def _links(file: mupdf.Document, number: int) -> tuple[Link, ...]:
    return tuple(page_links(file, number))


def _line(text: object) -> str:
    return one_line(text)[:_LONGEST]


def _date(about: Mapping[str, object]) -> str:
    found = _DATE.match(str(about.get("creationDate") or ""))
    return "-".join(filter(None, found.groups())) if found else ""


def _outline(file: mupdf.Document) -> Iterator[Entry]:
    for level, title, page, *_ in file.get_toc(simple=True)[:_MOST_ENTRIES]:
        yield Entry(int(level), _line(title), max(int(page), 0))
