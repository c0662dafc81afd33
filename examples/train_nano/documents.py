"""The kinds of pages and how each is filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from numpy.random import Generator

from train_nano import blocks, invent
from train_nano.fonts import Family
from train_nano.formulas import Formulas
from train_nano.layout import paragraph, width_of
from train_nano.sheet import Frame, Item, Sheet
from train_nano.texts import Texts
from train_nano.theme import BODY_WEIGHTS, Theme, choose_family, choose_size


@dataclass(frozen=True)
class Maker:
    """What a document kind works with."""

    rng: Generator
    texts: Texts
    formulas: Formulas
    families: list[Family]
    sheet: Sheet
    theme: Theme
    columns: int

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def margins(self) -> Frame:
        """The text area of the page."""
        width, height = self.sheet.width, self.sheet.height
        share = self.rng.uniform(0.03, 0.14)
        side, top = max(width * share, 6.0), max(height * self.rng.uniform(0.03, 0.12), 6.0)
        return Frame(side, top, width - 2 * side, height - 2 * top)


@dataclass(frozen=True)
class Kind:
    """A document kind: its share among documents and the size classes where it is at home."""

    fill: Callable[[Maker], None]
    weight: float = 0.0
    sizes: tuple[str, ...] = ("small", "strip", "page")


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
    maker.sheet.flow([replace(area, height=area.height * filled)], story(maker, headings=0.12, lists=0.08))


def story(maker: Maker, headings: float, lists: float, title: bool = False) -> Iterator[Item]:
    """An endless document: paragraphs with headings and lists between them."""
    rng, theme = maker.rng, maker.theme
    run, first, section = maker.texts.run(rng), True, [maker.between(0, 6), 0]
    if title:
        yield heading_item(maker, maker.texts.heading(rng), 1, theme.head_scale * float(rng.uniform(1.2, 2.2)))
    while True:
        draw = rng.random()
        if draw < headings:
            level = 2 if maker.chance(0.7) else 3
            yield heading_item(maker, _numbered(maker, maker.texts.heading(rng), level, section), level)
            first = True
        elif draw < headings + lists:
            yield list_item(maker)
        else:
            text = run.paragraph() if maker.chance(0.95) else invent.salad(rng, maker.between(4, 30))
            yield Item(blocks.body(rng, theme, text, first), after=theme.gap)
            first = False


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


def article(maker: Maker) -> None:
    """One column with a title or not."""
    area = maker.margins()
    filled = 1.0 if maker.chance(0.7) else maker.rng.uniform(0.2, 0.9)
    items = story(maker, headings=0.15, lists=0.1, title=maker.chance(0.5))
    maker.sheet.flow([replace(area, height=area.height * filled)], items)


KINDS = {
    "words": Kind(words),
    "lines": Kind(lines),
    "paragraphs": Kind(paragraphs),
    "article": Kind(article, 1.0),
}
