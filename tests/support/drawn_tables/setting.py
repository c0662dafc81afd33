"""Puts tables and paragraphs on pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pymupdf

from drawn_tables.content import Content, Wish, invent
from drawn_tables.paint import draw_prose, draw_table
from drawn_tables.sheet import Sheet
from drawn_tables.style import BARE, BOOKTABS, COLUMNS, LINES, SHADED, TOP_ONLY, UNDER, Style, style
from drawn_tables.vocabulary import label, sentence

LEFT, WIDTH = 60.0, 475.0


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


def sheet_of() -> Sheet:
    return Sheet(pymupdf.open().new_page(width=595, height=842))


def done(sheet: Sheet, *tables: Content) -> Drawn:
    return Drawn(sheet.page.parent.tobytes(), (tuple(t.html() for t in tables),), tuple(sheet.written))


def make(kind: Kind, rng: Random, held: bool) -> tuple[Content, Style]:
    looks = style(rng, rng.choice(kind.rules), held)
    wide = looks.rules in (BARE, BOOKTABS, LINES, TOP_ONLY, SHADED, UNDER)
    looks = looks if wide else replace(looks, gap=max(looks.gap, 1.0))
    content = kind.change(invent(kind.wish, looks.language, rng), looks, rng)
    return content.with_tall_labels() if looks.rules == COLUMNS else content, looks


def paragraph(sheet: Sheet, looks: Style, rng: Random, x: float, y: float, width: float, count: int = 3) -> float:
    text = " ".join(sentence(looks.language, rng, rng.randint(8, 16)) for _ in range(count))
    return y + draw_prose(sheet, text, looks, x, y, width)


def caption(sheet: Sheet, looks: Style, rng: Random, x: float, y: float) -> float:
    text = f"{looks.language.table} {rng.randint(1, 9)}: {label(looks.language, rng, 4)}"
    sheet.write(x, y + looks.size, text, looks)
    return y + 1.8 * looks.size


def with_table(
    sheet: Sheet, content: Content, looks: Style, rng: Random, x: float, y: float, width: float
) -> float | None:
    """A table, perhaps with a caption above or below and a note under it; where it ends."""
    where = rng.choice(["above", "above", "below", "none"])
    y = caption(sheet, looks, rng, x, y) if where == "above" else y
    height = draw_table(sheet, content, looks, x, y, width)
    if height is None:
        return None
    y += height + 0.5 * looks.size
    if rng.random() < 0.3:
        sheet.write(x, y + looks.size, f"{looks.language.note}: {label(looks.language, rng, 6)}.", looks)
        y += 1.5 * looks.size
    return caption(sheet, looks, rng, x, y) if where == "below" else y


def alone(kind: Kind, rng: Random, held: bool) -> Drawn | None:
    """One table on a page of prose."""
    content, looks = make(kind, rng, held)
    sheet, y = sheet_of(), 70.0
    if rng.random() < 0.8:
        y = paragraph(sheet, looks, rng, LEFT, y, WIDTH) + rng.uniform(0.8, 2.5) * looks.size
    x = LEFT + rng.choice([0.0, 0.0, 40.0])
    end = with_table(sheet, content, looks, rng, x, y, LEFT + WIDTH - x)
    if end is None:
        return None
    if rng.random() < 0.8:
        paragraph(sheet, looks, rng, LEFT, end + rng.uniform(0.8, 2.5) * looks.size, WIDTH)
    return done(sheet, content)
