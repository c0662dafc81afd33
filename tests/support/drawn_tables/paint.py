"""Draws a table or a paragraph on a page, and says how high it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pymupdf

from drawn_tables.content import Cell, Content
from drawn_tables.style import APART, BARE, BOOKTABS, COLUMNS, FRAMED, GRID, LINES, SHADED, TOP_ONLY, Style, face

_SIDE = 0.45  # em between a vertical rule and text
_INDENT = 1.2


@dataclass
class Sheet:
    """A page that is being drawn, and the words that were written on it."""

    page: pymupdf.Page
    written: list[str] = field(default_factory=list)

    def write(self, x: float, y: float, text: str, style: Style, bold: bool = False, size: float = 0.0) -> None:
        """One line of text from (x, y), y being the baseline."""
        used, size = face(style, bold), size or style.size
        self.written += text.split()
        writer = pymupdf.TextWriter(self.page.rect)
        for word in text.split() if style.by_word else [text]:
            writer.append((x, y), word, font=used, fontsize=size)
            x += used.text_length(word + " ", size)
        writer.write_text(self.page)

    def rule(self, x0: float, y0: float, x1: float, y1: float, style: Style, stops: Sequence[float] = ()) -> None:
        """A straight rule, in one piece or cut at `stops`, stroked or as a thin filled box."""
        flat = y0 == y1
        start, end = (x0, x1) if flat else (y0, y1)
        cuts = [start, *(s for s in stops if start < s < end), end] if style.cut_rules else [start, end]
        for a, b in pairwise(cuts):
            ends = ((a, y0), (b, y0)) if flat else ((x0, a), (x0, b))
            if style.filled_rules:
                w = style.weight / 2
                box = pymupdf.Rect(a, y0 - w, b, y0 + w) if flat else pymupdf.Rect(x0 - w, a, x0 + w, b)
                corners = (box.tl, box.tr, box.br, box.bl) if style.by_word else None  # line by line
                self.page.draw_polyline(corners, color=None, fill=(0, 0, 0), closePath=True) if corners else (
                    self.page.draw_rect(box, color=None, fill=(0, 0, 0))
                )
            else:
                self.page.draw_line(*ends, width=style.weight)


def width_of(text: str, style: Style, bold: bool = False) -> float:
    return float(face(style, bold).text_length(text, style.size))


def wrapped(text: str, width: float, style: Style, bold: bool = False) -> list[str]:
    """The text in lines no wider than `width`, broken as a typesetter does, and at line ends of its own."""
    if "\n" in text:
        return [line for part in text.split("\n") for line in wrapped(part, width, style, bold)]
    spaced = style.language.spaced
    units = text.split() if spaced else list(text)
    lines: list[str] = []
    for unit in units:
        longer = f"{lines[-1]} {unit}" if lines and spaced else (lines[-1] + unit if lines else unit)
        if lines and width_of(longer, style, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(unit)
    return lines or [""]


@dataclass(frozen=True)
class Layout:
    """Edges of columns and rows, and the lines of each cell."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    lines: dict[Cell, list[str]]


def lay_out(content: Content, style: Style, x: float, y: float, width: float) -> Layout | None:
    """Places of all cells, or None where the table is wider than `width`."""
    inner = _widths(content, style, width)
    gap = max(style.gap, 2 * _SIDE) * style.size
    steps = [w + gap + (1.5 * style.size if i + 1 in content.parts else 0) for i, w in enumerate(inner)]
    spare = width - sum(steps)
    if spare < 0:
        return None
    steps = [step + style.widen * spare / len(steps) for step in steps]
    xs = [x]
    for step in steps:
        xs.append(xs[-1] + step)
    lines = {c: wrapped(c.text, _room(c, xs, style) + 0.01, style, _bold(c, content, style)) for c in content.cells}
    heights = _heights(content, lines, style)
    ys = [y]
    for height in heights:
        ys.append(ys[-1] + height)
    return Layout(tuple(xs), tuple(ys), lines)


def _bold(cell: Cell, content: Content, style: Style) -> bool:
    return cell.bold or (style.bold_head and cell.row < content.head)


def _room(cell: Cell, xs: Sequence[float], style: Style) -> float:
    gap = max(style.gap, 2 * _SIDE) * style.size
    sign = width_of(cell.apart + " ", style) if cell.apart else 0
    return xs[cell.column + cell.columns] - xs[cell.column] - gap - cell.indent * _INDENT * style.size - sign


def _widths(content: Content, style: Style, width: float) -> list[float]:
    """The least inner widths: columns that may be wrapped share what the others leave."""
    inner = [0.0] * content.columns
    for cell in content.cells:
        if cell.columns == 1 and cell.column not in content.wraps:
            bold, head = _bold(cell, content, style), cell.row < content.head
            parts = [cell.whole] if not head or len(cell.text) < 12 else cell.whole.split()
            parts = cell.text.split("\n") if "\n" in cell.text else parts
            need = max((width_of(part, style, bold) for part in parts), default=0)
            inner[cell.column] = max(inner[cell.column], need + cell.indent * _INDENT * style.size)
    if content.wraps:
        gaps = content.columns * max(style.gap, 2 * _SIDE) * style.size
        share = (0.9 * width - sum(inner) - gaps) / len(content.wraps)
        for column in content.wraps:
            inner[column] = max(min(share, 16 * style.size), 7 * style.size)
    return _with_spans(content, inner, style)


