"""Pages by kind and seed: with tables whose truth is known, and with what only looks like a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pymupdf

from drawn_tables.changes import close_label, hand_broken, merged_labels, signs_apart, with_units
from drawn_tables.content import Cell, Content, Wish, invent
from drawn_tables.paint import draw_prose, draw_table, width_of
from drawn_tables.sheet import Sheet
from drawn_tables.style import (
    ALL,
    APART,
    BARE,
    BOOKTABS,
    COLUMNS,
    GRID,
    GROUNDS,
    LINES,
    RULED,
    SHADED,
    STUB,
    TOP_ONLY,
    Style,
    style,
)
from drawn_tables.vocabulary import label, sentence

_LEFT, _WIDTH = 60.0, 475.0


@dataclass(frozen=True)
class Drawn:
    """A document of one or more pages, the true tables of each page as HTML, and all words written."""

    pdf: bytes
    tables: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """The rules that a kind of table is drawn with, and what it says; `place` puts it on a page."""

    rules: tuple[str, ...]
    wish: Wish
    change: Callable[[Content, Style, Random], Content] = lambda content, looks, rng: content


KINDS: dict[str, Kind] = {
    "full_rules": Kind((GRID,), Wish(head_words=2)),
    "column_rules": Kind((COLUMNS,), Wish()),
    "row_rules": Kind((LINES,), Wish()),
    "booktabs": Kind((BOOKTABS, TOP_ONLY), Wish()),
    "bare": Kind((BARE,), Wish()),
    "shaded": Kind((SHADED,), Wish()),
    "two_row_head": Kind(ALL, Wish(columns=(4, 7), levels=2)),
    "long_heads": Kind(ALL, Wish(columns=(3, 5), head_words=2)),
    "wrapped_labels": Kind(ALL, Wish(wrapped=True)),
    "sparse": Kind(ALL, Wish(sparse=0.35)),
    "money": Kind((BARE, BOOKTABS, TOP_ONLY, LINES), Wish(rows=(5, 14), columns=(3, 5), money=True, grouped=True)),
    "signs_apart": Kind(ALL, Wish(columns=(3, 4), money=True), signs_apart),
    "side_groups": Kind(ALL, Wish(rows=(5, 14), columns=(2, 3), doubled=True)),
    "groups": Kind(ALL, Wish(rows=(6, 14), grouped=True)),
    "merged_labels": Kind((GRID,), Wish(), merged_labels),
    "text_cells": Kind(RULED, Wish(columns=(3, 4), text_columns=1.0)),
    "prose_cells": Kind((GRID, LINES, BOOKTABS, COLUMNS), Wish(columns=(2, 4), text_columns=0.7, prose_cells=True)),
    "address_cells": Kind((GRID, LINES), Wish(columns=(2, 4), text_columns=0.6, lines="address")),
    "bullet_cells": Kind((GRID,), Wish(columns=(2, 4), text_columns=0.6, lines="bullets")),
    "boxes_apart": Kind((APART,), Wish(rows=(2, 8))),
    "two_columns": Kind(ALL, Wish(rows=(4, 14), columns=(2, 2))),
    "open_stub": Kind((STUB,), Wish(rows=(4, 14), sparse=0.2)),
    "cell_grounds": Kind((GROUNDS,), Wish(columns=(2, 4), wrapped=True)),
    "close_label": Kind((BARE, BOOKTABS, TOP_ONLY, LINES), Wish(rows=(5, 14), text_columns=0.0), close_label),
    "hand_broken": Kind((BOOKTABS,), Wish(rows=(5, 12), columns=(2, 4), text_columns=0.5), hand_broken),
    "units": Kind(ALL, Wish(columns=(3, 5)), with_units),
}


def page(kind: str, seed: int, held: bool = False) -> Drawn:
    """The page of this kind and seed; the same for ever."""
    rng = Random(f"{kind}/{seed}/{held}")
    while True:  # a table that does not fit is drawn anew
        drawn = _PLACES.get(kind, _alone)(kind, rng, held)
        if drawn is not None:
            return drawn


def _sheet() -> Sheet:
    return Sheet(pymupdf.open().new_page(width=595, height=842))


def _done(sheet: Sheet, *tables: Content) -> Drawn:
    return Drawn(sheet.page.parent.tobytes(), (tuple(t.html() for t in tables),), tuple(sheet.written))


def _make(kind: Kind, rng: Random, held: bool) -> tuple[Content, Style]:
    looks = style(rng, rng.choice(kind.rules), held)
    wide = looks.rules in (BARE, BOOKTABS, LINES, TOP_ONLY, SHADED)
    looks = looks if wide else replace(looks, gap=max(looks.gap, 1.0))
    content = kind.change(invent(kind.wish, looks.language, rng), looks, rng)
    return content.with_tall_labels() if looks.rules == COLUMNS else content, looks


def _paragraph(sheet: Sheet, looks: Style, rng: Random, x: float, y: float, width: float, count: int = 3) -> float:
    text = " ".join(sentence(looks.language, rng, rng.randint(8, 16)) for _ in range(count))
    return y + draw_prose(sheet, text, looks, x, y, width)


def _caption(sheet: Sheet, looks: Style, rng: Random, x: float, y: float) -> float:
    text = f"{looks.language.table} {rng.randint(1, 9)}: {label(looks.language, rng, 4)}"
    sheet.write(x, y + looks.size, text, looks)
    return y + 1.8 * looks.size


def _with_table(
    sheet: Sheet, content: Content, looks: Style, rng: Random, x: float, y: float, width: float
) -> float | None:
    """A table, perhaps with a caption above or below and a note under it; where it ends."""
    where = rng.choice(["above", "above", "below", "none"])
    y = _caption(sheet, looks, rng, x, y) if where == "above" else y
    height = draw_table(sheet, content, looks, x, y, width)
    if height is None:
        return None
    y += height + 0.5 * looks.size
    if rng.random() < 0.3:
        sheet.write(x, y + looks.size, f"{looks.language.note}: {label(looks.language, rng, 6)}.", looks)
        y += 1.5 * looks.size
    return _caption(sheet, looks, rng, x, y) if where == "below" else y


def _alone(kind: str, rng: Random, held: bool) -> Drawn | None:
    """One table on a page of prose."""
    content, looks = _make(KINDS[kind], rng, held)
    sheet, y = _sheet(), 70.0
    if rng.random() < 0.8:
        y = _paragraph(sheet, looks, rng, _LEFT, y, _WIDTH) + rng.uniform(0.8, 2.5) * looks.size
    x = _LEFT + rng.choice([0.0, 0.0, 40.0])
    end = _with_table(sheet, content, looks, rng, x, y, _LEFT + _WIDTH - x)
    if end is None:
        return None
    if rng.random() < 0.8:
        _paragraph(sheet, looks, rng, _LEFT, end + rng.uniform(0.8, 2.5) * looks.size, _WIDTH)
    return _done(sheet, content)


def _twins(kind: str, rng: Random, held: bool) -> Drawn | None:
    """Two tables with the same head and the same first row."""
    first, looks = _make(Kind(ALL, Wish(rows=(3, 7))), rng, held)
    other = first.rows_between(0, max(2, first.rows - first.head - 1), True)
    cells = [
        replace(c, text=f"{c.text[:-1]}7") if c.row > first.head and c.text[-1:].isdigit() else c for c in other.cells
    ]
    other = replace(other, cells=tuple(cells))
    sheet = _sheet()
    y = _with_table(sheet, first, looks, rng, _LEFT, _paragraph(sheet, looks, rng, _LEFT, 70, _WIDTH) + 12, _WIDTH)
    if y is None:
        return None
    y = _paragraph(sheet, looks, rng, _LEFT, y + 12, _WIDTH) + 12
    return None if _with_table(sheet, other, looks, rng, _LEFT, y, _WIDTH) is None else _done(sheet, first, other)


def _in_column(kind: str, rng: Random, held: bool) -> Drawn | None:
    """A table in one of the two columns of a page."""
    content, looks = _make(Kind(ALL, Wish(rows=(3, 9), columns=(2, 4))), rng, held)
    sheet, width = _sheet(), 225.0
    left, right = (_LEFT, _LEFT + 250) if rng.random() < 0.5 else (_LEFT + 250, _LEFT)
    y = _paragraph(sheet, looks, rng, left, 70, width, rng.randint(2, 6)) + 1.5 * looks.size
    end = _with_table(sheet, content, looks, rng, left, y, width)
    if end is None:
        return None
    _paragraph(sheet, looks, rng, left, end + 1.5 * looks.size, width, 6)
    _paragraph(sheet, looks, rng, right, 70, width, 18)
    return _done(sheet, content)


def _beside(kind: str, rng: Random, held: bool) -> Drawn | None:
    """Two or three grids beside each other, with a little white between them."""
    count = rng.choice([2, 3])
    wish = Wish(rows=(4, 12), columns=(3, 4) if count == 2 else (2, 3))
    first, looks = _make(Kind((GRID, STUB) if count == 2 else (GRID,), wish), rng, held)
    sheet, width = _sheet(), (_WIDTH - 20 * (count - 1)) / count
    y = _paragraph(sheet, looks, rng, _LEFT, 70, _WIDTH) + 1.5 * looks.size
    tables = [first]
    for _ in range(count - 1):
        tables.append(invent(wish, looks.language, rng))
    for i, content in enumerate(tables):
        if draw_table(sheet, content, replace(looks, widen=0.0), _LEFT + i * (width + 20), y, width) is None:
            return None
    return _done(sheet, *tables)


def _long(kind: str, rng: Random, held: bool) -> Drawn | None:
    """A table over two pages, its head repeated or not."""
    content, looks = _make(Kind(ALL, Wish(rows=(40, 50), columns=(3, 5))), rng, held)
    cut, again = 25, rng.random() < 0.5
    parts = [content.rows_between(0, cut, True), content.rows_between(cut, content.rows - content.head, again)]
    document = pymupdf.open()
    for _ in parts:
        document.new_page(width=595, height=842)
    sheets = [Sheet(page) for page in document]
    for sheet, part in zip(sheets, parts, strict=True):
        if draw_table(sheet, part, looks, _LEFT, 70, _WIDTH) is None:
            return None
    words = tuple(word for sheet in sheets for word in sheet.written)
    return Drawn(document.tobytes(), tuple((part.html(),) for part in parts), words)


def _form(kind: str, rng: Random, held: bool) -> Drawn:
    """Labels with lines to write on, and boxes to tick: no table."""
    looks, sheet, y = style(rng, BARE, held), _sheet(), 80.0
    sheet.write(_LEFT, y, label(looks.language, rng, 3), looks, True, 14)
    for _ in range(rng.randint(6, 12)):
        y += rng.uniform(2.2, 3.0) * looks.size
        text = label(looks.language, rng, rng.randint(1, 3)) + ":"
        sheet.write(_LEFT, y, text, looks)
        start = _LEFT + width_of(text, looks) + 6
        if rng.random() < 0.3:
            for i in range(2):
                sheet.page.draw_rect(pymupdf.Rect(start + 70 * i, y - 7, start + 70 * i + 7, y))
                sheet.written.append("☐")
                sheet.write(start + 70 * i + 11, y, label(looks.language, rng, 1), looks)
        else:
            sheet.page.draw_line((start, y + 1), (_LEFT + rng.choice([300, _WIDTH]), y + 1))
    return _done(sheet)


def _prose(kind: str, rng: Random, held: bool) -> Drawn:
    """Two or three columns of prose."""
    looks, sheet = style(rng, BARE, held), _sheet()
    count = rng.choice([2, 3])
    width = (_WIDTH - 18 * (count - 1)) / count
    for i in range(count):
        _paragraph(sheet, looks, rng, _LEFT + i * (width + 18), 80, width, rng.randint(6, 14))
    return _done(sheet)


def _contents(kind: str, rng: Random, held: bool) -> Drawn:
    """A table of contents, which is a list: numbers at the right, with dots or without."""
    looks, sheet, y, number = style(rng, BARE, held), _sheet(), 80.0, 1
    dots = rng.random() < 0.6
    title = {"en": "Contents", "de": "Inhalt", "es": "Índice", "ru": "Содержание", "zh": "目录"}[looks.language.name]
    sheet.write(_LEFT, y, title, looks, True, 15)
    y += 20
    for i in range(rng.randint(8, 20)):
        y += 1.5 * looks.size
        number += rng.randint(0, 9)
        text = f"{i + 1} {label(looks.language, rng, rng.randint(1, 5))}"
        right = _LEFT + _WIDTH - width_of(str(number), looks)
        sheet.write(_LEFT, y, text, looks)
        if dots:
            room = right - _LEFT - width_of(text, looks) - looks.size
            sheet.write(_LEFT + width_of(text, looks) + 4, y, "." * int(room / width_of(".", looks) - 2), looks)
        sheet.write(right, y, str(number), looks)
    return _done(sheet)


def _lists(kind: str, rng: Random, held: bool) -> Drawn:
    """Two to four lists side by side, their marks apart from the text or not."""
    looks, sheet = style(rng, BARE, held), _sheet()
    count = rng.choice([2, 3, 4])
    for column in range(count):
        y, marks, apart = 80.0, rng.choice(["•", "–", "1."]), rng.choice([0.4, 1.2])
        for i in range(rng.randint(4, 9)):
            y += 1.4 * looks.size
            mark = f"{i + 1}." if marks == "1." else marks
            x = _LEFT + _WIDTH / count * column
            sheet.write(x, y, mark, looks)
            text = label(looks.language, rng, rng.randint(1, 3))
            sheet.write(x + width_of(mark, looks) + apart * looks.size, y, text, looks)
    return _done(sheet)


def _diagram(kind: str, rng: Random, held: bool) -> Drawn:
    """Boxes with short texts, and arrows between them, in a frame."""
    looks, sheet = style(rng, BARE, held), _sheet()
    sheet.page.draw_rect(pymupdf.Rect(_LEFT, 80, _LEFT + _WIDTH, 330))
    places = [(_LEFT + 30 + 150 * x, 100 + 75 * y) for x in range(3) for y in range(3) if rng.random() < 0.8]
    for x, y in places:
        sheet.page.draw_rect(pymupdf.Rect(x, y, x + 90, y + 40), width=rng.choice([0.5, 2.0]))
        sheet.write(x + 8, y + 24, f"{label(looks.language, rng, 1)} {rng.randint(1, 9)}", looks)
    for (x0, y0), (x1, y1) in zip(places, places[2:], strict=False):
        sheet.page.draw_line((x0 + 90, y0 + 20), (x1, y1 + 23))
    _paragraph(sheet, looks, rng, _LEFT, 350, _WIDTH)
    return _done(sheet)


def _letter(kind: str, rng: Random, held: bool) -> Drawn:
    """A letter: two addresses beside each other, and prose."""
    looks, sheet = style(rng, BARE, held), _sheet()
    for column, lines in ((0, 4), (1, 3)):
        for i in range(lines):
            text = label(looks.language, rng, 2) + (f" {rng.randint(1, 99)}" if i else "")
            sheet.write(_LEFT + 300 * column, 80 + 1.25 * i * looks.size, text, looks)
    y = 80 + 9 * looks.size
    for _ in range(3):
        y = _paragraph(sheet, looks, rng, _LEFT, y, _WIDTH) + looks.size
    return _done(sheet)


_PLACES: dict[str, Callable[[str, Random, bool], Drawn | None]] = {
    "twins": _twins,
    "in_column": _in_column,
    "long": _long,
    "beside": _beside,
    "form": _form,
    "prose_columns": _prose,
    "contents": _contents,
    "lists": _lists,
    "letter": _letter,
    "diagram": _diagram,
}
TABLES = (*KINDS, "twins", "in_column", "long", "beside")
NONE = ("form", "prose_columns", "contents", "lists", "letter", "diagram")
__all__ = ["Cell", "Drawn", "KINDS", "NONE", "TABLES", "page"]
