"""Invented code listings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from numpy.random import Generator

from train_nano import invent
from train_nano.alphabet import encode
from train_nano.blocks import boxed, lines
from train_nano.fonts import Family
from train_nano.layout import Setter
from train_nano.theme import Theme


def keep(text: str, theme: Theme, family: Family) -> str:
    """`text` without the characters that the family lacks; spaces stay."""
    codes = encode(text)
    return "".join(c for c, ok in zip(text, (codes >= 0) & family.has[codes], strict=True) if ok)


def program(rng: Generator, theme: Theme, count: int) -> Setter:
    """A code listing of invented lines."""
    style = replace(theme.style(float(rng.uniform(0.8, 1.0)), family=theme.mono), kern=False)
    depth, texts = 0, []
    for _ in range(count):
        line = _statement(rng)
        texts.append(keep("    " * depth + line, theme, theme.mono))
        depth = min(depth + 1, 3) if line[-1] in ":{" else max(depth - int(rng.random() < 0.3), 0)
    return boxed(rng, theme, lines("code", texts, style)) if rng.random() < 0.3 else lines("code", texts, style)


def _statement(rng: Generator) -> str:
    def word() -> str:
        stem = invent.pick(rng, invent.ITEMS + invent.NOUNS).lower()
        return stem if rng.random() < 0.5 else f"{stem}_{invent.pick(rng, invent.TRADES).lower()}"

    def value() -> str:
        return (f'"{word()}"', f"{word()}({word()})", invent.digits(rng, 3), f"{word()}[0]", "None")[
            int(rng.integers(5))
        ]

    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{word()} = {value()}", lambda: f"def {word()}({word()}, {word()}={value()}):",
        lambda: f"if {word()} == {value()}:", lambda: f"return {word()}", lambda: f"for {word()} in {word()}:",
        lambda: f"# {word()} {word()} {word()}", lambda: f"import {word()}", lambda: f"print({value()}, {word()})",
        lambda: f"$ {word()} --{word()} {invent.digits(rng, 2)}", lambda: f"{word()}.{word()}({value()}, {value()});",
        lambda: f"while ({word()} < {value()}) {{", lambda: f"class {word().title()}({word().title()}):",
        lambda: f">>> {word()} + {value()}", lambda: f"assert {word()} != {value()}, {word()}",
    )  # fmt: skip
    return forms[int(rng.integers(len(forms)))]()