def _with_spans(content: Content, inner: list[float], style: Style) -> list[float]:
    gap = max(style.gap, 2 * _SIDE) * style.size
    for cell in content.cells:
        if cell.columns > 1:
            places = range(cell.column, cell.column + cell.columns)
            lack = width_of(cell.text, style, True) - sum(inner[i] for i in places) - gap * (cell.columns - 1)
            for i in places:
                inner[i] += max(lack, 0) / cell.columns
    return inner


def _heights(content: Content, lines: dict[Cell, list[str]], style: Style) -> list[float]:
    least = style.size * (style.leading + 2 * style.pad)
    heights = [least] * content.rows
    for cell, text in lines.items():
        if cell.rows == 1:
            need = style.size * (style.leading * len(text) + 2 * style.pad)
            heights[cell.row] = max(heights[cell.row], need)
    return heights


def draw_table(sheet: Sheet, content: Content, style: Style, x: float, y: float, width: float) -> float | None:
    """Draw at (x, y); the height used, or None where it is too wide or too high for the page."""
    layout = lay_out(content, style, x, y, width)
    if layout is None or layout.ys[-1] > sheet.page.rect.height - 60:
        return None
    _shade(sheet, content, style, layout)
    for cell in content.cells:
        if cell.text:
            _draw_cell(sheet, cell, content, style, layout)
    for line in _rules(content, style, layout):
        flat = line[1] == line[3]
        sheet.rule(*line, style, layout.xs if flat else layout.ys)
    return layout.ys[-1] - y


def _draw_cell(sheet: Sheet, cell: Cell, content: Content, style: Style, layout: Layout) -> None:
    size, lines, bold = style.size, layout.lines[cell], _bold(cell, content, style)
    top, bottom = layout.ys[cell.row], layout.ys[cell.row + cell.rows]
    spare = bottom - top - size * (style.leading * len(lines) + 2 * style.pad)
    low = cell.row < content.head and cell.columns == 1 and content.head == 1
    down = spare if low and not style.middle else spare / 2 if style.middle or cell.rows > 1 else 0
    side = max(style.gap / 2, _SIDE) * size
    left = layout.xs[cell.column] + side + cell.indent * _INDENT * size
    right = layout.xs[cell.column + cell.columns] - side
    right -= 1.5 * size if cell.column + cell.columns in content.parts else 0
    baseline = top + down + style.pad * size + 0.5 * (style.leading - 1) * size + 0.8 * size
    if cell.apart:
        sheet.write(left, baseline, cell.apart, style, bold)
    for i, line in enumerate(lines):
        x = _start(cell, line, left, right, style, bold)
        sheet.write(x, baseline + i * style.leading * size, line, style, bold)


def _start(cell: Cell, line: str, left: float, right: float, style: Style, bold: bool) -> float:
    width = width_of(line, style, bold)
    if cell.align == "c":
        return (left + right - width) / 2
    if cell.align == "r":
        overhang = width_of(")", style, bold) if line.endswith(")") else 0.0
        return right - width + min(overhang, 0.3 * style.size)
    if cell.align == "d":
        point = style.language.point
        _, _, rest = line.partition(point)
        rest_width = width_of(point + rest, style, bold) if rest else 0.0
        return right - width_of(point + "000", style, bold) - (width - rest_width)
    return left


def _shade(sheet: Sheet, content: Content, style: Style, layout: Layout) -> None:
    x0, x1 = layout.xs[0], layout.xs[-1]
    striped = range(content.head, content.rows, 2) if style.rules == SHADED else ()
    if style.rules == APART:
        _boxes(sheet, content, style, layout)
    rows = {*striped, *(range(content.head) if style.shaded_head or style.rules == SHADED else ())}
    for i in rows:
        shade = (0.8, 0.85, 0.95) if i < content.head else (0.93, 0.93, 0.93)
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


def _rules(content: Content, style: Style, layout: Layout) -> Iterable[tuple[float, float, float, float]]:
    xs, ys, kind = layout.xs, layout.ys, style.rules
    head = ys[content.head]
    flat = {
        GRID: (),
        COLUMNS: (ys[0], ys[-1], *((head,) if style.head_rule and content.head else ())),
        LINES: ys,
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
    if kind == GRID:
        for cell in content.cells:
            x0, x1 = xs[cell.column], xs[cell.column + cell.columns]
            y0, y1 = ys[cell.row], ys[cell.row + cell.rows]
            yield from ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1))
    if kind in (BOOKTABS, TOP_ONLY, FRAMED) and style.head_rule:
        yield from _under_spans(content, layout, 0.3 * style.size)


def _under_spans(content: Content, layout: Layout, trim: float) -> Iterable[tuple[float, float, float, float]]:
    """Partial rules under the cells of the head that span columns."""
    for cell in content.cells:
        if cell.columns > 1 and cell.row < content.head:
            x0, x1 = layout.xs[cell.column] + trim, layout.xs[cell.column + cell.columns] - trim
            yield (x0, layout.ys[cell.row + 1], x1, layout.ys[cell.row + 1])


def draw_prose(sheet: Sheet, text: str, style: Style, x: float, y: float, width: float) -> float:
    """A paragraph; the height used."""
    lines = wrapped(text, width, style)
    for i, line in enumerate(lines):
        sheet.write(x, y + style.size * (0.8 + 1.2 * i), line, style)
    return 1.2 * style.size * len(lines)


__all__ = ["BARE", "Sheet", "draw_prose", "draw_table", "lay_out", "width_of", "wrapped"]
