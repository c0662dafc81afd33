"""How one page looks: families, sizes, spacing, colours."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from numpy.random import Generator

from train_nano.alphabet import ALPHABET
from train_nano.fonts import Family
from train_nano.measure import TextStyle, fit

SIZES = (6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0, 10.5, 11.0, 11.5, 12.0, 13.0, 14.0, 16.0, 18.0, 20.0, 24.0, 28.0,
         32.0, 36.0, 40.0)  # points; few, so that glyphs are found in the cache  # fmt: skip
LEADINGS = {1.1: 0.08, 1.15: 0.16, 1.2: 0.28, 1.25: 0.18, 1.3: 0.12, 1.4: 0.08, 1.5: 0.06, 1.7: 0.02, 2.0: 0.02}
BULLETS = "•••••–-▪■○◦●✓➢►*◆"
BODY_WEIGHTS = {"serif": 0.52, "sans": 0.36, "condensed": 0.04, "mono": 0.08}


@dataclass(frozen=True)
class Theme:
    """The look of a page; lengths in pixels except where a name says points."""

    unit: float  # pixels per point
    body: Family
    head: Family
    mono: Family
    size: float  # of body text
    spacing: float  # leading over size
    align: str
    indent: float
    gap: float  # between paragraphs
    hyphenate: bool
    ligatures: bool
    kern: bool
    paper: int
    ink: int
    head_face: int  # 1 bold, 2 italic, 0 regular
    head_align: str
    head_caps: bool
    head_underlined: bool
    head_scale: float
    numbered: bool
    bullet: str
    curly: bool
    emphasis: float  # share of words that are bold or italic

    def style(
        self, scale: float = 1.0, face: int = 0, align: str | None = None, family: Family | None = None
    ) -> TextStyle:
        """A text style at `scale` times the body size."""
        size = self.size * scale
        return TextStyle(
            family or self.body, size, size * self.spacing, face, align or "left", kern=self.kern,
            ligatures=self.ligatures and (family or self.body).kind != "mono",
        )  # fmt: skip

    def running(self, indent: bool) -> TextStyle:
        """Body paragraphs."""
        return replace(self.style(align=self.align), indent=self.indent if indent else 0.0, hyphenate=self.hyphenate)

    def voice(self, text: str) -> str:
        """`text` with this page's quotes and dashes."""
        if self.curly:
            text = text.replace("--", "—")
            text = re.sub(r'(^|[\s(\[—])"', r"\1“", text).replace('"', "”")
            text = re.sub(r"(^|[\s(\[—“])'", r"\1‘", text).replace("'", "’")
        return text

    def text(self, text: str, family: Family | None = None) -> str:
        """`text` in this page's voice and with characters that the family has."""
        return fit(self.voice(text), family or self.body)


def choose_family(rng: Generator, families: list[Family], weights: dict[str, float]) -> Family:
    """A family, its kind first."""
    kinds = sorted({f.kind for f in families} & set(weights))
    shares = [weights[k] for k in kinds]
    kind = kinds[int(rng.choice(len(kinds), p=[s / sum(shares) for s in shares]))]
    of_kind = [f for f in families if f.kind == kind]
    return of_kind[int(rng.integers(len(of_kind)))]


def choose_size(rng: Generator, points: tuple[float, float], usual: float) -> float:
    """A type size in points inside the range, near `usual`."""
    allowed = [s for s in SIZES if points[0] <= s <= points[1]] or [points[0]]
    weights = [1 / (1 + ((s - usual) / (0.16 * usual)) ** 2) for s in allowed]
    return allowed[int(rng.choice(len(allowed), p=[w / sum(weights) for w in weights]))]


def choose_theme(
    rng: Generator, families: list[Family], unit: float, points: tuple[float, float], usual: float
) -> Theme:
    """A random look. `usual` is the most likely body size in points."""
    body = choose_family(rng, families, BODY_WEIGHTS)
    other = choose_family(rng, families, {"sans": 0.5, "serif": 0.3, "condensed": 0.2})
    size = choose_size(rng, points, usual) * unit
    indented = rng.random() < 0.45
    bullet = BULLETS[int(rng.integers(len(BULLETS)))]
    return Theme(
        unit=unit,
        body=body,
        head=body if rng.random() < 0.55 else other,
        mono=choose_family(rng, families, {"mono": 1.0}),
        size=size,
        spacing=float(rng.choice(list(LEADINGS), p=list(LEADINGS.values()))),
        align="justify" if rng.random() < (0.6 if body.kind == "serif" else 0.3) else "left",
        indent=size * float(rng.uniform(0.8, 2.2)) if indented else 0.0,
        gap=0.0 if indented and rng.random() < 0.8 else size * float(rng.uniform(0.3, 1.2)),
        hyphenate=bool(rng.random() < 0.5),
        ligatures=bool(rng.random() < 0.5),
        kern=bool(rng.random() < 0.7),
        paper=255 if rng.random() < 0.7 else int(rng.integers(215, 256)),
        ink=0 if rng.random() < 0.6 else int(rng.integers(0, 90)),
        head_face=int(rng.choice([1, 1, 1, 0, 2, 3])),
        head_align="center" if rng.random() < 0.25 else "left",
        head_caps=bool(rng.random() < 0.15),
        head_underlined=bool(rng.random() < 0.06),
        head_scale=float(rng.uniform(1.0, 1.35)),
        numbered=bool(rng.random() < 0.3),
        bullet=bullet if body.has[ALPHABET.index(bullet)] else "-",
        curly=bool(rng.random() < 0.6),
        emphasis=0.0 if rng.random() < 0.5 else float(rng.uniform(0.01, 0.08)),
    )  # fmt: skip
