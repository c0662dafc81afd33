"""The pieces of a page whose tags are sound: what the tree says, joined with pictures and tables found by sight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.text_layer.characters.maths import is_wordless
from pipeline.text_layer.labelling.context import Beside, PageFacts
from pipeline.text_layer.labelling.headings import LARGER, TITLE, joined
from pipeline.text_layer.labelling.labels import code_of, label_block
from pipeline.text_layer.labelling.margins import part_margins
from pipeline.text_layer.labelling.notes import Notes
from pipeline.text_layer.labelling.running import in_margin
from pipeline.text_layer.lines.blocks import Block, block_of, make_blocks
from pipeline.text_layer.lines.contents import with_page_numbers
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.order import GUTTER, reading_order
from pipeline.text_layer.lines.rows import entry, whole_rows
from pipeline.text_layer.lines.writer import Piece, defused
from pipeline.text_layer.maths.display import formula, numbered
from pipeline.text_layer.paragraphs.joining import join_lines
from pipeline.text_layer.paragraphs.meant import Columns
from pipeline.text_layer.paragraphs.paragraphs import CAPTION
from pipeline.text_layer.pictures.figures import Figure, labels_of
from pipeline.text_layer.pieces import picture_pieces, table_pieces, turned_pieces
from pipeline.text_layer.tables.parts.grid import Table, outside
from pipeline.text_layer.tagged.page import Part, TaggedPage
from pipeline.text_layer.tagged.units import HEADINGS

_NOTES = ("Note", "FENote")
# Share of a table found by sight that what is tagged as another thing may cover before the tags are believed. Chosen.
_COVERED = 0.2


@dataclass(frozen=True)
class Seen:
    """What was found on the page by sight: its tables, its pictures, and the text that runs another way."""

    tables: Sequence[Table]
    figures: Sequence[Figure]
    turned: Sequence[Line]


def tagged_pieces(tagged: TaggedPage, seen: Seen, facts: PageFacts) -> list[Piece]:
    """The labelled parts of a page in the order of its tags: head, body, turned text, foot.

    A table found by sight stands where the tree has only paragraphs, as some programs tag tables.
    """
    tables = [table for table in seen.tables if not _is_told(table, tagged.parts)]
    parts = [_as_drawn(part, tagged.parts, seen) for one in tagged.parts if (part := _without(one, tables))]
    rest = make_blocks(with_page_numbers(outside(tables, whole_rows(tagged.outside))))
    labels: list[list[Block]] = []
    for figure in seen.figures:
        labels.append(labels_of(figure, rest))
        rest = [block for block in rest if block not in labels[-1]]
    texts = [part.content for part in parts if isinstance(part.content, Block)]
    heads, body, feet = part_margins([*texts, *rest], facts)
    inside = set(map(id, body))
    artifacts = [block for block in rest if id(block) in inside and _is_artifact(block, facts)]
    others: list[Block | Piece] = [block for block in rest if id(block) in inside and block not in artifacts]
    others += [piece for table in tables for piece in table_pieces(table, facts.context)]
    others += picture_pieces(seen.figures, labels, [*texts, *others_of(others)])
    kept = [part for part in parts if not isinstance(part.content, Block) or id(part.content) in inside]
    labelled = numbered(list(_labelled(_merged(kept, others, GUTTER * facts.context.body_size), facts)))
    top, foot = _margins(artifacts, facts)
    return [*heads, *top, *labelled, *turned_pieces(outside(tables, seen.turned), facts), *feet, *foot]


def others_of(parts: Sequence[Block | Piece]) -> list[Block]:
    return [part for part in parts if isinstance(part, Block)]


def _is_told(table: Table, parts: Sequence[Part]) -> bool:
    """Whether what looks like a table is tagged as one, or as headings and lists."""
    told = [part for part in parts if part.kind in ("Table", "L", *HEADINGS)]
    return any(table.box.common_area(part.content.box) > _COVERED * part.content.box.area for part in told)


def _without(part: Part, tables: Sequence[Table]) -> Part | None:
    """A part without the words of tables; None where no word is left."""
    if not isinstance(part.content, Block):
        return part
    lines = outside(tables, part.content.lines)
    return replace(part, content=block_of(lines)) if lines else None


def _as_drawn(part: Part, parts: Sequence[Part], seen: Seen) -> Part:
    """A tagged table as wide and high as the rules around it: its text says less, since cells may be empty."""
    if not isinstance(part.content, Table):
        return part
    for box in (table.box for table in seen.tables if table.box.common_area(part.content.box) > 0):
        if sum(isinstance(one.content, Table) and one.content.box.common_area(box) > 0 for one in parts) == 1:
            return replace(part, content=replace(part.content, box=bounds([part.content.box, box])))
    return part


def _is_artifact(block: Block, facts: PageFacts) -> bool:
    """Whether text in no element stands at a page's edge: what is printed there is no part of the document's text."""
    return all(in_margin(line, facts.height) for line in block.lines)


def _margins(blocks: Sequence[Block], facts: PageFacts) -> tuple[list[Piece], list[Piece]]:
    pieces = [
        Piece("header" if block.box.y1 < facts.height / 2 else "footer", block.box, joined(block, facts))
        for block in blocks
    ]
    return [p for p in pieces if p.label == "header"], [p for p in pieces if p.label == "footer"]


def _merged(parts: Sequence[Part], others: Sequence[Block | Piece], gutter: float) -> list[Part | Block | Piece]:
    """The parts in their order, and each other thing behind what it follows by sight."""
    every: list[Part | Block | Piece] = [*parts, *others]
    order = reading_order([_box(one) for one in every], gutter)
    merged = list(range(len(parts)))
    before = -1
    for at in order:
        if at >= len(parts):
            merged.insert(merged.index(before) + 1 if before >= 0 else 0, at)
        before = at
    return [every[at] for at in merged]


def _box(one: Part | Block | Piece) -> Rect:
    return one.content.box if isinstance(one, Part) else one.box


def _labelled(parts: Sequence[Part | Block | Piece], facts: PageFacts) -> Iterator[Piece]:
    has_heads = any(isinstance(part, Part) and part.kind in HEADINGS for part in parts)
    bare = [_bare(part) for part in parts]
    texts = [content for content in bare if isinstance(content, Block)]
    special = _special(bare)
    columns, footnotes = Columns((block.box for block in texts), special), Notes(texts, facts, (), special)
    title = _title(parts, facts)
    for i, part in enumerate(parts):
        content = bare[i]
        if isinstance(content, Table):
            yield from table_pieces(content, facts.context)
        elif isinstance(content, Piece):
            yield content
        else:
            after = bare[i + 1] if i + 1 < len(bare) else None
            before = _block_or_piece(bare[i - 1]) if i else None
            edge, is_alone = columns.edge(content.box), columns.is_alone(content.box)
            beside = Beside(before, _block_or_piece(after), edge, footnotes.hold(content), is_alone)
            kind, owner = (part.kind, part.owner) if isinstance(part, Part) else ("", "")
            told = _told(content, kind, owner, facts, part is title)
            yield from [told] if told else _by_sight(content, facts, beside, has_heads and kind == "P")


def _special(contents: Sequence[Block | Table | Piece]) -> list[Rect]:
    """The boxes of tables and pictures."""
    others = (one for one in contents if not isinstance(one, Block))
    return [one.box for one in others if isinstance(one, Table) or one.label in ("table", "image")]


def _bare(part: Part | Block | Piece) -> Block | Table | Piece:
    return part.content if isinstance(part, Part) else part


def _block_or_piece(content: Block | Table | Piece | None) -> Block | Piece | None:
    return Piece("table", content.box) if isinstance(content, Table) else content


def _title(parts: Sequence[Part | Block | Piece], facts: PageFacts) -> Part | None:
    """The document's title: the first heading of its first page, if it is of the first level, and the only one of it
    or in type clearly larger than the text.

    Nothing may be larger: many a file has its title as a paragraph, and its sections as headings of the first level.
    """
    heads = [part for part in parts if isinstance(part, Part) and part.kind in HEADINGS]
    if facts.number != 1 or not heads or HEADINGS[heads[0].kind] > 1:
        return None
    first = heads[0].content
    sizes = [block.size for part in parts if isinstance(block := _bare(part), Block) and block is not first]
    is_only = sum(HEADINGS[part.kind] == 1 for part in heads) == 1
    if not isinstance(first, Block) or LARGER * first.size < max(sizes, default=0.0):
        return None
    return heads[0] if is_only or first.size > TITLE * facts.context.body_size else None


def _told(block: Block, kind: str, owner: str, facts: PageFacts, is_title: bool) -> Piece | None:
    """A block as what its element says it is; None for a paragraph."""
    if kind in HEADINGS:
        # One hash is the title's alone, so that headings of the first level stay above those of the second.
        level = 1 if is_title else min(HEADINGS[kind] + 1, 6)
        return Piece("title" if is_title else "sub_title", block.box, "#" * level + " " + joined(block, facts))
    if kind in _NOTES or (kind == "P" and _flows(block)):
        text = join_lines([line.marked for line in block.lines], facts.context.known)
        return Piece("footnote" if kind in _NOTES else "text", block.box, defused(text))
    if kind == "Formula" and is_wordless(" ".join(line.text for line in block.lines)):
        return formula(block.lines, (), block.box)
    if kind == "Code":
        return Piece("code", block.box, defused(code_of(block.lines)))
    if kind == "Caption":
        return Piece(_caption(block, owner), block.box, joined(block, facts))
    if kind == "TOCI" and block.lines[-1].words[-1].text.isdigit():
        return Piece("text", block.box, defused(entry(block.lines).text))
    return None


def _flows(block: Block) -> bool:
    """Whether a text goes on at the top of another column, so that its width says nothing of where its lines end."""
    return any(after.box.y1 < before.box.y0 for before, after in pairwise(block.lines))


def _caption(block: Block, owner: str) -> str:
    found = CAPTION.match(block.lines[0].text)
    is_table = found["table"] if found else owner == "Table"
    return "table_caption" if is_table else "image_caption"


def _by_sight(block: Block, facts: PageFacts, beside: Beside, is_text: bool) -> Iterator[Piece]:
    """A block as it looks; where the tree has headings, a paragraph of the text's size `is_text` however bold."""
    for piece in label_block(block, facts, beside):
        if is_text and piece.label == "sub_title" and block.size <= LARGER * facts.context.body_size:
            yield replace(piece, label="text", content=piece.content.lstrip("#").lstrip())
        else:
            yield piece
