"""Running documents: endless items of headings, paragraphs, lists, tables, figures, formulas and code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from train_nano import blocks, figures, invent, tables, tabular
from train_nano.formulas import equation
from train_nano.layout import Setter, stack
from train_nano.maker import Maker
from train_nano.programs import program
from train_nano.sheet import Item


@dataclass(frozen=True)
class Recipe:
    """Shares of the kinds of items; the rest is paragraphs."""

    headings: float = 0.12
    lists: float = 0.07
    tables: float = 0.0
    figures: float = 0.0
    equations: float = 0.0
    code: float = 0.0
    invented: float = 0.05  # share of paragraphs that are strings to be read, not guessed


RICH = Recipe(tables=0.05, figures=0.05, equations=0.03, code=0.02)


def story(maker: Maker, recipe: Recipe, title: bool = False) -> Iterator[Item]:
    """An endless document."""
    rng, theme = maker.rng, maker.theme
    run, first, section = maker.texts.run(rng), True, [maker.between(0, 6), 0]
    if title:
        yield heading_item(maker, maker.texts.heading(rng), 1, theme.head_scale * float(rng.uniform(1.2, 2.2)))
    shares = np.array([recipe.headings, recipe.lists, recipe.tables, recipe.figures, recipe.equations, recipe.code])
    kinds = (list_item, table_item, figure_item, equation_item, code_item)
    while True:
        draw = int(np.searchsorted(np.cumsum(shares), rng.random(), "right"))
        if draw == 0:
            level = 2 if maker.chance(0.7) else 3
            yield heading_item(maker, _numbered(maker, maker.texts.heading(rng), level, section), level)
            first = True
        elif draw <= len(kinds):
            yield kinds[draw - 1](maker)
        else:
            text = invent.salad(rng, maker.between(4, 30)) if maker.chance(recipe.invented) else run.paragraph()
            yield Item(blocks.body(rng, theme, text, first), after=theme.gap)
            first = False


def table_item(maker: Maker) -> Item:
    """A table with a caption above, below or without one."""
    rng, theme = maker.rng, maker.theme
    limit = maker.between(2, 9)
    table = tables.real(rng, maker.texts, limit) if maker.chance(0.5) else tables.invented(rng, maker.texts, limit)
    style = theme.style(
        float(rng.choice([0.75, 0.85, 0.9, 1.0, 1.0])), family=theme.head if maker.chance(0.3) else None
    )
    style = replace(style, leading=style.size * float(rng.uniform(1.1, 1.35)))
    look = tabular.choose_look(rng, theme)
    if table.rows * table.columns > 160:
        table = table.first_rows(max(160 // table.columns, 1))
    setter = tabular.table_setter(theme, table, look, style, "center" if maker.chance(0.6) else "left")
    return captioned(maker, setter, "table_caption", ("Table", "Table", "TABLE", "Tab."), above=0.6)


def figure_item(maker: Maker) -> Item:
    """A picture, mostly with a caption below."""
    rng, theme = maker.rng, maker.theme
    width = maker.sheet.width * float(rng.uniform(0.2, 0.8))
    setter = figures.figure(rng, theme, width, width * float(rng.uniform(0.35, 1.0)))
    return captioned(maker, setter, "image_caption", ("Figure", "Figure", "Fig.", "FIGURE"), above=0.08)


def captioned(maker: Maker, setter: Setter, label: str, words: tuple[str, ...], above: float) -> Item:
    """A float with its space."""
    rng, theme = maker.rng, maker.theme
    parts = [(setter, theme.size * 0.4)]
    if maker.chance(0.75):
        number = invent.pick(
            rng, (str(maker.between(1, 20)), f"{maker.between(1, 9)}.{maker.between(1, 12)}", f"S{maker.between(1, 9)}")
        )
        run = maker.texts.run(rng)
        text = run.sentence() if maker.chance(0.6) else maker.texts.words(rng, 2, 9)
        caption = blocks.caption(rng, theme, label, invent.pick(rng, words), text, number)
        parts.insert(0 if maker.chance(above) else 1, (caption, theme.size * float(rng.uniform(0.2, 0.7))))
    return Item(stack(parts), theme.size * 0.9, theme.size * 0.9, optional=True)


def equation_item(maker: Maker) -> Item:
    """A display formula."""
    theme = maker.theme
    if not len(maker.formulas):
        return list_item(maker)
    number = f"({maker.between(1, 40)})" if maker.chance(0.3) else ""
    setter = equation(maker.rng, maker.formulas, theme.style(float(maker.rng.uniform(0.95, 1.15))), number)
    return Item(setter, theme.size * 0.6, theme.size * 0.6, optional=True)


def code_item(maker: Maker) -> Item:
    """A listing of two to fourteen lines."""
    theme = maker.theme
    return Item(program(maker.rng, theme, maker.between(2, 14)), theme.size * 0.6, theme.size * 0.6, optional=True)


def heading_item(maker: Maker, text: str, level: int, scale: float = 0.0) -> Item:
    """A heading with its space; it keeps room for two lines below it."""
    theme = maker.theme
    scale = scale or max(theme.head_scale * (1.0 if level > 2 else 1.15), 1.0)
    space = theme.size * float(maker.rng.uniform(0.3, 1.4))
    need = theme.size * (scale * 1.3 + 2.5 * theme.spacing)
    return Item(blocks.heading(theme, text, level, scale), before=space * 1.5, after=space * 0.7, need=need)


def _numbered(maker: Maker, text: str, level: int, section: list[int]) -> str:
    if not maker.theme.numbered:
        return text
    if level == 2:
        section[0], section[1] = section[0] + 1, 0
        return f"{section[0]}{(maker.theme.bullet == '-' and '.') or ''} {text}"
    section[1] += 1
    return f"{section[0]}.{section[1]} {text}"


def list_item(maker: Maker) -> Item:
    """Two to eight points, some nested, some invented."""
    rng, run = maker.rng, maker.texts.run(maker.rng)
    many = maker.between(2, 8)
    long = maker.chance(0.4)
    items = [
        run.sentence() if long else maker.texts.words(rng, 1, 10) if maker.chance(0.75) else invent.anything(rng)
        for _ in range(many)
    ]
    ordered = str(rng.choice(["{}.", "{}.", "{})", "({})"])) if maker.chance(0.4) else ""
    depths = [0] + [int(maker.chance(0.4)) for _ in items[1:]] if maker.chance(0.2) else None
    items = [maker.theme.text(text) or "x" for text in items]
    return Item(
        blocks.listing(rng, maker.theme, items, ordered, depths),
        before=maker.theme.gap,
        after=maker.theme.gap + maker.theme.size * 0.3,
    )
