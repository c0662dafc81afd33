"""Tables of words: cells of several lines, lists within cells, mostly without rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from numpy.random import Generator

from train_nano import blocks, furniture, invent, tabular
from train_nano.maker import Maker
from train_nano.newsprint import small_print
from train_nano.sheet import Item
from train_nano.tables import BREAK, Table, from_rows
from train_nano.texts import Texts

RULES = {"none": 0.5, "rows": 0.2, "booktabs": 0.15, "grid": 0.15}


def cells(maker: Maker) -> None:
    """Tables of words from margin to margin until the page is full, at times with a paragraph between them."""
    own = replace(maker, theme=small_print(maker))
    own.sheet.flow([own.margins()], _items(own))
    if own.chance(0.4):
        furniture.footer(own, own.margins())


def _items(maker: Maker) -> Iterator[Item]:
    rng, theme = maker.rng, maker.theme
    if maker.chance(0.5):
        yield Item(blocks.heading(theme, maker.texts.heading(rng), 2, 1.2), after=theme.size * 0.6)
    while True:
        style = replace(theme.style(), leading=theme.size * theme.spacing)
        rules = str(rng.choice(list(RULES), p=list(RULES.values())))
        pad = theme.size * float(rng.uniform(0.1, 0.5))
        look = replace(tabular.choose_look(rng, theme), rules=rules, full=True, middle=False, pad_y=pad)
        table = wordy(rng, maker.texts, maker.between(2, 5), maker.between(5, 45))
        yield Item(tabular.table_setter(theme, table, look, style), after=theme.size)
        if maker.chance(0.5):
            yield Item(blocks.body(rng, theme, maker.texts.run(rng).paragraph(), True), after=theme.size)


def wordy(rng: Generator, texts: Texts, columns: int, rows: int) -> Table:
    """A table of phrases, sentences, lists and a few short facts; each column holds one kind."""
    makers = [_MAKERS[int(rng.choice(len(_MAKERS), p=_SHARES))] for _ in range(columns)]
    makers[0] = _phrase if rng.random() < 0.7 else makers[0]
    empty = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.02, 0.2))
    body = [[("" if i and rng.random() < empty else make(rng, texts), 1, 1) for i, make in enumerate(makers)]
            for _ in range(rows)]  # fmt: skip
    headed = rng.random() < 0.75
    head = [[(texts.words(rng, 1, 3), 1, 1) for _ in makers]] if headed else []
    return from_rows(head + body, len(head), bool(rng.random() < 0.7), columns)


def _phrase(rng: Generator, texts: Texts) -> str:
    return texts.words(rng, 1, 6)


def _sentence(rng: Generator, texts: Texts) -> str:
    return texts.words(rng, 6, 45)


def _fact(rng: Generator, texts: Texts) -> str:
    return invent.anything(rng)


def _list(rng: Generator, texts: Texts) -> str:
    """Points under one another; the transcript has them in one line, as a cell has only one."""
    mark = invent.pick(rng, ("• ", "- ", "– ", "", ""))
    items = [
        invent.anything(rng) if rng.random() < 0.2 else texts.words(rng, 1, 9) for _ in range(int(rng.integers(2, 6)))
    ]
    return BREAK.join(mark + item for item in items)


_MAKERS = (_phrase, _sentence, _list, _fact)
_SHARES = (0.25, 0.35, 0.25, 0.15)
