"""Pages with little structure: loose words, loose lines, paragraphs."""

from __future__ import annotations

from dataclasses import replace

from train_nano import invent
from train_nano.layout import paragraph
from train_nano.maker import Maker
from train_nano.measure import width_of
from train_nano.sheet import Frame
from train_nano.story import Recipe, story
from train_nano.theme import BODY_WEIGHTS, choose_family, choose_size


def words(maker: Maker) -> None:
    """One to eight loose words or short strings, each a block of its own."""
    area, rng = maker.margins(), maker.rng
    y, many = area.y, maker.between(1, 8)
    for _ in range(many):
        text = maker.texts.words(rng, 1, 3) if maker.chance(0.6) else invent.anything(rng)
        y = _loose_line(maker, text, area, y) + maker.theme.size * rng.uniform(0.2, 2.5)


def lines(maker: Maker) -> None:
    """Lines in changing faces and sizes, each a block of its own."""
    area, rng = maker.margins(), maker.rng
    y, many = area.y, maker.between(1, 14)
    for _ in range(many):
        text = maker.texts.words(rng, 2, 14) if maker.chance(0.7) else invent.salad(rng, maker.between(1, 7))
        y = _loose_line(maker, text, area, y) + maker.theme.size * rng.uniform(0.2, 1.6)


def _loose_line(maker: Maker, text: str, area: Frame, y: float) -> float:
    rng, theme = maker.rng, maker.theme
    if maker.chance(0.6):
        points = choose_size(rng, (7.0, 40.0), theme.size / theme.unit)
        family = choose_family(rng, maker.families, BODY_WEIGHTS)
        theme = replace(theme, body=family, size=points * theme.unit)
    text = theme.text(text)
    style = theme.style(face=int(rng.choice([0, 0, 0, 1, 2, 3])))
    while text and width_of(text, style) > area.width:
        text = text[: max(len(text) // 2, 1)].rstrip() if len(text) > 1 else ""
    room = area.y + area.height - y
    if not text or style.leading > room:
        return y
    slack = area.width - width_of(text, style)
    x = area.x + (slack * rng.random() if maker.chance(0.5) else 0.0)
    return maker.sheet.set(
        paragraph("text", text, style), x, y, area.x + area.width - x + style.size, style.leading * 1.5
    )


def paragraphs(maker: Maker) -> None:
    """Running text with a few headings and lists, one column, filled to a random depth."""
    area = maker.margins()
    filled = 1.0 if maker.chance(0.6) else maker.rng.uniform(0.15, 0.9)
    maker.sheet.flow([replace(area, height=area.height * filled)], story(maker, Recipe()))
