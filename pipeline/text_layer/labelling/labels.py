"""Blocks in reading order → labelled pieces: headings, lists, captions, code, notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.text_layer.labelling.context import ALONE, Beside, PageFacts
from pipeline.text_layer.labelling.headings import heading_of
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.writer import Piece, defused
from pipeline.text_layer.paragraphs.joining import join_lines
from pipeline.text_layer.paragraphs.meant import is_meant, meant_part
from pipeline.text_layer.paragraphs.paragraphs import CAPTION, Paragraph, split_paragraphs

# Em: code is set 1 to 1.5 em from line to line. Where all of two or three lines are further apart, empty ones are
# between them; longer listings that are, are set wide. Held by tests/pipeline/text_layer/paragraphs/test_openings.py.
_USUAL_PITCH, _EMPTY, _MANY_STEPS = 1.25, 1.9, 3


def label_block(block: Block, facts: PageFacts, beside: Beside = ALONE) -> Iterator[Piece]:
    """The pieces of a block of body text, in reading order."""
    if all(line.mono for line in block.lines) and len(block.lines) > 1 and not facts.context.mono:
        yield Piece("code", block.box, defused(code_of(block.lines)))
        return
    if beside.is_note:
        for note in split_paragraphs(block, facts.context.known):
            lines = join_lines([line.marked for line in note.lines], facts.context.known)  # a star is no bullet here
            yield Piece("footnote", note.box, defused(lines))
        return
    if heading := heading_of(block, facts, beside):
        yield heading
        return
    others = (other for other in (beside.before, beside.after) if isinstance(other, Block))
    paragraphs = split_paragraphs(block, facts.context.known, others)
    if len(paragraphs) < len(block.lines) and is_meant(block, beside.edge, beside.around(block)):
        yield Piece("text", block.box, defused("\n".join(line.marked for line in block.lines)))
        return
    if parts := meant_part(block, beside.edge):
        yield from label_block(parts[0], facts, replace(beside, after=parts[1]))
        yield from label_block(parts[1], facts, replace(beside, before=parts[0]))
        return
    items: list[Paragraph] = []
    for paragraph in paragraphs:
        if paragraph.marker:
            items.append(paragraph)
            continue
        if items:
            yield _list(items)
            items = []
        yield _paragraph(paragraph, facts)
    if items:
        yield _list(items)


def _paragraph(paragraph: Paragraph, facts: PageFacts) -> Piece:
    text = defused(paragraph.text)
    if found := CAPTION.match(paragraph.text):
        return Piece("image_caption" if found["figure"] else "table_caption", paragraph.box, text)
    return Piece("text", paragraph.box, text)


def _list(items: Sequence[Paragraph]) -> Piece:
    """One item per line, nested by four spaces for each further indent."""
    # Six points are less than any editor indents by and more than markers of one level differ in width.
    starts = _starts(items)
    lefts = sorted(set(starts))
    steps = [lefts[0]]
    for left in lefts:
        if left - steps[-1] > 6:
            steps.append(left)
    rows = []
    for item, start in zip(items, starts, strict=True):
        depth = sum(start > step + 4 for step in steps)
        rows.append("    " * depth + item.marker + defused(item.text))
    return Piece("list", bounds(item.box for item in items), "\n".join(rows))


def _starts(items: Sequence[Paragraph]) -> list[int]:
    """Where items begin, in points; those whose texts begin at one place, as behind numbers set flush right, alike."""
    texts = [round(item.lines[0].words[min(1, len(item.lines[0].words) - 1)].box.x0) for item in items]
    return [
        min(round(other.box.x0) for other, at in zip(items, texts, strict=True) if abs(at - text) <= 1)
        for text in texts
    ]


def code_of(lines: Iterable[Line]) -> str:
    """Lines with the indents and the empty lines that their positions show."""
    lines = list(lines)
    left = min(line.box.x0 for line in lines)
    advance = max(max(w.box.width / max(len(w.text), 1) for w in line.words) for line in lines) or 1.0
    pitch = _pitch_of_code(lines)
    rows: list[str] = []
    for above, line in zip([lines[0], *lines], lines, strict=False):
        empty = round((line.box.y1 - above.box.y1) / pitch) - 1
        rows += [""] * max(empty, 0) + [" " * round((line.box.x0 - left) / advance) + line.text]
    return "\n".join(rows)


def _pitch_of_code(lines: Sequence[Line]) -> float:
    """Points from a line to the next without an empty line between them."""
    steps = [b.box.y1 - a.box.y1 for a, b in pairwise(lines) if b.box.y1 - a.box.y1 > 0.5 * a.size]
    pitch, size = min(steps, default=1.0), lines[0].size
    if len(steps) < _MANY_STEPS and pitch > _EMPTY * size:
        pitch /= round(pitch / (_USUAL_PITCH * size))
    return pitch
