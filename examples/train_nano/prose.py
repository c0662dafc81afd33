"""Kinds of pages that are mostly running text: articles, papers in columns, books, references, contents, code, slides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from train_nano import blocks, figures, furniture, invent
from train_nano.draw import Fill
from train_nano.layout import Piece, paragraph
from train_nano.maker import Maker
from train_nano.sheet import Frame, Item
from train_nano.story import RICH, Recipe, code_item, figure_item, heading_item, list_item, story, table_item


def _area(maker: Maker, headers: float = 0.4) -> Frame:
    area = maker.margins()
    return furniture.header(maker, area) if maker.chance(headers) else area


def article(maker: Maker) -> None:
    """A report in one column, with all kinds of blocks."""
    area = _area(maker)
    filled = 1.0 if maker.chance(0.7) else maker.rng.uniform(0.2, 0.9)
    column, notes = furniture.reserve_notes(maker, area) if maker.chance(0.15) else (area, lambda: None)
    maker.sheet.flow([replace(column, height=column.height * filled)], story(maker, RICH, title=maker.chance(0.4)))
    notes()
    if maker.chance(0.6):
        furniture.footer(maker, area)


def paper(maker: Maker) -> None:
    """Columns under an optional title, authors and abstract or a wide float, which span them."""
    area = _area(maker)
    room = area
    if maker.chance(0.35):
        room = _title_block(maker, area)
    elif maker.chance(0.25):
        room = _below(
            area, maker.sheet.flow([replace(area, height=area.height * 0.5)], [_wide(maker)]), maker.theme.size
        )
    frames = _columns(maker, room)
    closers: dict[int, Callable[[], None]] = {}
    for i in range(len(frames)):
        if maker.chance(0.15):
            frames[i], closers[i] = furniture.reserve_notes(maker, frames[i])
    recipe = RICH if maker.chance(0.7) else Recipe()
    maker.sheet.flow(frames, story(maker, recipe), closers)
    if maker.chance(0.6):
        furniture.footer(maker, area)


def _wide(maker: Maker) -> Item:
    return table_item(maker) if maker.chance(0.5) else figure_item(maker)


def _below(area: Frame, y: float, gap: float) -> Frame:
    top = y + gap if y > area.y else area.y
    return Frame(area.x, top, area.width, max(area.y + area.height - top, 0.0))


def _columns(maker: Maker, area: Frame) -> list[Frame]:
    """Two columns, or more where they are wide enough; at times a rule between them."""
    least = 11 * maker.theme.size
    most = max(min(maker.columns, int(area.width / least)), 1)
    count = most if most < 3 else 2 if maker.chance(0.75) else 3
    gap = max(area.width * float(maker.rng.uniform(0.025, 0.06)), maker.theme.size)
    width = (area.width - gap * (count - 1)) / count
    if maker.chance(0.12):
        for i in range(1, count):
            x, thick = area.x + i * (width + gap) - gap / 2, maker.theme.unit * 0.5
            maker.sheet.place(Piece(None, "", thick, area.height, marks=[Fill(0, 0, thick, area.height)]), x, area.y)
    return [Frame(area.x + i * (width + gap), area.y, width, area.height) for i in range(count)]


def _title_block(maker: Maker, area: Frame) -> Frame:
    """Title, authors, affiliation and an abstract across the page."""
    rng, theme = maker.rng, maker.theme
    align = "center" if maker.chance(0.65) else "left"
    title = blocks.heading(theme, maker.texts.heading(rng), 1, float(rng.uniform(1.5, 2.4)), align)
    style = replace(theme.style(1.05), align=align, face=int(rng.choice([0, 0, 1, 2])))
    names = theme.text(", ".join(invent.name(rng) for _ in range(maker.between(1, 5))))
    items = [Item(title, after=theme.size), Item(paragraph("text", names, style), after=theme.size * 0.3)]
    if maker.chance(0.6):
        place = theme.text(f"{invent.company(rng)}, {', '.join(invent.address(rng))}")
        items.append(Item(paragraph("text", place, replace(theme.style(0.9, align=align)))))
    if maker.chance(0.4):
        items.append(
            Item(paragraph("text", theme.text(invent.email(rng)), theme.style(0.9, align=align, family=theme.mono)))
        )
    if maker.chance(0.6):
        inset = area.width * float(rng.uniform(0, 0.08))
        items.append(Item(blocks.heading(theme, "Abstract", 2, 1.0, align), before=theme.size, after=theme.size * 0.4))
        text = theme.text(" ".join(maker.texts.run(rng).paragraph() for _ in range(2))[:1400])
        abstract = paragraph("text", text, replace(theme.style(0.93, align=theme.align), hyphenate=theme.hyphenate))
        items.append(Item(lambda width, room: _inset(abstract(width - 2 * inset, room), inset), after=theme.size))
    frame = replace(area, height=area.height * 0.6)
    return _below(area, maker.sheet.flow([frame], items), theme.size * 1.4)


def _inset(done: tuple[Piece | None, object], inset: float) -> tuple[Piece | None, None]:
    piece = done[0]
    return (None if piece is None else Piece(None, "", piece.width, piece.height, children=[(piece, inset, 0.0)])), None


def book(maker: Maker) -> None:
    """A page of a novel: running header, paragraphs with indents, perhaps a chapter opening."""
    theme = maker.theme
    area = _area(maker, 0.6)
    recipe = Recipe(headings=0.0, lists=0.0, invented=0.0)
    column, notes = furniture.reserve_notes(maker, area) if maker.chance(0.1) else (area, lambda: None)
    items = story(maker, recipe)
    if maker.chance(0.25):
        text = invent.pick(
            maker.rng,
            (
                f"CHAPTER {invent.pick(maker.rng, furniture.ROMAN).upper()}",
                f"Chapter {maker.between(1, 60)}",
                maker.texts.heading(maker.rng),
            ),
        )
        opening = blocks.heading(theme, text, 1, float(maker.rng.uniform(1.2, 2.0)), "center")
        drop = column.height * float(maker.rng.uniform(0.0, 0.25))
        column = Frame(column.x, column.y + drop, column.width, column.height - drop)
        items = _chain([Item(opening, after=theme.size * 2)], items)
    maker.sheet.flow([column], items)
    notes()
    if maker.chance(0.6):
        furniture.footer(maker, area)


def _chain(first: list[Item], rest: Iterator[Item]) -> Iterator[Item]:
    yield from first
    yield from rest


def references(maker: Maker) -> None:
    """A list of references with hanging indents, in one or two columns."""
    theme, area = maker.theme, _area(maker)
    frames = _columns(maker, area) if maker.chance(0.5) else [area]
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
    where = f"{maker.texts.heading(rng)}, {maker.between(1, 90)}({maker.between(1, 12)}):{maker.between(1, 400)}–{maker.between(401, 900)}"
    tail = (
        f" {invent.url(rng)}"
        if maker.chance(0.25)
        else f" doi:10.{invent.digits(rng, 4)}/{invent.digits(rng, 6)}"
        if maker.chance(0.2)
        else ""
    )
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
    rng, theme, area = maker.rng, maker.theme, _area(maker, 0.2)
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
    area = _area(maker)
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
    rest = _below(area, y, theme.size)
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
    theme, area = maker.theme, _area(maker)
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
