"""Links of a page: which words they lie on, line by line, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from math import inf

from pipeline.documents import letters, mupdf
from pipeline.documents.nearby import Near

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the page as displayed."""

CONTEXT = 24
"""Characters before and behind words that tell which of several equal ones they are; chosen, not measured."""

# Of a page: a dense index has some hundreds, and a file may be made to have millions.
_MOST_LINKS = 20_000
# Characters of an address, what browsers take.
_LONGEST = 2000


@dataclass(frozen=True)
class Link:
    """Words of one line that lead to an address, `uri`, or else to a place within: page `to_page`, from 1.

    `to_x` and `to_y` are where on that page, in points from its top left corner, or -1. `before` and `after` are what
    stands beside the words, and `box` is that of the words.
    """

    page: int
    text: str
    before: str
    after: str
    box: Box
    uri: str = ""
    to_page: int = 0
    to_x: float = -1.0
    to_y: float = -1.0


@dataclass(frozen=True)
class _Area:
    box: Box
    uri: str = ""
    to_page: int = 0
    to_x: float = -1.0
    to_y: float = -1.0


def page_links(file: mupdf.Document, number: int) -> Iterator[Link]:
    """The links of a page, line by line: one over two lines is two."""
    page = file[number - 1]
    areas = list(_areas(file, page))
    if not areas:
        return
    chars = list(_chars(page))
    text = "".join(c for c, _, _ in chars)
    near = Near([(area.box, at) for at, area in enumerate(areas)])
    owners = [_owner(box, near) for _, box, _ in chars]
    for (_, owner), each in groupby(range(len(chars)), key=lambda i: (chars[i][2], owners[i])):
        found = list(each)
        if owner is None or not any(text[i].isalnum() for i in found):
            continue
        first, last = found[0], found[-1] + 1
        box = mupdf.joined_bounds([chars[i][1] for i in found if chars[i][0].strip()])
        before, after = text[max(first - CONTEXT, 0) : first], text[last : last + CONTEXT]
        area = areas[owner]
        yield Link(number, text[first:last].strip(), before, after, box, area.uri, area.to_page, area.to_x, area.to_y)


def _areas(file: mupdf.Document, page: mupdf.Page) -> Iterator[_Area]:
    """The areas of a page that lead somewhere, in the order in which they are drawn."""
    for uri, is_external, box in islice(mupdf.links(page), _MOST_LINKS):
        if is_external and 0 < len(uri) <= _LONGEST:
            yield _Area(box, uri)
        elif uri and not is_external and (to := _place(file, uri)):
            yield _Area(box, "", *to)


def _place(file: mupdf.Document, uri: str) -> tuple[int, float, float] | None:
    """The page, from 1, and the place on it that an address within the file stands for; None where that is nowhere."""
    try:
        page, x, y = file.resolve_link(uri)
    except (*mupdf.ERRORS, LookupError):
        return None
    page = page[-1] if isinstance(page, tuple) else page
    return (int(page) + 1, _known(x), _known(y)) if page >= 0 else None


def _known(points: float) -> float:
    return float(points) if 0 <= points < inf else -1.0


def _chars(page: mupdf.Page) -> Iterator[tuple[str, Box, int]]:
    """Characters with their boxes as displayed and the number of their line; a space ends each line."""
    shown = mupdf.displayed(page)
    for number, line in enumerate(letters.text_lines(page)):
        box = mupdf.turned(shown, line["bbox"])
        for span in line["spans"]:
            for char in span["chars"]:
                box = mupdf.turned(shown, char["bbox"])
                yield char["c"], box, number
        yield " ", (box[2], box[1], box[2], box[3]), -1 - number


def _owner(box: Box, areas: Near[int]) -> int | None:
    """The area that the middle of a character is in, the last one drawn where several are."""
    return max(areas.at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), default=None)
