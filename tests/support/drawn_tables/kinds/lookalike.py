"""More pages without a table, whose text lines up all the same: formulas, charts, code, indexes, speech."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pymupdf

from drawn_tables.paint import draw_prose, width_of
from drawn_tables.setting import LEFT, WIDTH, Drawn, done, paragraph, sheet_of
from drawn_tables.sheet import Sheet
from drawn_tables.style import BARE, Style, font, style
from drawn_tables.vocabulary import label, sentence


def _page(rng: Random, held: bool) -> tuple[Style, Sheet, float]:
    """A style, a page and where the text below its first paragraph begins."""
    looks, sheet = style(rng, BARE, held), sheet_of()
    return looks, sheet, paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + 2 * looks.size


def _function(rng: Random) -> str:
    return f"{rng.choice('fgh')}({rng.choice('xyz')})"


def formulas(rng: Random, held: bool) -> Drawn:
    """Formulas in the middle of their lines, numbers in brackets at the right."""
    looks, sheet, y = _page(rng, held)
    for i in range(rng.randint(3, 7)):
        text = f"{_function(rng)} = {rng.randint(2, 9)}{rng.choice('xyz')} + {rng.choice('abc')}"
        sheet.write(LEFT + (WIDTH - width_of(text, looks)) / 2, y, text, looks)
        sheet.write(LEFT + WIDTH - width_of(f"({i + 1})", looks), y, f"({i + 1})", looks)
        y += rng.choice([1.8, 2.5]) * looks.size
        if rng.random() < 0.3:
            y = paragraph(sheet, looks, rng, LEFT, y, WIDTH, 1) + 2 * looks.size
    paragraph(sheet, looks, rng, LEFT, y, WIDTH)
    return done(sheet)


def aligned_formulas(rng: Random, held: bool) -> Drawn:
    """Steps of a calculation under each other, aligned at their signs, reasons at the right."""
    looks, sheet, y = _page(rng, held)
    x = LEFT + rng.uniform(60, 140)
    for i in range(rng.randint(3, 7)):
        left = _function(rng) if i == 0 or rng.random() < 0.4 else ""
        if left:
            sheet.write(x - width_of(left + " ", looks), y, left, looks)
        step = f"= {rng.choice('abc')}{rng.randint(2, 9)} + {rng.choice('xyz')} − {rng.randint(2, 9)}"
        sheet.write(x, y, step, looks)
        if rng.random() < 0.3:
            sheet.write(x + 200, y, f"({rng.randint(1, 9)})", looks)
        y += 1.8 * looks.size
    paragraph(sheet, looks, rng, LEFT, y, WIDTH)
    return done(sheet)


def chart(rng: Random, held: bool) -> Drawn:
    """Bars between axes with numbers and labels, perhaps lines across, and a legend."""
    looks, sheet, y = _page(rng, held)
    count, high, wide = rng.randint(4, 7), rng.uniform(120, 200), rng.uniform(200, 380)
    x0, y1 = LEFT + 40, y + high
    step = wide / count
    lines = rng.random() < 0.6
    for i in range(6):
        at = y1 - i * high / 6
        text = str(20 * i)
        sheet.write(x0 - 6 - width_of(text, looks), at + 3, text, looks)
        if lines:
            sheet.page.draw_line((x0, at), (x0 + wide, at), width=0.4, color=(0.6, 0.6, 0.6))
    sheet.page.draw_line((x0, y), (x0, y1), width=0.8)
    sheet.page.draw_line((x0, y1), (x0 + wide, y1), width=0.8)
    shown = rng.random() < 0.5
    for i in range(count):
        top = y1 - rng.uniform(0.1, 0.95) * high
        bar = pymupdf.Rect(x0 + (i + 0.25) * step, top, x0 + (i + 0.75) * step, y1)
        sheet.page.draw_rect(bar, color=None, fill=(0.3, 0.5, 0.8))
        if shown:
            sheet.write(bar.x0, top - 3, str(round((y1 - top) / high * 120)), looks)
        sheet.write(x0 + (i + 0.2) * step, y1 + 1.3 * looks.size, str(2010 + i), looks)
    if rng.random() < 0.5:
        for i in range(2):
            at = y + 14 * i
            key = pymupdf.Rect(x0 + wide + 8, at, x0 + wide + 16, at + 8)
            sheet.page.draw_rect(key, fill=(0.3, 0.5, 0.8 - 0.4 * i))
            sheet.write(x0 + wide + 20, at + 8, label(looks.language, rng, 1), looks)
    paragraph(sheet, looks, rng, LEFT, y1 + 4 * looks.size, WIDTH)
    return done(sheet)


def code(rng: Random, held: bool) -> Drawn:
    """A listing in a typewriter's face, with indents and comments behind the lines."""
    looks, sheet, y = _page(rng, held)
    mono = replace(looks, faces=("cour", "cobo"))
    assembler = rng.random() < 0.5
    comment = rng.choice([28, 32])
    for _ in range(rng.randint(5, 14)):
        if assembler:
            text = f"{rng.choice(['mov', 'add', 'jmp', 'cmp']):8}{rng.choice(['eax', 'ebx', 'r1'])}, 7"
        else:
            text = "    " * rng.randint(0, 2) + f"{rng.choice(['count', 'total', 'x'])} = {rng.randint(0, 99)};"
        if rng.random() < 0.6:
            text = f"{text:{comment}}{'; ' if assembler else '// '}{rng.choice(['first', 'next one', 'the sum'])}"
        writer = pymupdf.TextWriter(sheet.page.rect)
        writer.append((LEFT + 20, y), text, font=font("cour"), fontsize=looks.size)
        writer.write_text(sheet.page)
        sheet.written += text.split()
        y += 1.2 * mono.size
    paragraph(sheet, looks, rng, LEFT, y + looks.size, WIDTH)
    return done(sheet)


