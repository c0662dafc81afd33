"""Captions that a page sets in two parts: the name, "Table 1", and the title before or behind it, right at a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.text_layer.labelling.context import PageFacts
from pipeline.text_layer.labelling.headings import joined
from pipeline.text_layer.lines.blocks import Block, block_of
from pipeline.text_layer.lines.geometry import bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.writer import Piece
from pipeline.text_layer.paragraphs.paragraphs import CAPTION

Part = Block | Piece

# Lines of a title; more, and it is a paragraph. Chosen.
_TITLE_LINES = 3
# Em between a caption and what it names, and between its two parts. Further off, each is by itself. Chosen.
_APART, _WITHIN = 2.5, 1.0
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]\.?$")
_SENTENCE = re.compile(r"[.:;,]$")


def with_captions(parts: Sequence[Part], facts: PageFacts) -> list[Part]:
    """The parts in their order, where the two parts of a caption at a table or a picture are one piece."""
    out = list(parts)
    for owner in [part for part in parts if isinstance(part, Piece) and part.label in ("table", "image")]:
        at = next(i for i, part in enumerate(out) if part is owner)
        for first, last in _runs(out, at):
            found = out[first:last]
            if all(map(_is_free, found)) and _names(found, owner, first < at):
                lines = [line for block in found if isinstance(block, Block) for line in block.lines]
                out[first:last] = [_caption(lines, owner.label, facts)]
                break
        else:
            out = list(_with_name_apart(out, owner))
    return out


def _with_name_apart(parts: Sequence[Part], owner: Piece) -> Iterator[Part]:
    """The parts, where a name alone that stands right under a text and over its owner leaves that text."""
    for part, after in zip(parts, [*parts[1:], None], strict=True):
        name = part.lines[-1] if isinstance(part, Block) and len(part.lines) > 1 else None
        if after is owner and isinstance(part, Block) and name and _is_name(name.text, owner.label):
            yield from (block_of(list(part.lines[:-1])), block_of([name]))
        else:
            yield part


def _caption(lines: Sequence[Line], kind: str, facts: PageFacts) -> Piece:
    """The name and the title on a line each, as they are printed."""
    cut = 1 if _is_name(lines[0].text, kind) else len(lines) - 1
    texts = [joined(block_of(list(part)), facts) for part in (lines[:cut], lines[cut:]) if part]
    return Piece(f"{kind}_caption", bounds(line.box for line in lines), "\n".join(texts))


def _runs(parts: Sequence[Part], at: int) -> Iterator[tuple[int, int]]:
    """Where a caption may stand beside its owner: two blocks or one, right above it or right below."""
    for count in (2, 1):
        if at >= count:
            yield at - count, at
        if at + count < len(parts):
            yield at + 1, at + 1 + count


def _is_free(part: Part) -> bool:
    return isinstance(part, Block) and len(part.lines) <= _TITLE_LINES


def _names(found: Sequence[Part], owner: Piece, is_above: bool) -> bool:
    """Whether blocks are a caption in two parts: a name and a title, in either order, close to each other."""
    blocks = [block for block in found if isinstance(block, Block)]
    lines = [line for block in blocks for line in block.lines]
    size, box = blocks[0].size, bounds(block.box for block in blocks)
    gap = owner.box.y0 - box.y1 if is_above else box.y0 - owner.box.y1
    if not -size < gap < _APART * size or box.overlap_x(owner.box) <= 0 or not 2 <= len(lines) <= 1 + _TITLE_LINES:
        return len(lines) == 1 and _is_bracketed(lines[0].text, owner.label) and -size < gap < _APART * size
    if len(blocks) == 2 and not _are_close(*blocks):
        return False
    if _is_name(lines[0].text, owner.label):
        return not any(CAPTION.match(line.text) for line in lines[1:])
    # What stands before its name could be the end of the text above it.
    is_title = not _SENTENCE.search(lines[-2].text) and not lines[0].text[:1].islower()
    return _is_name(lines[-1].text, owner.label) and is_title


def _are_close(a: Block, b: Block) -> bool:
    """Whether two blocks stand right under each other, or beside each other on one row."""
    beside = len(a.lines) == len(b.lines) == 1 and a.box.is_level_with(b.box)
    return beside or -a.size < b.box.y0 - a.box.y1 < _WITHIN * a.size


def _is_name(text: str, kind: str) -> bool:
    """Whether a line is the name alone of a table, or of a picture."""
    found = CAPTION.match(text)
    return found is not None and found.end() == len(text) and bool(found["table"]) == (kind == "table")


def _is_bracketed(text: str, kind: str) -> bool:
    found = _IN_BRACKETS.search(text)
    return found is not None and found.start() > 0 and _is_name(found[1], kind)
