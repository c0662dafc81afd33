"""Pages that have no table though they look alike: forms, lists, letters, diagrams."""

from __future__ import annotations

from random import Random

import pymupdf

from drawn_tables.paint import width_of
from drawn_tables.setting import LEFT, WIDTH, Drawn, done, paragraph, sheet_of
from drawn_tables.style import BARE, style
from drawn_tables.vocabulary import label


def form(rng: Random, held: bool) -> Drawn:
    """Labels with lines to write on, and boxes to tick: no table."""
    looks, sheet, y = style(rng, BARE, held), sheet_of(), 80.0
    sheet.write(LEFT, y, label(looks.language, rng, 3), looks, True, 14)
    for _ in range(rng.randint(6, 12)):
        y += rng.uniform(2.2, 3.0) * looks.size
        text = label(looks.language, rng, rng.randint(1, 3)) + ":"
        sheet.write(LEFT, y, text, looks)
        start = LEFT + width_of(text, looks) + 6
        if rng.random() < 0.3:
            for i in range(2):
                sheet.page.draw_rect(pymupdf.Rect(start + 70 * i, y - 7, start + 70 * i + 7, y))
                sheet.written.append("☐")
                sheet.write(start + 70 * i + 11, y, label(looks.language, rng, 1), looks)
        else:
            sheet.page.draw_line((start, y + 1), (LEFT + rng.choice([300, WIDTH]), y + 1))
    return done(sheet)


def prose(rng: Random, held: bool) -> Drawn:
    """Two or three columns of prose."""
    looks, sheet = style(rng, BARE, held), sheet_of()
    count = rng.choice([2, 3])
    width = (WIDTH - 18 * (count - 1)) / count
    for i in range(count):
        paragraph(sheet, looks, rng, LEFT + i * (width + 18), 80, width, rng.randint(6, 14))
    return done(sheet)


def contents(rng: Random, held: bool) -> Drawn:
    """A table of contents, which is a list: numbers at the right, with dots or without."""
    looks, sheet, y, number = style(rng, BARE, held), sheet_of(), 80.0, 1
    dots = rng.random() < 0.6
    title = {"en": "Contents", "de": "Inhalt", "es": "Índice", "ru": "Содержание", "zh": "目录"}[looks.language.name]
    sheet.write(LEFT, y, title, looks, True, 15)
    y += 20
    for i in range(rng.randint(8, 20)):
        y += 1.5 * looks.size
        number += rng.randint(0, 9)
        text = f"{i + 1} {label(looks.language, rng, rng.randint(1, 5))}"
        right = LEFT + WIDTH - width_of(str(number), looks)
        sheet.write(LEFT, y, text, looks)
        if dots:
            room = right - LEFT - width_of(text, looks) - looks.size
            sheet.write(LEFT + width_of(text, looks) + 4, y, "." * int(room / width_of(".", looks) - 2), looks)
        sheet.write(right, y, str(number), looks)
    return done(sheet)


def lists(rng: Random, held: bool) -> Drawn:
    """Two to four lists side by side, their marks apart from the text or not."""
    looks, sheet = style(rng, BARE, held), sheet_of()
    count = rng.choice([2, 3, 4])
    for column in range(count):
        y, marks, apart = 80.0, rng.choice(["•", "–", "1."]), rng.choice([0.4, 1.2])
        for i in range(rng.randint(4, 9)):
            y += 1.4 * looks.size
            mark = f"{i + 1}." if marks == "1." else marks
            x = LEFT + WIDTH / count * column
            sheet.write(x, y, mark, looks)
            text = label(looks.language, rng, rng.randint(1, 3))
            sheet.write(x + width_of(mark, looks) + apart * looks.size, y, text, looks)
    return done(sheet)


def diagram(rng: Random, held: bool) -> Drawn:
    """Boxes with short texts, and arrows between them, in a frame."""
    looks, sheet = style(rng, BARE, held), sheet_of()
    sheet.page.draw_rect(pymupdf.Rect(LEFT, 80, LEFT + WIDTH, 330))
    places = [(LEFT + 30 + 150 * x, 100 + 75 * y) for x in range(3) for y in range(3) if rng.random() < 0.8]
    for x, y in places:
        sheet.page.draw_rect(pymupdf.Rect(x, y, x + 90, y + 40), width=rng.choice([0.5, 2.0]))
        sheet.write(x + 8, y + 24, f"{label(looks.language, rng, 1)} {rng.randint(1, 9)}", looks)
    for (x0, y0), (x1, y1) in zip(places, places[2:], strict=False):
        sheet.page.draw_line((x0 + 90, y0 + 20), (x1, y1 + 23))
    paragraph(sheet, looks, rng, LEFT, 350, WIDTH)
    return done(sheet)


def letter(rng: Random, held: bool) -> Drawn:
    """A letter: two addresses beside each other, and prose."""
    looks, sheet = style(rng, BARE, held), sheet_of()
    for column, lines in ((0, 4), (1, 3)):
        for i in range(lines):
            text = label(looks.language, rng, 2) + (f" {rng.randint(1, 99)}" if i else "")
            sheet.write(LEFT + 300 * column, 80 + 1.25 * i * looks.size, text, looks)
    y = 80 + 9 * looks.size
    for _ in range(3):
        y = paragraph(sheet, looks, rng, LEFT, y, WIDTH) + looks.size
    return done(sheet)