def index(rng: Random, held: bool) -> Drawn:
    """The index of a book in two or three columns: words, and the pages where they stand."""
    looks, sheet, count = style(rng, BARE, held), sheet_of(), rng.choice([2, 3])
    apart = rng.random() < 0.4
    for column in range(count):
        y, x = 80.0, LEFT + WIDTH / count * column
        for _ in range(rng.randint(18, 30)):
            text = label(looks.language, rng, rng.randint(1, 2))
            pages = ", ".join(str(n) for n in sorted(rng.sample(range(1, 400), rng.randint(1, 3))))
            if apart:
                sheet.write(x, y, text, looks)
                sheet.write(x + width_of(text, looks) + 1.2 * looks.size, y, pages, looks)
            else:
                sheet.write(x + rng.choice([0, 0, looks.size]), y, f"{text}, {pages}", looks)
            y += 1.2 * looks.size
    return done(sheet)


def references(rng: Random, held: bool) -> Drawn:
    """Numbered works cited, their numbers apart from hanging text."""
    looks, sheet, y = _page(rng, held)
    mark = rng.choice(["[{}]", "{}.", "{}"])
    for i in range(rng.randint(6, 14)):
        sheet.write(LEFT, y + 0.8 * looks.size, mark.format(i + 1), looks)
        text = sentence(looks.language, rng, rng.randint(6, 25)) + f" {rng.randint(1, 40)}, {rng.randint(1970, 2024)}."
        y += draw_prose(sheet, text, looks, LEFT + 2.5 * looks.size, y, WIDTH - 2.5 * looks.size) + 0.2 * looks.size
    return done(sheet)


def affiliations(rng: Random, held: bool) -> Drawn:
    """A paper's authors beside each other, each with address and mail."""
    looks, sheet, count = style(rng, BARE, held), sheet_of(), rng.choice([2, 3, 4])
    width = WIDTH / count
    for row in range(rng.choice([1, 2])):
        for column in range(count):
            for i in range(4):
                text = label(looks.language, rng, rng.randint(1, 2))
                text = f"{text.split()[0].lower()}@mail.org" if i == 3 and looks.language.name in ("en", "es") else text
                x = LEFT + width * column + (width - width_of(text, looks)) / 2
                sheet.write(x, 80 + (i + 6 * row) * 1.25 * looks.size, text, looks)
    y = 80 + 16 * looks.size
    for _ in range(2):
        y = paragraph(sheet, looks, rng, LEFT, y, WIDTH) + looks.size
    return done(sheet)


def signatures(rng: Random, held: bool) -> Drawn:
    """Lines to sign on beside each other, with names, titles and dates below."""
    looks, sheet, y = _page(rng, held)
    for _ in range(rng.choice([1, 2])):
        for x in (LEFT, LEFT + 260):
            sheet.page.draw_line((x, y + 40), (x + 190, y + 40))
            for i in range(rng.randint(2, 3)):
                text = label(looks.language, rng, 2) if i < 2 else "12.3.2024"
                sheet.write(x, y + 40 + (1 + i) * 1.25 * looks.size, text, looks)
        y += 40 + 6 * looks.size
    return done(sheet)


