"""The glyphs of a page, read span by span; of a font as a whole only the em is taken, where the stated one is false."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from pipeline.documents import letters, mupdf
from pipeline.documents.stated.fonts import is_bold, is_mono
from pipeline.text_layer.characters.accents import composed
from pipeline.text_layer.characters.actual_text import hides_words, spread
from pipeline.text_layer.characters.forms import with_forms
from pipeline.text_layer.characters.glyph import Glyph, GlyphLine, LeftOut
from pipeline.text_layer.characters.overprints import without_copies, without_second_layer
from pipeline.text_layer.characters.sight import Sight
from pipeline.text_layer.characters.symbols import readable

# A glyph's box is one to two em high whatever the font. Beyond these bounds the size is not an em: Type 3 fonts with a
# matrix of their own. Both are chosen, not measured; a wrong size makes titles of text, or text of titles.
_LOWEST, _HIGHEST = 0.4, 3.0
# Letters are a fifth of an em (i, l) to one em (Chinese) wide on average; dashes and display faces go a little further.
# Type 3 fonts whose glyphs are drawn in another scale than their matrix has state any size at all. Chosen.
_NARROWEST, _WIDEST = 0.15, 1.8
_FEW = 3  # letters below which their mean says nothing: one i, one dash
# Latin letters are .45 to .5 em wide on average. Only spans whose stated size is impossible are measured by it. An
# error of a tenth does no harm: a heading must be 1.12 times as large as the body.
_EM_PER_ADVANCE = 2.1
# Sine of the slant up to which a glyph's box has its height, a degree: at ten degrees a long word's box is twice as
# high as its type, and a false size would be put in place of a true one.
_STRAIGHT = 0.02


@dataclass(frozen=True)
class PageCharacters:
    """Lines of glyphs as a reader sees them, in the order of the file; what is left out; all text as it was read."""

    lines: tuple[GlyphLine, ...]
    left_out: tuple[LeftOut, ...]
    raw: str


def read_characters(page: mupdf.Page) -> PageCharacters:
    """All text of a page: ActualText at its place, symbols and accents as letters, without copies and hidden text."""
    sight = Sight(page)
    lines = _said(page)
    lines = readable(lines, sight)
    # Before anything is left out: whether a layer can be believed is asked of all that the file has.
    raw = "\n".join("".join(g.text for g in line.glyphs) for line in lines)
    lines, hidden = sight.seen(composed(lines))
    lines = with_forms(page, lines)
    lines, again = without_second_layer(lines)
    lines, copies = without_copies(lines)
    return PageCharacters(tuple(lines), (*hidden, *again, *copies), raw)


def _said(page: mupdf.Page) -> list[GlyphLine]:
    """The text as the file would have it read, or as it is drawn where its replacements would cost words."""
    found = letters.text_lines(page)
    if not mupdf.has_replaced_text(page):
        return spread(raw_lines(found))
    shown = letters.text_lines(page, replaced=False)
    told = letters.believed(page, found, shown)
    drawn = raw_lines(shown)
    if told is shown:
        return spread(drawn)
    lines = raw_lines(told)
    return drawn if hides_words(lines, drawn) else spread(lines, drawn)


def raw_lines(found: Sequence[Mapping[str, Any]]) -> list[GlyphLine]:
    """Glyph lines from MuPDF's dictionaries."""
    lines: list[GlyphLine] = []
    spans = 0
    ems = _ems(found)
    for line in found:
        glyphs: list[Glyph] = []
        for span in letters.numbers_turned(letters.unspaced(line)):
            spans += 1
            glyphs += _glyphs(span, ems.get((span["font"], span["size"]), span["size"]), spans)
        if glyphs:
            lines.append(GlyphLine(tuple(line["dir"]), tuple(glyphs)))
    return lines


def _glyphs(span: Mapping[str, Any], size: float, number: int) -> Iterator[Glyph]:
    bold, mono = is_bold(span), is_mono(span)
    clips = bool(span["char_flags"] & mupdf.CLIPPING)
    drawn = clips or (bool(span["char_flags"] & (mupdf.PAINTED | mupdf.STROKED)) and span["alpha"] > 0)
    for char in span["chars"]:
        yield Glyph(
            char["c"], char["origin"], char["bbox"], size, span["font"], bold, mono, span["color"], drawn, number,
            bool(char.get("synthetic")), clips, bool(char.get("inner")),
        )  # fmt: skip


def _ems(found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, float], float]:
    """The em, in points, of fonts whose stated size cannot be true, by name and that size: from their advances."""
    measured: dict[tuple[str, float], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for line in found:
        dx, dy = map(abs, line["dir"])
        if min(dx, dy) > _STRAIGHT:
            continue  # the boxes of slanting text say nothing of its height
        axis = int(dx < dy)
        for span in line["spans"]:
            advances, heights = measured[span["font"], span["size"]]
            heights.append(span["bbox"][3 - axis] - span["bbox"][1 - axis])
            boxes = (char["bbox"] for char in span["chars"] if not char["c"].isspace())
            advances += [step for box in boxes if (step := box[2 + axis] - box[axis]) > 0]
    return {
        key: max(_EM_PER_ADVANCE * sum(advances) / len(advances), 0.5)
        for key, (advances, heights) in measured.items()
        if advances and not _is_likely(key[1], sum(advances) / len(advances), len(advances), median(heights))
    }


def _is_likely(size: float, advance: float, letters: int, height: float) -> bool:
    """Whether letters of that mean advance and that height can be of a font of this size."""
    narrowest, widest = (0.0, _HIGHEST) if letters < _FEW else (_NARROWEST, _WIDEST)
    return narrowest * size <= advance <= widest * size and _LOWEST * size <= height <= _HIGHEST * size
