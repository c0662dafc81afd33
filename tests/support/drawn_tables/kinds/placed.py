"""Tables that stand in columns, beside each other, on their side, or go on over pages."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pymupdf

from drawn_tables.content import Content, Wish, invent
from drawn_tables.kinds.science import noted
from drawn_tables.paint import draw_prose, draw_table
from drawn_tables.setting import LEFT, WIDTH, Drawn, Kind, caption, done, make, paragraph, sheet_of, with_table
from drawn_tables.sheet import Sheet
from drawn_tables.style import ALL, BARE, BOOKTABS, GRID, LINES, SHADED, STUB, TOP_ONLY, Style
from drawn_tables.vocabulary import label


def twins(rng: Random, held: bool) -> Drawn | None:
    """Two tables with the same head and the same first row."""
    first, looks = make(Kind(ALL, Wish(rows=(3, 7))), rng, held)
    other = first.rows_between(0, max(2, first.rows - first.head - 1), True)
    cells = [
        replace(c, text=f"{c.text[:-1]}7") if c.row > first.head and c.text[-1:].isdigit() else c for c in other.cells
    ]
    other = replace(other, cells=tuple(cells))
    sheet = sheet_of()
    y = with_table(sheet, first, looks, rng, LEFT, paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + 12, WIDTH)
    if y is None:
        return None
    y = paragraph(sheet, looks, rng, LEFT, y + 12, WIDTH) + 12
    return None if with_table(sheet, other, looks, rng, LEFT, y, WIDTH) is None else done(sheet, first, other)


def in_column(rng: Random, held: bool) -> Drawn | None:
    """A table in one of the two columns of a page."""
    content, looks = make(Kind(ALL, Wish(rows=(3, 9), columns=(2, 4))), rng, held)
    sheet, width = sheet_of(), 225.0
    columns = (LEFT, LEFT + 250) if rng.random() < 0.5 else (LEFT + 250, LEFT)
    return _in_one_of_two(sheet, content, looks, rng, columns, width, (rng.randint(2, 6), 6), 1.5)


def beside(rng: Random, held: bool) -> Drawn | None:
    """Two or three grids beside each other, with a little white between them."""
    count = rng.choice([2, 3])
    wish = Wish(rows=(4, 12), columns=(3, 4) if count == 2 else (2, 3))
    first, looks = make(Kind((GRID, STUB) if count == 2 else (GRID,), wish), rng, held)
    sheet, width = sheet_of(), (WIDTH - 20 * (count - 1)) / count
    y = paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + 1.5 * looks.size
    tables = [first]
    for _ in range(count - 1):
        tables.append(invent(wish, looks.language, rng))
    for i, content in enumerate(tables):
        if draw_table(sheet, content, replace(looks, widen=0.0), LEFT + i * (width + 20), y, width) is None:
            return None
    return done(sheet, *tables)


def long(rng: Random, held: bool) -> Drawn | None:
    """A table over two pages, its head repeated or not."""
    content, looks = make(Kind(ALL, Wish(rows=(40, 50), columns=(3, 5))), rng, held)
    cut, again = 25, rng.random() < 0.5
    parts = [content.rows_between(0, cut, True), content.rows_between(cut, content.rows - content.head, again)]
    document = pymupdf.open()
    for _ in parts:
        document.new_page(width=595, height=842)
    sheets = [Sheet(page) for page in document]
    for sheet, part in zip(sheets, parts, strict=True):
        if draw_table(sheet, part, looks, LEFT, 70, WIDTH) is None:
            return None
    words = tuple(word for sheet in sheets for word in sheet.written)
    return Drawn(document.tobytes(), tuple((part.html(),) for part in parts), words)


def side_by_side(rng: Random, held: bool) -> Drawn | None:
    """Two tables of their own beside each other, with captions and as many rows as they have."""
    rules = (BOOKTABS, BARE, TOP_ONLY, LINES)
    first, looks = make(Kind(rules, Wish(rows=(3, 9), columns=(2, 3), text_columns=0.0)), rng, held)
    other = invent(Wish(rows=(3, 9), columns=(2, 3), text_columns=0.0), looks.language, rng)
    sheet, gap = sheet_of(), rng.uniform(18, 40)
    width = (WIDTH - gap) / 2
    y = paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + 1.5 * looks.size
    above, full = rng.random() < 0.5, replace(looks, widen=1.0)
    for x, content in ((LEFT, first), (LEFT + width + gap, other)):
        top = caption(sheet, looks, rng, x, y) if above else y
        height = draw_table(sheet, content, full, x, top, width)
        if height is None:
            return None
        if not above:
            caption(sheet, looks, rng, x, top + height + 0.5 * looks.size)
    rows = max(first.rows, other.rows) + 4
    paragraph(sheet, looks, rng, LEFT, y + rows * looks.size * (looks.leading + 2 * looks.pad), WIDTH)
    return done(sheet, first, other)


def close_prose(rng: Random, held: bool, given: tuple[Content, Style] | None = None) -> Drawn | None:
    """A table in one of two narrow columns, with prose close beside it, often on the baselines of its rows."""
    content, looks = given or make(Kind(ALL, Wish(rows=(4, 10), columns=(2, 4), text_columns=0.0)), rng, held)
    looks = replace(looks, pad=rng.choice([0.0, looks.pad]), leading=1.2, language=looks.language)
    gutter = rng.uniform(1.5, 2.2) * looks.size
    sheet, width = sheet_of(), (WIDTH - gutter) / 2
    columns = (LEFT, LEFT + width + gutter)
    columns = columns if rng.random() < 0.5 else columns[::-1]
    return _in_one_of_two(sheet, content, looks, rng, columns, width, (rng.randint(2, 5), 5), 1.2)


def _in_one_of_two(
    sheet: Sheet,
    content: Content,
    looks: Style,
    rng: Random,
    columns: tuple[float, float],
    width: float,
    around: tuple[int, int],
    gap: float,
) -> Drawn | None:
    """A table in the first of two columns, with so many lines of text above it and below, `gap` em away; text in the
    other."""
    y = paragraph(sheet, looks, rng, columns[0], 70, width, around[0]) + gap * looks.size
    end = with_table(sheet, content, looks, rng, columns[0], y, width)
    if end is None:
        return None
    paragraph(sheet, looks, rng, columns[0], end + gap * looks.size, width, around[1])
    paragraph(sheet, looks, rng, columns[1], 70, width, 18)
    return done(sheet, content)


def upright(rng: Random, held: bool) -> Drawn | None:
    """A wide table on its side, alone on its page."""
    content, looks = make(Kind(ALL, Wish(rows=(5, 14), columns=(4, 7), text_columns=0.2)), rng, held)
    lying = Sheet(pymupdf.open().new_page(width=842, height=595))
    height = draw_table(lying, content, looks, 70, 100, 700)
    if height is None:
        return None
    caption(lying, looks, rng, 70, 70)
    standing = pymupdf.open().new_page(width=595, height=842)
    standing.show_pdf_page(standing.rect, lying.page.parent, 0, rotate=90)
    return Drawn(standing.parent.tobytes(), ((content.html(),),), tuple(lying.written))


def wide(rng: Random, held: bool) -> Drawn | None:
    """Many columns in small type on a lying page."""
    content, looks = make(Kind(ALL, Wish(rows=(6, 25), columns=(9, 15), text_columns=0.0)), rng, held)
    looks = replace(looks, size=rng.uniform(5.0, 7.0), widen=1.0)
    sheet = Sheet(pymupdf.open().new_page(width=842, height=595))
    y = caption(sheet, looks, rng, 40, 50) + 0.5 * looks.size
    return None if draw_table(sheet, content, looks, 40, y, 762) is None else done(sheet, content)


def dark_head(rng: Random, held: bool) -> Drawn | None:
    """White heads on a dark ground."""
    content, looks = make(Kind((BARE, SHADED, LINES, GRID), Wish(head_words=2)), rng, held)
    looks = replace(looks, dark=True, bold_head=rng.random() < 0.7)
    sheet = sheet_of()
    y = paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + 1.2 * looks.size
    end = with_table(sheet, content, looks, rng, LEFT, y, WIDTH)
    if end is None:
        return None
    paragraph(sheet, looks, rng, LEFT, end + 1.2 * looks.size, WIDTH)
    return done(sheet, content)


def snug(rng: Random, held: bool, given: tuple[Content, Style] | None = None) -> Drawn | None:
    """Hardly any white between caption, table and the prose around it."""
    content, looks = given or make(Kind(ALL, Wish(rows=(4, 10))), rng, held)
    sheet = sheet_of()
    y = paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + rng.uniform(0.3, 0.6) * looks.size
    if rng.random() < 0.5:
        y = caption(sheet, looks, rng, LEFT, y) - 0.5 * looks.size
    height = draw_table(sheet, content, looks, LEFT, y, WIDTH)
    if height is None:
        return None
    paragraph(sheet, looks, rng, LEFT, y + height + rng.uniform(0.3, 0.6) * looks.size, WIDTH)
    return done(sheet, content)


def with_notes(rng: Random, held: bool, given: tuple[Content, Style] | None = None) -> Drawn | None:
    """Marks in the table, and small notes close below it, one a line or all in one paragraph."""
    content, looks = given or make(Kind(ALL, Wish(rows=(4, 10)), noted), rng, held)
    sheet = sheet_of()
    y = paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + 1.5 * looks.size
    y = caption(sheet, looks, rng, LEFT, y)
    height = draw_table(sheet, content, looks, LEFT, y, WIDTH)
    if height is None:
        return None
    y += height + rng.uniform(0.2, 0.8) * looks.size
    small, marks = replace(looks, size=0.8 * looks.size), sorted({cell.note for cell in content.cells if cell.note})
    texts = [label(looks.language, rng, rng.randint(2, 9)) + "." for _ in marks]
    if rng.random() < 0.5:
        for mark, text in zip(marks, texts, strict=True):
            y += 1.15 * small.size
            sheet.raised(LEFT, y - 0.3 * small.size, mark, small, 0.65 * small.size)
            sheet.written.append(mark)
            sheet.write(LEFT + 0.5 * small.size, y, text, small)
    else:
        text = " ".join(f"{mark} {text}" for mark, text in zip(marks, texts, strict=True))
        y += draw_prose(sheet, text, small, LEFT, y, WIDTH) if text else 0.0
    paragraph(sheet, looks, rng, LEFT, y + 2 * looks.size, WIDTH)
    return done(sheet, content)
