"""Kinds of pages that are running text: articles, papers in columns, books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from train_nano import blocks, furniture, invent
from train_nano.layout import Piece, paragraph
from train_nano.maker import Maker
from train_nano.sheet import Frame, Item
from train_nano.story import RICH, Recipe, figure_item, story, table_item


def text_area(maker: Maker, headers: float = 0.4) -> Frame:
    area = maker.margins()
    return furniture.header(maker, area) if maker.chance(headers) else area


def article(maker: Maker) -> None:
    """A report in one column, with all kinds of blocks."""
    area = text_area(maker)
    filled = 1.0 if maker.chance(0.7) else maker.rng.uniform(0.2, 0.9)
    column, notes = furniture.reserve_notes(maker, area) if maker.chance(0.15) else (area, lambda: None)
    maker.sheet.flow([replace(column, height=column.height * filled)], story(maker, RICH, title=maker.chance(0.4)))
    notes()
    if maker.chance(0.6):
        furniture.footer(maker, area)


def paper(maker: Maker) -> None:
    """Columns under an optional title, authors and abstract or a wide float, which span them."""
    area = text_area(maker)
    room = area
    if maker.chance(0.35):
        room = _title_block(maker, area)
    elif maker.chance(0.25):
        room = below(
            area, maker.sheet.flow([replace(area, height=area.height * 0.5)], [_wide(maker)]), maker.theme.size
        )
    frames = columns(maker, room)
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


def below(area: Frame, y: float, gap: float) -> Frame:
    top = y + gap if y > area.y else area.y
    return Frame(area.x, top, area.width, max(area.y + area.height - top, 0.0))


def columns(maker: Maker, area: Frame) -> list[Frame]:
    """Two columns, or more where they are wide enough; at times a rule between them."""
    least = 11 * maker.theme.size
    most = max(min(maker.columns, int(area.width / least)), 1)
    count = most if most < 3 else 2 if maker.chance(0.75) else 3
    gap = max(area.width * float(maker.rng.uniform(0.025, 0.06)), maker.theme.size)
    width = (area.width - gap * (count - 1)) / count
    if maker.chance(0.12):
        for i in range(1, count):
            furniture.divider(maker, area.x + i * (width + gap) - gap / 2, area.y, area.height)
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
    return below(area, maker.sheet.flow([frame], items), theme.size * 1.4)


def _inset(done: tuple[Piece | None, object], inset: float) -> tuple[Piece | None, None]:
    piece = done[0]
    return (None if piece is None else Piece(None, "", piece.width, piece.height, children=[(piece, inset, 0.0)])), None


def book(maker: Maker) -> None:
    """A page of a novel: running header, paragraphs with indents, perhaps a chapter opening."""
    theme = maker.theme
    area = text_area(maker, 0.6)
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
