"""Lines that run over pages: the same words at pages' edges, whose numbers are the same or count the pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.text_layer.lines.glyphs import PageGlyphs
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.rows import whole_rows

# Of the page height: where running heads and feet stand, 42 mm of A4. Chosen, not measured. Smaller, and heads below a
# wide margin stay text; larger, and more lines are asked whether they come again, of which forms have many.
MARGIN = 0.14
# Of the page height, in which the line of another page must lie: a line's pitch (12.6 points of A4). Smaller, and heads
# of skewed or rasterised pages stay text; larger, and a line of the body right below may pass for the head.
SAME_HEIGHT = 0.015

_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True)
class MarginLine:
    """A line in the margin of a page: its words with `#` for numbers, the numbers, and its height on the page, 0..1."""

    page: int
    words: str
    numbers: tuple[int, ...]
    height: float


def margin_line(text: str, page: int, height: float) -> MarginLine:
    """A line's facts; `height` is the share of the page above its middle."""
    low = text.lower()
    numbers = tuple(_value(found) for found in _NUMBER.findall(low))
    return MarginLine(page, " ".join(_NUMBER.sub("#", low).split()), numbers, height)


def margin_lines(page: PageGlyphs) -> tuple[MarginLine, ...]:
    """The lines at a page's edges, if there is other text that they could run over, and its turned lines."""
    # Where all lines of a page stand at its edges (a page that holds but a stamp), they are its text: nothing runs over
    # it.
    height = page.frame.size[1]
    edges = [line for line in page.lines if in_margin(line, height)]
    edges = whole_rows(edges) if len(edges) < len(page.lines) else []
    return tuple(margin_line(line.text, page.number, line.box.middle[1] / height) for line in (*edges, *page.turned))


def in_margin(line: Line, height: float) -> bool:
    return line.box.y1 < MARGIN * height or line.box.y0 > (1 - MARGIN) * height


def runs(line: MarginLine, others: Iterable[MarginLine]) -> bool:
    """Whether a line comes again on another page at the same height."""
    return next(likes(line, others), None) is not None


def likes(line: MarginLine, others: Iterable[MarginLine]) -> Iterator[MarginLine]:
    """Where a line comes again on other pages at the same height."""
    return (other for other in others if line.words and _comes_again(line, other))


def _comes_again(line: MarginLine, other: MarginLine) -> bool:
    apart = other.page - line.page
    if not apart or line.words != other.words or abs(line.height - other.height) > SAME_HEIGHT:
        return False
    steps = [b - a for a, b in zip(line.numbers, other.numbers, strict=True) if a != b]
    # One number may count the pages; any other that differs (a sum, the number of an invoice) is the page's own.
    return not steps or steps == [apart]


def _value(number: str) -> int:
    """The value of a number in Arabic or lower-case Roman digits."""
    if number.isdecimal():
        # Twelve digits are more than any page number; of some thousands, as a page of noise may hold, int() raises.
        return int(number[:12])
    values = [_ROMAN[c] for c in number]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def joined_margins(pages: Sequence[PageGlyphs]) -> tuple[MarginLine, ...]:
    """The margin lines of several pages."""
    return tuple(line for page in pages for line in margin_lines(page))
