"""Links of a page: which words they lie on, line by line, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pipeline.documents import mupdf

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the page as displayed."""

_GOTO, _URI, _NAMED = 1, 2, 4  # kinds of links in MuPDF's lists
_CONTEXT = 24  # characters before and behind a link's words that tell which of several equal ones it is; chosen
_MOST_LINKS = 2000  # of a page: a dense index has some hundreds
_LONGEST = 2000  # characters of an address, what browsers take


@dataclass(frozen=True)
class Link:
    """Words of one line that lead to an address, `uri`, or else to a place within: page `to_page`, from 1.

    `to_y` is where on that page, in points from its top, or -1. `before` and `after` are what stands beside the words,
    and `box` is that of the words.
    """

    page: int
    text: str
    before: str
    after: str
    box: Box
    uri: str = ""
    to_page: int = 0
    to_y: float = -1.0


def page_links(file: mupdf.Document, number: int) -> Iterator[Link]:
    """The links of a page, line by line: one over two lines is two."""
    page = file[number - 1]
    links = [link for link in page.get_links()[:_MOST_LINKS] if _leads_somewhere(link)]
    if not links:
        return
    chars = list(_chars(page))
    text = "".join(c for c, _, _ in chars)
    owners = [_owner(box, links) for _, box, _ in chars]
    for (_, owner), each in groupby(range(len(chars)), key=lambda i: (chars[i][2], owners[i])):
        found = list(each)
        if owner is None or not any(text[i].isalnum() for i in found):
            continue
        first, last = found[0], found[-1] + 1
        box = mupdf.joined_bounds([chars[i][1] for i in found if chars[i][0].strip()])
        yield Link(
            number, text[first:last].strip(), text[max(first - _CONTEXT, 0) : first], text[last : last + _CONTEXT],
            box, **_target(page, links[owner]),
        )  # fmt: skip


def _leads_somewhere(link: Mapping[str, Any]) -> bool:
    kind = link.get("kind")
    return (kind == _URI and 0 < len(link.get("uri") or "") <= _LONGEST) or (
        kind in (_GOTO, _NAMED) and isinstance(link.get("page"), int) and link["page"] >= 0
    )


def _chars(page: mupdf.Page) -> Iterator[tuple[str, Box, int]]:
    """Characters with their boxes as displayed and the number of their line; a space ends each line."""
    shown = mupdf.displayed(page)
    for number, line in enumerate(mupdf.text_lines(page)):
        box = mupdf.turned(shown, line["bbox"])
        for span in line["spans"]:
            for char in span["chars"]:
                box = mupdf.turned(shown, char["bbox"])
                yield char["c"], box, number
        yield " ", (box[2], box[1], box[2], box[3]), -1 - number


def _owner(box: Box, links: list[Mapping[str, Any]]) -> int | None:
    """The link that the middle of a character is in, the last one drawn where several are."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    inside = (
        i for i, link in enumerate(links)
        if link["from"].x0 <= x <= link["from"].x1 and link["from"].y0 <= y <= link["from"].y1
    )  # fmt: skip
    return max(inside, default=None)


def _target(page: mupdf.Page, link: Mapping[str, Any]) -> dict[str, Any]:
    if link["kind"] == _URI:
        return {"uri": link["uri"]}
    # PyMuPDF turns the destination with the page that the link is on, so of a turned one it says nothing.
    y = getattr(link.get("to"), "y", None) if not page.rotation else None
    return {"to_page": link["page"] + 1, "to_y": -1.0 if y is None else float(y)}