def speech(rng: Random, held: bool) -> Drawn:
    """Who says what: short names at the left, and what they say, over one line or several."""
    looks, sheet, y = _page(rng, held)
    names = rng.choice([("Q.", "A."), ("Q", "A"), tuple(label(looks.language, rng, 1) + ":" for _ in range(2))])
    for i in range(rng.randint(6, 12)):
        sheet.write(LEFT, y + 0.8 * looks.size, names[i % 2], looks)
        inset = max(4 * looks.size, width_of(max(names, key=len), looks) + looks.size)
        text = sentence(looks.language, rng, rng.randint(4, 30))
        y += draw_prose(sheet, text, looks, LEFT + inset, y, WIDTH - inset) + rng.choice([0, 0.6]) * looks.size
    return done(sheet)


def resume(rng: Random, held: bool) -> Drawn:
    """Years at the left, what was done then at the right."""
    looks, sheet, y = style(rng, BARE, held), sheet_of(), 80.0
    for _ in range(rng.randint(2, 3)):
        sheet.write(LEFT, y, label(looks.language, rng, 2), looks, True, 1.3 * looks.size)
        y += 1.2 * looks.size
        for _ in range(rng.randint(2, 4)):
            year = rng.randint(1985, 2020)
            sheet.write(LEFT, y + 0.8 * looks.size, f"{year}–{year + rng.randint(1, 4)}", looks)
            text = sentence(looks.language, rng, rng.randint(10, 30))
            y += draw_prose(sheet, text, looks, LEFT + 80, y, WIDTH - 80) + 0.5 * looks.size
        y += 2 * looks.size
    return done(sheet)


def deep_contents(rng: Random, held: bool) -> Drawn:
    """Contents of several levels, indented, with or without dots, some parts without a page."""
    looks, sheet, y, number = style(rng, BARE, held), sheet_of(), 80.0, 1
    sheet.write(LEFT, y, label(looks.language, rng, 1), looks, True, 15)
    dots = rng.random() < 0.5
    for chapter in range(1, rng.randint(4, 6)):
        for part in range(rng.randint(2, 5)):
            y += (2.0 if part == 0 else 1.4) * looks.size
            number += rng.randint(0, 9)
            name = f"{chapter}" if part == 0 else f"{chapter}.{part}"
            x = LEFT + (2 * looks.size if part else 0)
            sheet.write(x, y, name, looks, part == 0)
            start = x + 3 * looks.size
            text = label(looks.language, rng, rng.randint(1, 6))
            sheet.write(start, y, text, looks, part == 0)
            end = LEFT + WIDTH - width_of(str(number), looks, part == 0)
            if dots and part:
                room = end - start - width_of(text, looks) - 2 * looks.size
                sheet.write(start + width_of(text, looks) + 4, y, "." * int(room / width_of(".", looks)), looks)
            if part or rng.random() < 0.8:
                sheet.write(end, y, str(number), looks, part == 0)
    return done(sheet)


def loose_prose(rng: Random, held: bool) -> Drawn:
    """A narrow column whose lines are filled by wide spaces, beside another or alone."""
    looks, sheet = style(rng, BARE, held), sheet_of()
    width = rng.uniform(14, 20) * looks.size
    for x in (LEFT, LEFT + width + 2 * looks.size)[: rng.choice([1, 2])]:
        y = 80.0
        words = " ".join(sentence(looks.language, rng, 14) for _ in range(10)).split()
        while len(words) > 1:
            line = [words.pop(0)]
            while words and width_of(" ".join([*line, words[0]]), looks) < width:
                line.append(words.pop(0))
            gap = (width - sum(width_of(word, looks) for word in line)) / max(len(line) - 1, 1)
            at = x
            for word in line:
                sheet.write(at, y, word, looks)
                at += width_of(word, looks) + min(gap, 1.2 * looks.size)
            y += 1.2 * looks.size
    return done(sheet)


def numbered_lines(rng: Random, held: bool) -> Drawn:
    """Prose whose lines are numbered at the left, each or every fifth."""
    looks, sheet, y = style(rng, BARE, held), sheet_of(), 80.0
    every = rng.choice([1, 5])
    for i in range(1, rng.randint(20, 28)):
        if i % every == 0:
            sheet.write(LEFT + 12 - width_of(str(i), looks), y, str(i), looks)
        words = sentence(looks.language, rng, 30)
        text = words[: int(380 / width_of("n" if looks.language.spaced else "港", looks))].rsplit(" ", 1)[0]
        sheet.write(LEFT + 12 + 2 * looks.size, y, text, looks)
        y += 2 * looks.size
    return done(sheet)
