"""How a drawn table looks. The development half and the held-out half draw from different ranges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

import pymupdf

from drawn_tables.vocabulary import DEVELOPMENT, HELD_OUT, Language

GRID, COLUMNS, LINES, BOOKTABS, BARE, SHADED, FRAMED, TOP_ONLY, APART, GROUNDS, STUB, UNDER = (
    "grid", "columns", "lines", "booktabs", "bare", "shaded", "framed", "top", "apart", "grounds", "stub", "under",
)  # fmt: skip
RULED = (GRID, COLUMNS, LINES, BOOKTABS, SHADED, FRAMED)
ALL = (*RULED, BARE, TOP_ONLY)


@dataclass(frozen=True)
class Style:
    """Sizes in points, `gap` (between columns), `pad` (above and below a row's text) and `leading` in em."""

    language: Language
    faces: tuple[str, str]
    size: float
    leading: float
    pad: float
    gap: float
    rules: str
    weight: float
    middle: bool
    bold_head: bool
    shaded_head: bool
    cut_rules: bool
    filled_rules: bool
    by_word: bool
    head_rule: bool
    widen: float
    box: str
    dark: bool = False  # heads in white on a dark ground


def style(rng: Random, rules: str, held: bool) -> Style:
    """A style with these rules, from one half's ranges."""
    tight = rng.random() < 0.4
    return Style(
        language=rng.choice(HELD_OUT if held else DEVELOPMENT),
        faces=rng.choice(
            [("helv", "hebo"), ("tiro", "tibo"), ("cour", "cobo")][: 3 if held and rng.random() < 0.3 else 2]
        ),
        size=rng.uniform(6.5, 12) if held else rng.choice([8.0, 9.0, 10.0]),
        leading=rng.uniform(1.05, 1.35) if held else rng.choice([1.15, 1.2, 1.25]),
        pad=rng.uniform(0, 0.12) if tight else rng.uniform(0.15, 0.7) if held else rng.uniform(0.2, 0.5),
        gap=rng.uniform(0.9, 4.0) if held else rng.choice([1.0, 1.5, 2.0, 3.0]),
        rules=rules,
        weight=rng.uniform(0.2, 1.4) if held else 0.5,
        middle=rng.random() < 0.3,
        bold_head=rng.random() < 0.5,
        shaded_head=rng.random() < 0.2 and rules not in (BARE,),
        cut_rules=rng.random() < 0.3,
        filled_rules=rng.random() < 0.3,
        by_word=rng.random() < 0.3,
        head_rule=rng.random() < 0.7,
        widen=rng.choice([0.0, 0.0, 0.5, 1.0]),
        box=rng.choice(["filled", "framed", "round"]),
    )


@cache
def font(name: str) -> pymupdf.Font:
    return pymupdf.Font(name)


def advance(used: pymupdf.Font, text: str, size: float) -> float:
    """`used.text_length(text, size)`; each sign is asked for once, as all pages together have few."""
    return sum(_wide(used, sign) for sign in text) * size


@cache
def _wide(used: pymupdf.Font, sign: str) -> float:
    return float(used.text_length(sign, 1))


@cache
def _has(used: pymupdf.Font, sign: str) -> bool:
    return bool(used.has_glyph(ord(sign)))


def face(style: Style, bold: bool, text: str = "") -> pymupdf.Font:
    """The style's face; that of Chinese for signs which it has not."""
    own = font("cjk" if not style.language.spaced else style.faces[bold])
    return own if all(_has(own, sign) for sign in text) else font("cjk")
