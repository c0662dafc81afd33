"""Whole pages of small running prose in narrow columns, filled to the margins: newspapers, reports, proceedings,
directories. Nothing stands between the columns and paragraphs to hold on to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from train_nano import blocks, furniture, invent
from train_nano.cast import Cast
from train_nano.layout import paragraph
from train_nano.maker import Maker
from train_nano.sheet import Frame, Item
from train_nano.texts import Run
from train_nano.theme import Theme

NARROWEST = 9  # a column's width in body sizes, about 20 characters
SENTENCE_END = re.compile(r"(?<=[.!?][\"”’']) (?=[A-Z\"“])|(?<=[a-z\d)][.!?]) (?=[A-Z\"“])")


def newsprint(maker: Maker) -> None:
    """Two to four columns of prose, one story or several; at times a header, a page number, notes below a column."""
    own = replace(maker, theme=small_print(maker))
    area = _area(own)
    frames = narrow_columns(own, area, own.between(2, 4))
    closers: dict[int, Callable[[], None]] = {}
    for i in range(len(frames)):
        if own.chance(0.08):
            frames[i], closers[i] = furniture.reserve_notes(own, frames[i])
    own.sheet.flow(frames, prose(own), closers)
    if own.chance(0.5):
        furniture.footer(own, area)


def notices(maker: Maker) -> None:
    """Columns of short entries: directories, small advertisements, calendars of events, indexes."""
    own = replace(maker, theme=small_print(maker))
    area = _area(own)
    own.sheet.flow(narrow_columns(own, area, own.between(2, 5)), entries(own))
    if own.chance(0.5):
        furniture.footer(own, area)


def small_print(maker: Maker) -> Theme:
    """The page's theme as small print has it: tight lines, mostly justified, often with typewriter quotes."""
    rng, theme = maker.rng, maker.theme
    indented = maker.chance(0.65)
    return replace(
        theme,
        spacing=float(rng.uniform(1.02, 1.28)),
        align="justify" if maker.chance(0.6) else "left",
        hyphenate=maker.chance(0.6),
        indent=theme.size * float(rng.uniform(0.8, 1.8)) if indented else 0.0,
        gap=0.0 if indented or maker.chance(0.3) else theme.size * float(rng.uniform(0.2, 0.9)),
        curly=maker.chance(0.45),
        emphasis=0.0 if maker.chance(0.7) else theme.emphasis,
    )


def _area(maker: Maker) -> Frame:
    """The text area under an optional header, with narrow margins."""
    width, height = maker.sheet.width, maker.sheet.height
    side, top = width * float(maker.rng.uniform(0.02, 0.09)), height * float(maker.rng.uniform(0.02, 0.08))
    area = Frame(side, top, width - 2 * side, height - 2 * top)
    return furniture.header(maker, area) if maker.chance(0.45) else area


def narrow_columns(maker: Maker, area: Frame, wanted: int) -> list[Frame]:
    """So many columns side by side, fewer where they would be too narrow; a rule between them, or a mere gutter."""
    size, rng = maker.theme.size, maker.rng
    gap = size * float(rng.uniform(0.9, 2.4))
    count = max(min(wanted, int((area.width + gap) / (NARROWEST * size + gap))), 1)
    shares = rng.uniform(1.0, 1.0 if maker.chance(0.8) else 1.5, count).tolist()
    return furniture.columns(maker, area, shares, gap, ruled=maker.chance(0.35))


def prose(maker: Maker) -> Iterator[Item]:
    """Endless paragraphs of one story after the other, with the page's own names."""
    rng = maker.rng
    cast = Cast(rng, float(rng.uniform(0.0, 0.9)), 0.0 if maker.chance(0.6) else float(rng.uniform(0.01, 0.06)))
    short, run_in = maker.chance(0.5), maker.chance(0.15)
    stories = maker.chance(0.35)
    while True:
        run = maker.texts.run(rng, disordered=maker.chance(0.3))
        if stories and maker.chance(0.5):
            yield _small_head(maker)
        for number in range(maker.between(6, 40) if stories else 10_000):
            text = cast.rename(_paragraph(run, short))
            yield _body(maker, text, first=number == 0, run_in=run_in and maker.chance(0.4))


def _paragraph(run: Run, short: bool) -> str:
    """The next paragraph, of one to three sentences where it should be `short`."""
    text = run.paragraph()
    if not short or len(text) < 300:
        return text
    sentences = SENTENCE_END.split(text)
    return " ".join(sentences[:3])


def _body(maker: Maker, text: str, first: bool, run_in: bool) -> Item:
    """A paragraph; `run_in`: its first words are bold or in italics, as a heading in the line is."""
    theme = maker.theme
    text = theme.text(text)
    faces = blocks.emphasis(maker.rng, text, theme.emphasis)
    if run_in:
        end = text.find(" ", maker.between(4, 24)) + 1 or len(text)
        faces = np.zeros(len(text), np.int8) if faces is None else faces
        faces[:end] = 1 if maker.chance(0.6) else 2
    return Item(paragraph("text", text, theme.running(indent=not first), faces), after=theme.gap)


def _small_head(maker: Maker) -> Item:
    """A heading hardly larger than the text below it."""
    theme = maker.theme
    scale = float(maker.rng.choice([1.0, 1.0, 1.15, 1.4]))
    head = blocks.heading(theme, maker.texts.heading(maker.rng), 2, scale)
    return Item(head, before=theme.size * 0.6, after=theme.size * 0.3, need=theme.size * (scale + 3))


def entries(maker: Maker) -> Iterator[Item]:
    """Endless entries of a line to some lines, each a block, at times under small heads."""
    rng, theme = maker.rng, maker.theme
    form = int(rng.integers(4))
    hang = theme.size * float(rng.choice([0.0, 0.0, 1.0, 1.6]))
    bold, headed = maker.chance(0.4), maker.chance(0.3)
    style = replace(theme.style(align=theme.align), indent=-hang, hyphenate=theme.hyphenate)
    gap = theme.gap or theme.size * float(rng.uniform(0.0, 0.5))
    while True:
        if headed and maker.chance(0.06):
            yield _small_head(maker)
        text = theme.text(_entry(maker, form))
        faces = np.zeros(len(text), np.int8)
        if bold:
            faces[: text.find(" ", 3) + 1 or len(text)] = 1
        yield Item(paragraph("text", text, style, faces), after=gap)


def _entry(maker: Maker, form: int) -> str:
    """One entry of a directory, an index, a calendar or a page of advertisements."""
    rng = maker.rng
    if form == 0:
        return f"{invent.name(rng)}, {', '.join(invent.address(rng))}, {invent.phone(rng)}"
    if form == 1:
        pages = ", ".join(str(maker.between(1, 480)) for _ in range(maker.between(1, 6)))
        return f"{maker.texts.words(rng, 1, 4)}, {pages}"
    if form == 2:
        return f"{invent.date(rng)}, {invent.time(rng)}. {maker.texts.words(rng, 4, 30)}. {invent.company(rng)}."
    goods = f"{invent.item(rng)} {maker.texts.words(rng, 6, 40)}"
    return f"{goods}. {invent.pick(rng, (invent.money, invent.phone, invent.email))(rng)}"
