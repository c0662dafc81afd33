"""Kinds of technical pages: references, contents, manuals, listings, slides, reports with a side box."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from train_nano import blocks, figures, furniture, invent
from train_nano.draw import Fill
from train_nano.layout import Piece, paragraph
from train_nano.maker import Maker
from train_nano.prose import article, below, columns, text_area
from train_nano.sheet import Frame, Item
from train_nano.story import RICH, Recipe, code_item, heading_item, list_item, story


def references(maker: Maker) -> None:
    """A list of references with hanging indents, in one or two columns."""
    theme, area = maker.theme, text_area(maker)
    frames = columns(maker, area) if maker.chance(0.5) else [area]
    number, numbered = maker.between(1, 40), maker.chance(0.6)

    def entries() -> Iterator[Item]:
        nonlocal number
        if maker.chance(0.6):
            yield heading_item(
                maker, invent.pick(maker.rng, ("References", "REFERENCES", "Bibliography", "Works Cited")), 2
            )
        while True:
            text = theme.text((f"[{number}] " if numbered else "") + _reference(maker))
            style = replace(theme.style(align=theme.align), indent=-theme.size * 1.8, hyphenate=theme.hyphenate)
            faces = blocks.emphasis(maker.rng, text, 0.05)
            yield Item(paragraph("text", text, style, faces), after=max(theme.gap, theme.size * 0.25))
            number += 1

    maker.sheet.flow(frames, entries())
    if maker.chance(0.5):
        furniture.footer(maker, area)


def _reference(maker: Maker) -> str:
    rng = maker.rng
    names = " and ".join([", ".join(invent.name(rng) for _ in range(maker.between(1, 3))), invent.name(rng)])
    title, year = maker.texts.heading(rng), maker.between(1890, 2026)
    volume, issue, first = maker.between(1, 90), maker.between(1, 12), maker.between(1, 900)
    where = f"{maker.texts.heading(rng)}, {volume}({issue}):{first}–{first + maker.between(1, 40)}"
    tail = ""
    if maker.chance(0.4):
        doi = f"doi:10.{invent.digits(rng, 4)}/{invent.digits(rng, 6)}"
        tail = " " + invent.pick(rng, (invent.url(rng), doi))
    return invent.pick(
        rng,
        (
            f"{names}. {title}. {where}, {year}.{tail}",
            f"{names} ({year}). {title}. {where}.{tail}",
            f"{names}, “{title},” {where}, {year}.{tail}",
        ),
    )


def contents(maker: Maker) -> None:
    """A table of contents with leaders."""
    rng, theme, area = maker.rng, maker.theme, text_area(maker, 0.2)
    style = replace(theme.style(), kern=False, ligatures=False)
    leader = invent.pick(rng, (".", ".", " .", ""))
    items = [heading_item(maker, invent.pick(rng, ("Contents", "CONTENTS", "Table of Contents")), 1, 1.6)]
    page, chapter = maker.between(1, 9), 0
    while page < 900 and len(items) < 30:
        rows = []
        for section in range(maker.between(1, 9)):
            number = f"{chapter + 1}.{section} " if section else f"{chapter + 1} "
            rows.append((theme.text(("" if leader == "" else number) + maker.texts.heading(rng)), str(page)))
            page += maker.between(0, 12)
        chapter += 1
        items.append(Item(blocks.pairs("text", rows, style, leader), after=theme.size * float(rng.uniform(0.3, 1))))
    maker.sheet.flow([area], items)
    if maker.chance(0.5):
        furniture.footer(maker, area)


def manual(maker: Maker) -> None:
    """Technical documentation with code listings."""
    area = text_area(maker)
    maker.sheet.flow(
        [area], story(maker, Recipe(headings=0.15, lists=0.12, tables=0.06, code=0.25), title=maker.chance(0.3))
    )
    if maker.chance(0.5):
        furniture.footer(maker, area)


def slides(maker: Maker) -> None:
    """A slide: a large title, some points or a picture or both."""
    theme, area, rng = maker.theme, maker.margins(), maker.rng
    heading = blocks.heading(theme, maker.texts.heading(rng), 1, float(rng.uniform(1.2, 1.8)), theme.head_align)
    if maker.chance(0.2):
        heading = blocks.banner(rng, theme, heading)
    y = maker.sheet.flow([replace(area, height=area.height * 0.4)], [Item(heading)])
    rest = below(area, y, theme.size)
    split = maker.chance(0.35) and rest.width > 22 * theme.size
    left = replace(rest, width=rest.width * (0.55 if split else 1.0))
    maker.sheet.flow([left], [list_item(maker) for _ in range(maker.between(1, 2))])
    if split:
        x = left.x + left.width + theme.size
        side = Frame(x, rest.y, area.x + area.width - x, rest.height)
        maker.sheet.flow([side], [Item(figures.figure(rng, theme, side.width, side.height * 0.8))])
    if maker.chance(0.5):
        furniture.footer(maker, area)


def sidebar(maker: Maker) -> None:
    """A report with a narrow box beside the text; a box at the left is read first."""
    theme, area = maker.theme, text_area(maker)
    share, left = float(maker.rng.uniform(0.22, 0.34)), maker.chance(0.4)
    gap = theme.size * 1.5
    narrow, wide = area.width * share, area.width * (1 - share) - gap
    if narrow < 9 * theme.size:
        return article(maker)
    side = Frame(
        area.x if left else area.x + wide + gap, area.y, narrow, area.height * float(maker.rng.uniform(0.25, 1))
    )
    main = Frame(area.x + (narrow + gap if left else 0), area.y, wide, area.height)
    small = replace(maker, theme=replace(theme, size=theme.size * 0.85, align="left", emphasis=0.0))

    def fill_side() -> None:
        pad = theme.size * 0.7
        grey = int(maker.rng.integers(205, 248))
        if maker.chance(0.6):
            maker.sheet.place(
                Piece(None, "", narrow, side.height, marks=[Fill(0, 0, narrow, side.height, grey)]), side.x, side.y
            )
        inner = Frame(side.x + pad, side.y + pad, narrow - 2 * pad, side.height - 2 * pad)
        maker.sheet.flow([inner], story(small, Recipe(headings=0.2, lists=0.15)))

    if left:
        fill_side()
    maker.sheet.flow([main], story(maker, RICH, title=maker.chance(0.4)))
    if not left:
        fill_side()
    if maker.chance(0.5):
        furniture.footer(maker, area)
    return None


def code(maker: Maker) -> None:
    """One long listing."""
    area = maker.margins()
    maker.sheet.flow([area], (code_item(maker) for _ in range(40)))
