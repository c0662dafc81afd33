"""Draws a table or a paragraph on a page, and says how high it was."""

from __future__ import annotations

from collections.abc import Sequence

from drawn_tables.content import SPACE, Cell, Content
from drawn_tables.ruling import rules, rules_above, shade
from drawn_tables.sheet import SIDE, Layout, Sheet
from drawn_tables.style import BARE, Style, advance, face

INDENT = 1.2  # em
RAISED = 0.65  # of the size: marks of notes


def width_of(text: str, style: Style, bold: bool = False) -> float:
    return advance(face(style, bold, text), text, style.size)


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


def lay_out(content: Content, style: Style, x: float, y: float, width: float) -> Layout | None:
    """Places of all cells, or None where the table is wider than `width`."""
    inner = _widths(content, style, width)
    gap = max(style.gap, 2 * SIDE) * style.size
    steps = [w + gap + (1.5 * style.size if i + 1 in content.parts else 0) for i, w in enumerate(inner)]
    spare = width - sum(steps)
    if spare < 0:
        return None
    steps = [step + style.widen * spare / len(steps) for step in steps]
    xs = [x]
    for step in steps:
        xs.append(xs[-1] + step)
    lines = {c: _lines(c, xs, content, style) for c in content.cells}
    heights = _heights(content, lines, style)
    ys = [y]
    for height in heights:
        ys.append(ys[-1] + height)
    return Layout(tuple(xs), tuple(ys), lines)


def _lines(cell: Cell, xs: Sequence[float], content: Content, style: Style) -> list[str]:
    if cell.spills:
        return [cell.text]
    return wrapped(cell.text, _room(cell, xs, style) + 0.01, style, _bold(cell, content, style))


def text_starts(cell: Cell, layout: Layout, style: Style) -> float:
    """Where the first line of a cell begins."""
    left, right = _sides(cell, layout, style)
    return _start(cell, layout.lines[cell][0], left, right, style, cell.bold)


def _sides(cell: Cell, layout: Layout, style: Style) -> tuple[float, float]:
    side = max(style.gap / 2, SIDE) * style.size
    left = layout.xs[cell.column] + side + cell.indent * INDENT * style.size
    return left, layout.xs[cell.column + cell.columns] - side


def _bold(cell: Cell, content: Content, style: Style) -> bool:
    return cell.bold or (style.bold_head and cell.row < content.head)


def _room(cell: Cell, xs: Sequence[float], style: Style) -> float:
    gap = max(style.gap, 2 * SIDE) * style.size
    sign = width_of(cell.apart + " ", style) if cell.apart else 0
    sign += RAISED * width_of(cell.note, style)
    return xs[cell.column + cell.columns] - xs[cell.column] - gap - cell.indent * INDENT * style.size - sign


def _widths(content: Content, style: Style, width: float) -> list[float]:
    """The least inner widths: columns that may be wrapped share what the others leave."""
    inner = [0.0] * content.columns
    for cell in content.cells:
        if cell.columns == 1 and cell.column not in content.wraps and not cell.spills:
            bold, head = _bold(cell, content, style), cell.row < content.head
            parts = [cell.whole] if not head or len(cell.text) < 12 else cell.whole.split()
            parts = cell.text.split("\n") if "\n" in cell.text else parts
            need = max((width_of(part, style, bold) for part in parts), default=0)
            need = _at_point(cell.text, style, bold) if cell.align == "d" else need
            need += RAISED * width_of(cell.note, style)
            inner[cell.column] = max(inner[cell.column], need + cell.indent * INDENT * style.size)
    if content.wraps:
        gaps = content.columns * max(style.gap, 2 * SIDE) * style.size
        share = (0.9 * width - sum(inner) - gaps) / len(content.wraps)
        for column in content.wraps:
            inner[column] = max(min(share, 16 * style.size), 7 * style.size)
    return _with_spans(content, inner, style)


def _at_point(text: str, style: Style, bold: bool) -> float:
    """The width of a number set to the decimal point, before which and behind which others may be longer."""
    whole, _, _ = text.partition(style.language.point)
    return width_of(whole, style, bold) + width_of(style.language.point + "000", style, bold)


def _with_spans(content: Content, inner: list[float], style: Style) -> list[float]:
    gap = max(style.gap, 2 * SIDE) * style.size
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
    return [h + SPACE * style.size if row in content.spaced else h for row, h in enumerate(heights)]


def draw_table(sheet: Sheet, content: Content, style: Style, x: float, y: float, width: float) -> float | None:
    """Draw at (x, y); the height used, or None where it is too wide or too high for the page."""
    layout = lay_out(content, style, x, y, width)
    if layout is None or layout.ys[-1] > sheet.page.rect.height - 60:
        return None
    shade(sheet, content, style, layout)
    for cell in content.cells:
        if cell.text:
            _draw_cell(sheet, cell, content, style, layout)
    for line in (*rules(content, style, layout), *rules_above(content, style, layout)):
        flat = line[1] == line[3]
        sheet.rule(*line, style, layout.xs if flat else layout.ys)
    return layout.ys[-1] - y


def _draw_cell(sheet: Sheet, cell: Cell, content: Content, style: Style, layout: Layout) -> None:
    size, lines, bold = style.size, layout.lines[cell], _bold(cell, content, style)
    top, bottom = layout.ys[cell.row], layout.ys[cell.row + cell.rows]
    top += SPACE * size if cell.row in content.spaced else 0.0
    spare = bottom - top - size * (style.leading * len(lines) + 2 * style.pad)
    low = cell.row < content.head and cell.columns == 1 and content.head == 1
    down = spare if low and not style.middle else spare / 2 if style.middle or cell.rows > 1 else 0
    left, right = _sides(cell, layout, style)
    right -= 1.5 * size if cell.column + cell.columns in content.parts else 0
    baseline = top + down + style.pad * size + 0.5 * (style.leading - 1) * size + 0.8 * size
    white = style.dark and cell.row < content.head
    if cell.apart:
        sheet.write(left, baseline, cell.apart, style, bold)
    for i, line in enumerate(lines):
        x, y = _start(cell, line, left, right, style, bold), baseline + i * style.leading * size
        last = i == len(lines) - 1
        if last and cell.note and cell.align != "l":
            x -= RAISED * width_of(cell.note, style) / (2 if cell.align == "c" else 1)
        sheet.write(x, y, line, style, bold, white=white)
        after = x + width_of(line, style, bold)
        if last and cell.note:
            sheet.written[-1] += cell.note
            sheet.raised(after, y - 0.35 * size, cell.note, style, RAISED * size, white)
        if last and cell.leads:
            dots = int((right - after) / width_of(" .", style) - 1)
            sheet.write(after + 0.3 * size, y, " .".strip() * dots if cell.row % 2 else " ." * dots, style)


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


def draw_prose(sheet: Sheet, text: str, style: Style, x: float, y: float, width: float) -> float:
    """A paragraph; the height used."""
    lines = wrapped(text, width, style)
    for i, line in enumerate(lines):
        sheet.write(x, y + style.size * (0.8 + 1.2 * i), line, style)
    return 1.2 * style.size * len(lines)


__all__ = ["BARE", "INDENT", "draw_prose", "draw_table", "lay_out", "text_starts", "width_of", "wrapped"]
