"""Kinds of pages with one thing on them: fields, tables, pictures, flyers, notices, nothing."""

from __future__ import annotations

from dataclasses import replace

from train_nano import blocks, figures, furniture, invent, tables, tabular
from train_nano.draw import Fill
from train_nano.layout import Piece
from train_nano.maker import Maker
from train_nano.measure import width_of
from train_nano.sheet import Frame, Item
from train_nano.story import Recipe, figure_item, list_item, story, table_item

KEYS = "Name,Date,Address,Phone,E-mail,Signature,Amount,Reference,City,Date of birth,Occupation".split(",")  # noqa: SIM905


def table_page(maker: Maker) -> None:
    """One large table or several, with little else."""
    theme, area = maker.theme, maker.margins()
    if maker.chance(0.3):
        area = furniture.header(maker, area)
    items = []
    if maker.chance(0.5):
        items.append(Item(blocks.heading(theme, maker.texts.heading(maker.rng), 1, 1.4), after=theme.size))
    for _ in range(maker.between(1, 5)):
        items.append(table_item(maker))
        if maker.chance(0.4):
            items.append(
                Item(blocks.body(maker.rng, theme, maker.texts.run(maker.rng).paragraph(), True), after=theme.size)
            )
    maker.sheet.flow([area], items)
    if maker.chance(0.4):
        furniture.footer(maker, area)


