"""Random synthetic pages with their exact grounded transcripts, and which glyph shows which character."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from train_nano.alphabet import encode
from train_nano.fonts import Atlases, Family, Split, load_families
from train_nano.formulas import Formulas
from train_nano.kinds import KINDS
from train_nano.maker import Maker
from train_nano.sheet import Sheet
from train_nano.texts import LANGUAGES, MARKED, Texts
from train_nano.theme import choose_theme

SizeClass = Literal["small", "strip", "page"]
Content = Literal["words", "lines", "paragraphs", "document"]
PAPERS = {"a4": (595, 842), "letter": (612, 792), "a5": (420, 595), "legal": (612, 1008), "b5": (516, 729)}  # points
SLIDES = ((720, 405), (720, 540))
SCANS = (100, 110, 120, 133, 150, 160, 170)  # dpi
FULL, LEAST = 2.0, 160  # pixels a point at 144 dpi; least side of a page
PAGE_LIMIT = 1024 * 2  # pixels
USUAL = {"words": 14.0, "lines": 12.0}  # size of body type in points, by content
USUAL_OF_KIND = {"slides": 18.0, "newsprint": 8.0, "notices": 8.0, "cells": 8.0}  # of the others 10.5
SQUARE = 0.06  # share of pages of no paper's size: screenshots, photos of a page


@dataclass(frozen=True)
class Sample:
    """One page.

    `pixels` (H, W): grey raster as MuPDF draws at 144 dpi, not degraded. `text`: the grounded transcript.
    `glyph_of_char` (len(text)): index of the glyph that shows a character, -1 for markup, spaces and table tags.
    `glyph_chars`: N characters drawn, also those not in the transcript (added hyphens, bullets); "□" is a formula.
    `glyph_boxes` (N, 4): x0, y0, x1, y1 in pixels: horizontally the advance, vertically from the top of "d" to the
    bottom of "p" of the face (not the ink), so that all glyphs of a line have the same height.
    """

    pixels: NDArray[np.uint8]
    text: str
    glyph_of_char: NDArray[np.int32]
    glyph_chars: str
    glyph_boxes: NDArray[np.float32]
    kind: str = ""


@dataclass(frozen=True)
class Difficulty:
    """What pages may be like.

    size: "small" (both sides at most 768 pixels), "strip" (at most 2048 x 768 or 768 x 2048), "page" (A4 and
    others).
    content: only loose words; one-line blocks; paragraphs and headings; or documents of all kinds.
    points: range of body type sizes in points; 1 point is 2 pixels.
    columns: the most columns of text. kinds: documents to choose from, by name; empty for all of the size class.
    scans: share of pages whose resolution is not 144 dpi (100 to 170). language: of the running text and headings.
    """

    size: SizeClass = "page"
    content: Content = "document"
    points: tuple[float, float] = (7.0, 40.0)
    columns: int = 3
    kinds: tuple[str, ...] = ()
    scans: float = 0.15
    language: str = "en"


@dataclass(frozen=True)
class Assets:
    """Fonts, texts and formulas of one split. Load once in each worker process."""

    families: list[Family]
    texts: dict[str, Texts]  # by language
    formulas: Formulas
    atlases: Atlases = field(default_factory=Atlases)

    @classmethod
    def load(cls, folder: Path, split: Split = "train") -> Assets:
        """Read a folder that prepare.py wrote."""
        there = [name for name in LANGUAGES if (folder / f"{name}.txt.xz").exists()]
        texts = {name: Texts(folder, split, name) for name in ("en", *there)}
        return cls(load_families(folder, split), texts, Formulas(folder / "formulas.npz", split))

    def families_of(self, language: str) -> list[Family]:
        """Those with every letter of a language."""
        letters = encode(MARKED.get(language, ""))
        return [family for family in self.families if family.has[letters].all()]


def make_page(rng: Generator, assets: Assets, difficulty: Difficulty) -> Sample:
    """Draw one random page."""
    kind = _kind(rng, difficulty)
    width, height, unit = _paper(rng, difficulty, kind)
    usual = USUAL.get(difficulty.content) or USUAL_OF_KIND.get(kind, 10.5)
    families, texts = assets.families_of(difficulty.language), assets.texts[difficulty.language]
    theme = choose_theme(rng, families, unit, difficulty.points, usual)
    sheet = Sheet(width, height, theme)
    KINDS[kind].fill(Maker(rng, texts, assets.formulas, families, sheet, theme, difficulty.columns))
    done = sheet.finish(assets.atlases)
    return Sample(done.pixels, done.text, done.glyph_of_char, done.glyph_chars, done.glyph_boxes, kind)


def _kind(rng: Generator, difficulty: Difficulty) -> str:
    if difficulty.content != "document" and not difficulty.kinds:
        return difficulty.content
    names = difficulty.kinds or tuple(k for k, kind in KINDS.items() if difficulty.size in kind.sizes)
    if len(names) == 1:
        return names[0]
    weights = np.array([KINDS[k].weight for k in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def _paper(rng: Generator, difficulty: Difficulty, kind: str) -> tuple[int, int, float]:
    """Width and height in pixels, and pixels a point."""
    unit = FULL if rng.random() > difficulty.scans else float(rng.choice(SCANS)) / 72
    if difficulty.size == "small":
        return int(rng.integers(LEAST, 769)), int(rng.integers(LEAST, 769)), unit
    if difficulty.size == "strip":
        # The longer ones are till receipts and whatever else needs 1 x 3 to 1 x 6 tiles.
        longest = PAGE_LIMIT if rng.random() < 0.3 else 1536
        long, short = int(rng.integers(769, longest + 1)), int(rng.integers(LEAST * 2, 769))
        return (long, short, unit) if rng.random() < 0.5 else (short, long, unit)
    if rng.random() < SQUARE and kind != "slides":
        return int(rng.integers(800, 1501)), int(rng.integers(800, 1501)), unit
    if kind == "slides":
        width, height = SLIDES[int(rng.integers(len(SLIDES)))]
    else:
        names = list(PAPERS)
        width, height = PAPERS[names[int(rng.choice(len(names), p=[0.4, 0.35, 0.12, 0.05, 0.08]))]]
        if rng.random() < 0.06:
            width, height = height, width
    unit = min(unit, PAGE_LIMIT / max(width, height))
    return round(width * unit), round(height * unit), unit


def bench(folder: Path, pages: int = 60) -> None:
    """Print milliseconds a page for each size class and content."""
    assets, rng = Assets.load(folder), np.random.default_rng(1)
    for size in ("small", "strip", "page"):
        for content in ("words", "lines", "paragraphs", "document"):
            difficulty = Difficulty(size=size, content=content)
            start, characters = time.process_time(), 0
            for _ in range(pages):
                characters += len(make_page(rng, assets, difficulty).glyph_chars)
            spent = (time.process_time() - start) / pages
            print(
                f"{size} {content}: {spent * 1000:.1f} ms, {1 / spent:.0f} pages/s, {characters / pages:.0f} characters"
            )


if __name__ == "__main__":
    bench(Path(".train/assets"))
