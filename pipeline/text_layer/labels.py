"""Blocks in reading order → labelled pieces: headings, lists, captions, code, marginal text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.text_layer.blocks import Block
from pipeline.text_layer.context import Context
from pipeline.text_layer.geometry import bounds
from pipeline.text_layer.lines import Line
from pipeline.text_layer.paragraphs import CAPTION, Paragraph, paragraph_of, split_paragraphs
from pipeline.text_layer.writer import Piece, defused

_SECTION = re.compile(
    r"^(?:(?:appendix|chapter|section)\s+)?(?P<number>\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z]|[IVX]{1,5})\.?\s+\S"
)
_NOTE = re.compile(r"^(?:\(?\d{1,3}[).]?|[*†‡§¶]+)\s?\S")
_SENTENCE_END = re.compile(r"[.;,:]$")


@dataclass(frozen=True)
class PageFacts:
    """What labelling needs to know of a page: its size in the reading frame (points), its number, its document."""

    width: float
    height: float
    number: int  # 1-based
    context: Context


def label_block(block: Block, facts: PageFacts) -> Iterator[Piece]:
    """The pieces of a block of body text, in reading order."""
    if all(line.mono for line in block.lines) and len(block.lines) > 1 and not facts.context.mono:
        yield Piece("code", block.box, defused(_code(block.lines)))
        return
    if _is_note(block, facts):
        for note in split_paragraphs(block, facts.context.words):
            yield Piece("footnote", note.box, defused(note.marker + note.text))
        return
    if heading := _heading(block, facts):
        yield heading
        return
    items: list[Paragraph] = []
    for paragraph in split_paragraphs(block, facts.context.words):
        if paragraph.marker:
            items.append(paragraph)
            continue
        if items:
            yield _list(items)
            items = []
        yield _paragraph(paragraph, facts)
    if items:
        yield _list(items)


def _heading(block: Block, facts: PageFacts) -> Piece | None:
    """A short block in larger or bolder type than the body."""
    text = joined(block, facts)
    body, size = facts.context.body_size, block.size
    larger = size > 1.12 * body
    bold = all(line.bold for line in block.lines) and size > 0.95 * body
    short = len(block.lines) <= (4 if size > 1.3 * body else 2) and len(text) <= 200
    if not short or not (larger or bold) or not any(c.isalpha() for c in text) or CAPTION.match(text):
        return None
    if not larger and (_SENTENCE_END.search(text) and not _SECTION.match(text)):
        return None
    label = "title" if _is_title(block, facts) else "sub_title"
    level = 1 if label == "title" else _level(text, size, facts)
    return Piece(label, block.box, "#" * level + " " + text)


def joined(block: Block, facts: PageFacts) -> str:
    """The block as one line of text: the lines of a heading or a running head belong together."""
    paragraph = paragraph_of(block.lines, facts.context.words)
    return defused(paragraph.marker + paragraph.text)


def _is_title(block: Block, facts: PageFacts) -> bool:
    sizes = facts.context.heading_sizes
    largest = bool(sizes) and block.size >= 0.97 * sizes[0]
    return (
        facts.number == 1
        and largest
        and block.size > 1.25 * facts.context.body_size
        and (block.box.y0 < 0.5 * facts.height)
    )


def _level(text: str, size: float, facts: PageFacts) -> int:
    """2..6: by section number where there is one, else by rank of the font size."""
    if (found := _SECTION.match(text)) and found["number"][0].isdigit():
        return min(2 + found["number"].count("."), 6)
    rank = sum(s > 1.05 * size for s in facts.context.heading_sizes)
    return min(2 + min(rank, 1), 6)


def _paragraph(paragraph: Paragraph, facts: PageFacts) -> Piece:
    text = defused(paragraph.text)
    if found := CAPTION.match(paragraph.text):
        return Piece("image_caption" if found["figure"] else "table_caption", paragraph.box, text)
    return Piece("text", paragraph.box, text)


def _list(items: Sequence[Paragraph]) -> Piece:
    """One item per line, nested by four spaces for each further indent."""
    lefts = sorted({round(item.box.x0) for item in items})
    steps = [lefts[0]]
    for left in lefts:
        if left - steps[-1] > 6:
            steps.append(left)
    rows = []
    for item in items:
        depth = sum(item.box.x0 > step + 4 for step in steps)
        rows.append("    " * depth + item.marker + defused(item.text))
    return Piece("list", bounds(item.box for item in items), "\n".join(rows))


def _code(lines: Iterable[Line]) -> str:
    """Lines with the indents that their positions show, in the width of a character."""
    lines = list(lines)
    left = min(line.box.x0 for line in lines)
    advance = max(max(w.box.width / max(len(w.text), 1) for w in line.words) for line in lines) or 1.0
    return "\n".join(" " * round((line.box.x0 - left) / advance) + line.text for line in lines)


def _is_note(block: Block, facts: PageFacts) -> bool:
    """A footnote: small print that starts with a mark, in the lower part of the page."""
    small = block.size <= 0.92 * facts.context.body_size
    return small and block.box.y0 > 0.6 * facts.height and bool(_NOTE.match(block.lines[0].text))