def ledger(maker: Maker) -> None:
    """One long table in small type, as statistics and accounts have: up to 60 rows and 12 columns, and a note below."""
    rng, theme, area = maker.rng, maker.theme, maker.margins()
    items = []
    if maker.chance(0.7):
        items.append(
            Item(blocks.heading(theme, maker.texts.heading(rng), int(rng.integers(1, 3)), 1.2), after=theme.size)
        )
    most = maker.between(20, 60)
    table = tables.invented(rng, maker.texts, maker.between(6, 12), most, least_rows=most // 2)
    style = theme.style(float(rng.choice([0.7, 0.8, 0.9, 1.0])))
    style = replace(style, leading=style.size * float(rng.uniform(1.05, 1.3)))
    look = replace(tabular.choose_look(rng, theme), pad_y=style.size * float(rng.uniform(0.0, 0.2)))
    items.append(Item(tabular.table_setter(theme, table, look, style), after=theme.size * 0.5))
    if maker.chance(0.5):
        items.append(Item(blocks.body(rng, theme, "Source: " + maker.texts.run(rng).sentence(), True)))
    maker.sheet.flow([area], items)
    if maker.chance(0.4):
        furniture.footer(maker, area)


def picture(maker: Maker) -> None:
    """A picture that fills most of the page or all of it, or several; a caption at times."""
    rng, area, sheet = maker.rng, maker.margins(), maker.sheet
    if maker.chance(0.25):  # a photo that somebody took for a page
        sheet.set(figures.figure(rng, maker.theme, sheet.width, sheet.height, "photo"), 0, 0, sheet.width)
        return
    if maker.chance(0.5):
        maker.sheet.flow(
            [area],
            [
                Item(
                    figures.figure(
                        rng,
                        maker.theme,
                        area.width,
                        area.height * float(rng.uniform(0.5, 1)),
                        str(rng.choice(["photo", "photo", "plot", "diagram"])),
                    )
                )
            ],
        )
    else:
        maker.sheet.flow([area], [figure_item(maker) for _ in range(maker.between(1, 4))])
    if maker.chance(0.2):
        furniture.footer(maker, area)


def blank(maker: Maker) -> None:
    """Nothing, or no more than a page number or a line."""
    draw = maker.rng.random()
    if draw < 0.25:
        furniture.footer(maker, maker.margins())
    elif draw < 0.4:
        area = maker.margins()
        middle = area.y + area.height * float(maker.rng.uniform(0.2, 0.6))
        furniture.single(
            maker,
            "text",
            "This page intentionally left blank",
            maker.theme.style(),
            maker.sheet.width / 2,
            middle,
            "center",
        )


def flyer(maker: Maker) -> None:
    """Short texts, lists and pictures in large type, some in boxes and on bars."""
    rng, theme, area = maker.rng, maker.theme, maker.margins()
    items = []
    for _ in range(maker.between(3, 9)):
        draw = rng.random()
        if draw < 0.3:
            heading = blocks.heading(theme, maker.texts.heading(rng), 2, float(rng.uniform(1.2, 2)))
            items.append(
                Item(blocks.banner(rng, theme, heading) if maker.chance(0.5) else heading, after=theme.size * 0.6)
            )
        elif draw < 0.6:
            body = blocks.body(rng, theme, maker.texts.run(rng).sentence(), True)
            items.append(Item(blocks.boxed(rng, theme, body) if maker.chance(0.4) else body, after=theme.size * 0.6))
        else:
            items.append(list_item(maker) if draw < 0.8 else figure_item(maker))
    maker.sheet.flow([area], items)


def notice(maker: Maker) -> None:
    """A short text on a mostly empty page."""
    area = maker.margins()
    drop = area.height * float(maker.rng.uniform(0, 0.4))
    frame = Frame(area.x, area.y + drop, area.width, (area.height - drop) * float(maker.rng.uniform(0.2, 0.6)))
    maker.sheet.flow([frame], story(maker, Recipe(), title=maker.chance(0.6)))


def form(maker: Maker) -> None:
    """Fields with values or with lines and boxes to fill in."""
    rng, theme, area = maker.rng, maker.theme, maker.margins()
    y = (
        maker.sheet.flow(
            [replace(area, height=area.height * 0.3)], [Item(blocks.heading(theme, maker.texts.heading(rng), 1, 1.5))]
        )
        + theme.size
    )
    columns = 2 if area.width > 34 * theme.size and maker.chance(0.5) else 1
    gap = theme.size * float(rng.uniform(0.4, 1.4))
    boxed = maker.chance(0.3)
    while y < area.y + area.height - 3 * theme.size:
        if maker.chance(0.08):
            y = (
                maker.sheet.set(
                    blocks.banner(rng, theme, blocks.heading(theme, maker.texts.heading(rng), 2, 1.05)),
                    area.x,
                    y,
                    area.width,
                    area.y + area.height - y,
                )
                + gap
            )
            continue
        width, bottom = area.width / columns - theme.size, y
        for column in range(columns):
            bottom = max(bottom, _field(maker, area.x + column * (width + theme.size), y, width, boxed))
        y = bottom + gap
    if maker.chance(0.4):
        furniture.footer(maker, area)


def _field(maker: Maker, x: float, y: float, width: float, boxed: bool) -> float:
    """A key with a value after it, or with a line or box for one."""
    rng, theme = maker.rng, maker.theme
    key = (
        theme.text(
            invent.pick(
                rng,
                (
                    "Name",
                    "Date",
                    "Address",
                    "Phone",
                    "E-mail",
                    "Signature",
                    "Amount",
                    "Reference",
                    "City",
                    "Date of birth",
                    "Occupation",
                ),
            )
            if maker.chance(0.6)
            else maker.texts.words(rng, 1, 4)
        )
        + ":"
    )
    value = theme.text(invent.anything(rng)) if maker.chance(0.6) else ""
    text, style = f"{key} {value}".strip(), theme.style()
    if width_of(text, style) > width - theme.size or y + 2 * style.leading > maker.sheet.height:
        return y + style.leading
    bottom = maker.sheet.set(blocks.lines("text", [text], style), x, y, width)
    start = width_of(key, style) + theme.size * 0.5
    if boxed:
        marks = figures.frame(-2, -2, width, style.leading + 2, theme.unit * 0.5, theme.ink)
        maker.sheet.place(Piece(None, "", width, style.leading, marks=marks), x, y)
    elif not value or maker.chance(0.3):
        line = style.leading + theme.unit
        maker.sheet.place(
            Piece(None, "", width, style.leading, marks=[Fill(start, line, width, line + theme.unit * 0.5)]), x, y
        )
    return bottom
