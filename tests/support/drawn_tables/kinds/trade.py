"""Tables of money and time: statements, bills, timetables, calendars."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from drawn_tables.content import Above, Cell, Content
from drawn_tables.kinds.science import below, heads
from drawn_tables.style import GRID, LINES, Style
from drawn_tables.vocabulary import label


def amount(looks: Style, rng: Random, most: int = 90_000) -> str:
    text = f"{rng.randint(1, most):,}".replace(",", looks.language.comma)
    return f"({text})" if rng.random() < 0.2 else text


def statement(content: Content, looks: Style, rng: Random) -> Content:
    """Sections of indented lines, a rule over each sum and two under the last, signs in the first and last lines."""
    years, noted, leads = rng.randint(2, 4), rng.random() < 0.3, rng.random() < 0.3
    sign, first = rng.choice(["$", "€", "£", ""]), 2 if noted else 1
    body: list[list[Cell]] = []
    rules = []

    def line(name: str, indent: int, bold: bool = False, apart: str = "", empty: bool = False) -> None:
        at = len(body)
        cells = [Cell(name, at, 0, indent=indent, bold=bold and empty, leads=leads and not empty)]
        if noted:
            cells.append(Cell(str(rng.randint(1, 30)) if not empty and rng.random() < 0.4 else "", at, 1, align="c"))
        cells += [
            Cell("" if empty else amount(looks, rng), at, first + i, align="r", bold=bold, apart="" if empty else apart)
            for i in range(years)
        ]
        body.append(cells)

    for section in range(rng.randint(2, 3)):
        line(label(looks.language, rng, 2), 0, bold=rng.random() < 0.5, empty=True)
        for i in range(rng.randint(2, 4)):
            line(label(looks.language, rng, rng.randint(1, 4)), 1, apart=sign if i == section == 0 else "")
        rules += [Above(len(body), first + i, first + i) for i in range(years)]
        line(f"{looks.language.total} {label(looks.language, rng, 1).lower()}", rng.choice([0, 2]))
    rules += [Above(len(body), first + i, first + i) for i in range(years)]
    line(looks.language.total, 0, apart=sign)
    head = [Cell("", 0, c) for c in range(first)]
    head += [Cell(str(2025 - i), 0, first + i, align="r") for i in range(years)]
    if noted:
        head[1] = replace(head[1], text=looks.language.note, align="c")
    made = below(head, body, rules)
    return replace(made, rules=() if looks.rules in (GRID, LINES) else made.rules)


def census(content: Content, looks: Style, rng: Random) -> Content:
    """Numbers in close columns, dots behind labels, and a little white between every few rows."""
    cells = tuple(
        replace(c, leads=True) if c.column == 0 and c.row >= content.head and c.text and not c.indent else c
        for c in content.cells
    )
    step = rng.randint(2, 5)
    spaced = frozenset(range(content.head + step, content.rows, step))
    return replace(content, cells=cells, spaced=spaced)


def bill(content: Content, looks: Style, rng: Random) -> Content:
    """Items with descriptions of one to three lines, and sums that have only a name and an amount."""
    head = heads(looks, rng, 5, "r")
    head[1] = replace(head[1], align="l")
    body: list[list[Cell]] = []
    for i in range(rng.randint(2, 7)):
        text = label(looks.language, rng, rng.choice([2, 3, 8, 12]))
        price, count = rng.randint(100, 90_000) / 100, rng.randint(1, 40)
        texts = [str(count), _money(looks, price), _money(looks, price * count)]
        body.append([Cell(str(i + 1), i, 0), Cell(text, i, 1)])
        body[-1] += [Cell(t, i, 2 + c, align="r") for c, t in enumerate(texts)]
    for name in (looks.language.total, "19%", looks.language.total)[: rng.choice([1, 3])]:
        at = len(body)
        body.append([Cell("", at, c) for c in range(3)])
        sums = [Cell(name, at, 3, align="r"), Cell(_money(looks, rng.uniform(100, 90_000)), at, 4, align="r")]
        body[-1] += [replace(cell, bold=name != "19%") for cell in sums]
    return replace(below(head, body), wraps=frozenset({1}))


def _money(looks: Style, value: float) -> str:
    text = f"{value:,.2f}"
    return text.translate(str.maketrans({",": looks.language.comma, ".": looks.language.point}))


def timetable(content: Content, looks: Style, rng: Random) -> Content:
    """Stations and times of trains, some of which do not stop."""
    trains, mark = rng.randint(3, 9), rng.choice(["|", "–", "", "…"])
    head = [Cell(rng.choice(looks.language.heads), 0, 0)]
    names = [rng.choice([f"RE {rng.randint(1, 99)}", str(rng.randint(100, 999))]) for _ in range(trains)]
    head += [Cell(name, 0, 1 + i, align="c") for i, name in enumerate(names)]
    starts = [300 + 60 * i for i in range(trains)]
    body = []
    for row in range(rng.randint(4, 14)):
        cells = [Cell(label(looks.language, rng, rng.randint(1, 2)), row, 0)]
        for i, start in enumerate(starts):
            at = start + 9 * row
            stops = row == 0 or rng.random() < 0.8
            cells.append(Cell(f"{at // 60:02}:{at % 60:02}" if stops else mark, row, 1 + i, align="c"))
        body.append(cells)
    return below(head, body)


def calendar(content: Content, looks: Style, rng: Random) -> Content:
    """The days of a month under the names of the week's."""
    names = {
        "en": "Mon Tue Wed Thu Fri Sat Sun",
        "de": "Mo Di Mi Do Fr Sa So",
        "es": "lun mar mié jue vie sáb dom",
        "ru": "пн вт ср чт пт сб вс",
        "zh": "一 二 三 四 五 六 日",
    }[looks.language.name].split()
    before, days = rng.randint(0, 6), rng.choice([28, 30, 31])
    head = [Cell(name, 0, i, align="c") for i, name in enumerate(names)]
    places = range(-before, -(-(before + days) // 7) * 7 - before)
    texts = [str(day + 1) if 0 <= day < days else "" for day in places]
    body = [[Cell(texts[7 * r + c], r, c, align="c") for c in range(7)] for r in range(len(texts) // 7)]
    return below(head, body)


def programme(content: Content, looks: Style, rng: Random) -> Content:
    """When, what and who: hours, titles that go on over lines, names."""
    body = []
    for i in range(rng.randint(4, 9)):
        hour = f"{9 + i}{looks.language.point if rng.random() < 0.2 else ':'}00–{9 + i}:45"
        title = label(looks.language, rng, rng.choice([2, 5, 9, 14]))
        body.append([Cell(hour, i, 0), Cell(title, i, 1), Cell(label(looks.language, rng, rng.randint(1, 2)), i, 2)])
    return replace(below(heads(looks, rng, 3, "l"), body), wraps=frozenset({1}))
