"""What a tagged PDF's structure tree says of headings and pictures, for pages that a network read, too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.documents import mupdf
from pipeline.documents.stated.extras import one_line
from pipeline.documents.tags.content import tagged_chars
from pipeline.documents.tags.marks import marked_boxes
from pipeline.documents.tags.nodes import LEVELS, LONGEST_HEADING, MOST_HEADINGS, Element, Node, Tree

Box = tuple[float, float, float, float]

# Of the steps from a heading to the next that may leave out a level on the way down, as files do that choose headings
# for their size. Chosen, not measured.
_SKIPPING = 0.25
# Characters of an alternative text: it is read aloud. What is longer is cut by whoever shows it.
_LONGEST_ALT = 2000
_FILE = re.compile(r"\.(?:jpe?g|png|gif|bmp|tiff?|emf|wmf|svg|eps|pdf)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """A heading's level, from 1, its letters without blanks, and its page, from 1."""

    level: int
    letters: str
    page: int


@dataclass(frozen=True)
class Picture:
    """A figure of page `page`, in points of the page as displayed, and what is said in its place."""

    page: int
    box: Box
    alt: str


def headings(file: mupdf.Document, numbers: Iterable[int]) -> tuple[Heading, ...]:
    """The headings of pages, in the order of the tree; none where their levels are not to be relied on."""
    tree = Tree(file)
    if not tree.is_there or tree.is_suspect:
        return ()
    found: list[Heading] = []
    letters = 0
    for number in numbers:
        texts: dict[Node, list[str]] = defaultdict(list)
        for char in tagged_chars(file[number - 1], tree):
            letters += 1
            if char.element and (node := _heading(char.element)):
                texts[node].append(char.text)
        ordered = sorted(texts.items(), key=lambda pair: pair[0].path)
        found += [Heading(LEVELS[node.kind], "".join(text), number) for node, text in ordered]
    return tuple(found) if _are_sound(found, letters) else ()


def pictures(file: mupdf.Document, number: int, tree: Tree) -> Iterator[Picture]:
    """The figures of a page that have an alternative text, where they are drawn. The file's `tree` remembers what it
    was asked: one serves all pages."""
    if not tree.is_there:
        return
    page = file[number - 1]
    elements = tree.elements(page)
    figures = {mark: figure for mark, element in elements.items() if (figure := _figure(element))}
    if not figures:
        return
    boxes: dict[Node, list[Box]] = defaultdict(list)
    for mark, box in marked_boxes(page):
        if mark in figures:
            boxes[figures[mark]].append(box)
    shown = mupdf.displayed(page)
    for figure, each in boxes.items():
        yield Picture(
            number, mupdf.turned(shown, mupdf.joined_bounds(each)), one_line(figure.text("Alt"))[:_LONGEST_ALT]
        )


def _heading(element: Element) -> Node | None:
    return next((node for node in element.nodes if node.kind in LEVELS), None)


def _figure(element: Element) -> Node | None:
    return next((node for node in element.nodes if node.kind == "Figure" and _says_something(node.text("Alt"))), None)


def _says_something(alt: str) -> bool:
    """Whether an alternative text has words, and is not the name of the file that the picture came from."""
    return any(c.isalpha() for c in alt) and not _FILE.search(alt)


def _are_sound(found: Sequence[Heading], letters: int) -> bool:
    """Whether headings are such: short, few beside the text, and without gaps between their levels."""
    steps = [after.level - before.level for before, after in pairwise(found)]
    held = sum(len(heading.letters) for heading in found)
    return (
        held <= MOST_HEADINGS * letters
        and all(len(heading.letters) <= LONGEST_HEADING for heading in found)
        and sum(step > 1 for step in steps) <= _SKIPPING * len(steps)
    )
