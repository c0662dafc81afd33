"""The grounds and rules of a drawn table."""

from __future__ import annotations

from collections.abc import Iterable

import pymupdf

from drawn_tables.content import Content
from drawn_tables.sheet import SIDE, Layout, Sheet
from drawn_tables.style import (
    APART,
    BOOKTABS,
    COLUMNS,
    FRAMED,
    GRID,
    GROUNDS,
    LINES,
    SHADED,
    STUB,
    TOP_ONLY,
    UNDER,
    Style,
)


def shade(sheet: Sheet, content: Content, style: Style, layout: Layout) -> None:
    x0, x1 = layout.xs[0], layout.xs[-1]
    striped = range(content.head, content.rows, 2) if style.rules == SHADED else ()
    if style.rules == APART:
        _boxes(sheet, content, style, layout)
    if style.rules == GROUNDS:
        _grounds(sheet, content, style, layout)
    rows = {*striped, *(range(content.head) if style.shaded_head or style.dark or style.rules == SHADED else ())}
    for i in rows:
        shade = (0.8, 0.85, 0.95) if i < content.head else (0.93, 0.93, 0.93)
        shade = (0.1, 0.2, 0.4) if style.dark and i < content.head else shade
        sheet.page.draw_rect(pymupdf.Rect(x0, layout.ys[i], x1, layout.ys[i + 1]), color=None, fill=shade)


def _boxes(sheet: Sheet, content: Content, style: Style, layout: Layout) -> None:
    """Each cell as a box, with white between them."""
    white = style.gap
    for cell in content.cells:
        x0, x1 = layout.xs[cell.column], layout.xs[cell.column + cell.columns]
        y0, y1 = layout.ys[cell.row], layout.ys[cell.row + cell.rows]
        box = pymupdf.Rect(x0 + white, y0 + white / 2, x1 - white, y1 - white / 2)
        if style.box == "filled":
            sheet.page.draw_rect(box, color=None, fill=(0.85, 0.9, 1))
        else:
            sheet.page.draw_rect(box, width=style.weight, radius=0.2 if style.box == "round" else None)


def _grounds(sheet: Sheet, content: Content, style: Style, layout: Layout) -> None:
    """A ground behind each cell and, in its colour, behind each of its lines, as word processors paint both."""
    white, side = style.weight, SIDE * style.size
    for cell in content.cells:
        colour = (
            (0.7, 0.8, 0.95) if cell.row < content.head or cell.column == 0 else (0.85, 0.9 - 0.05 * (cell.row % 2), 1)
        )
        x0, x1 = layout.xs[cell.column], layout.xs[cell.column + cell.columns] - white
        y0, y1 = layout.ys[cell.row], layout.ys[cell.row + cell.rows] - white
        sheet.page.draw_rect(pymupdf.Rect(x0, y0, x1, y1), color=None, fill=colour)
        step = (y1 - y0) / len(layout.lines[cell])
        for i in range(len(layout.lines[cell])):
            line = pymupdf.Rect(x0 + side, y0 + i * step, x1 - side, y0 + (i + 1) * step)
            sheet.page.draw_rect(line, color=None, fill=colour)


def rules(content: Content, style: Style, layout: Layout) -> Iterable[tuple[float, float, float, float]]:
    xs, ys, kind = layout.xs, layout.ys, style.rules
    head = ys[content.head]
    flat = {
        GRID: (),
        COLUMNS: (ys[0], ys[-1], *((head,) if style.head_rule and content.head else ())),
        LINES: ys,
        UNDER: ys[content.head + (not style.head_rule) :],
        BOOKTABS: (ys[0], *((head,) if content.head else ()), ys[-1]),
        FRAMED: (ys[0], *((head,) if content.head else ()), ys[-1]),
        TOP_ONLY: (head,) if content.head else (),
    }.get(kind, ())
    yield from ((xs[0], y, xs[-1], y) for y in flat)
    if kind == COLUMNS:
        for i, x in enumerate(xs):
            spanned = [c for c in content.cells if c.column < i < c.column + c.columns]
            top = max((ys[c.row + 1] for c in spanned), default=ys[0])
            yield (x, top, x, ys[-1])
        yield from _under_spans(content, layout, 0.0)
    if kind == FRAMED:
        yield from ((x, ys[0], x, ys[-1]) for x in (xs[0], xs[-1]))
    if kind == STUB and style.head_rule:
        yield (xs[0], head, xs[1], head)
    if kind in (GRID, STUB):
        for cell in content.cells:
            if kind == STUB and cell.column == 0:
                continue
            x0, x1 = xs[cell.column], xs[cell.column + cell.columns]
            y0, y1 = ys[cell.row], ys[cell.row + cell.rows]
            yield from ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1))
    if kind in (BOOKTABS, TOP_ONLY, FRAMED) and style.head_rule:
        yield from _under_spans(content, layout, 0.3 * style.size)


def rules_above(content: Content, style: Style, layout: Layout) -> Iterable[tuple[float, float, float, float]]:
    """The rules that a table has beside those of its style: above sums, between groups."""
    side = max(style.gap / 2, SIDE) * style.size
    for rule in content.rules:
        short = side if rule.short else 0.0
        x0, x1, y = layout.xs[rule.first] + short, layout.xs[rule.last + 1] - short, layout.ys[rule.row]
        yield from ((x0, y + 2.0 * i, x1, y + 2.0 * i) for i in range(rule.times))


def _under_spans(content: Content, layout: Layout, trim: float) -> Iterable[tuple[float, float, float, float]]:
    """Partial rules under the cells of the head that span columns."""
    for cell in content.cells:
        if cell.columns > 1 and cell.row < content.head:
            x0, x1 = layout.xs[cell.column] + trim, layout.xs[cell.column + cell.columns] - trim
            yield (x0, layout.ys[cell.row + 1], x1, layout.ys[cell.row + 1])
