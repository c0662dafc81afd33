"""Pages of several zones one under the other, each a story of its own in its own columns: newspapers, journals in which
one article ends and the next begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from train_nano import blocks, furniture, invent
from train_nano.layout import paragraph
from train_nano.maker import Maker
from train_nano.prose import below, text_area
from train_nano.sheet import Frame, Item
from train_nano.story import Recipe, figure_item, story

RECIPE = Recipe(headings=0.07, lists=0.03, figures=0.04, invented=0.03)
SCALES = (0.85, 1.0, 1.0, 1.0, 1.15)  # of a zone's type


def magazine(maker: Maker) -> None:
    """Two to four zones under a header."""
    area = text_area(maker, 0.6)
    shares = maker.rng.dirichlet([4.0] * maker.between(2, 4))
    top = area.y
    for number, share in enumerate(shares):
        height = area.height * float(share)
        if height > 6 * maker.theme.size:
            zone = Frame(area.x, top, area.width, height - maker.theme.size)
            _zone(maker, zone, opened=number > 0 or maker.chance(0.5))
            top += height
    if maker.chance(0.6):
        furniture.footer(maker, area)


def _zone(maker: Maker, area: Frame, opened: bool) -> None:
    """A story in columns; one that is `opened` here has a heading over all of them."""
    own = replace(maker, theme=replace(maker.theme, size=maker.theme.size * float(maker.rng.choice(SCALES))))
    if opened:
        if maker.chance(0.35):
            furniture.rule(own, area.x, area.y, area.width, own.theme.unit * float(own.rng.uniform(0.4, 2.5)))
            area = below(area, area.y + own.theme.size * 0.3, 0.0)
        y = maker.sheet.flow([replace(area, height=area.height * 0.6)], _opening(own))
        area = below(area, y, own.theme.size)
    if area.height > 4 * own.theme.size:
        maker.sheet.flow(_columns(own, area), story(own, RECIPE))


def _opening(maker: Maker) -> Iterator[Item]:
    """A headline, at times with a line of names, a standfirst in larger type, or a wide picture."""
    theme, rng = maker.theme, maker.rng
    level = 1 if maker.chance(0.5) else 2
    headline = blocks.heading(theme, maker.texts.heading(rng), level, float(rng.uniform(1.2, 2.6)), theme.head_align)
    if maker.chance(0.15):
        headline = blocks.banner(rng, theme, headline)
    yield Item(headline, after=theme.size * 0.5)
    if maker.chance(0.4):
        by = theme.text(invent.pick(rng, ("By ", "", "Text: ")) + invent.name(rng))
        yield Item(paragraph("text", by, theme.style(0.9, face=int(rng.choice([0, 1, 2])))), after=theme.size * 0.4)
    if maker.chance(0.3):
        text = theme.text(maker.texts.run(rng).paragraph()[:400])
        yield Item(paragraph("text", text, theme.style(1.2, face=int(rng.choice([0, 1])))), after=theme.size * 0.5)
    if maker.chance(0.12):
        yield replace(figure_item(maker), optional=True)


def _columns(maker: Maker, area: Frame) -> list[Frame]:
    """One to four columns, at times of unlike widths, with a rule between them or without."""
    gap = max(area.width * float(maker.rng.uniform(0.02, 0.05)), maker.theme.size)
    count = min(maker.between(1, 4), maker.columns + 1, max(int(area.width / (11 * maker.theme.size)), 1))
    shares = maker.rng.uniform(1.0, 1.0 if maker.chance(0.6) else 1.7, count).tolist()
    return furniture.columns(maker, area, shares, gap, ruled=maker.chance(0.2))
