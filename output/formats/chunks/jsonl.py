"""chunks.jsonl: one JSON object per chunk, as a retriever takes it. `chunks.schema.json` is the schema of a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from output.document.flow import Piece
from output.document.joining.assemble import Assembly
from output.formats.chunks.elements import elements
from output.formats.chunks.packing import Filled, joined, pack
from output.formats.json_format import in_points
from output.grounding.blocks import PageBlocks
from output.grounding.roles import Role
from output.options import ChunkOptions


@dataclass(frozen=True)
class Chunk:
    """What a retriever finds: Markdown of about `tokens` tokens, and where in the document it stands.

    `headings`: from the title down to the nearest above its first text. `kind`: the role of all its blocks but
    headings, "mixed" where they differ. `overlap`: characters at the beginning that end the chunk before, too. `pages`
    are 1-based; `blocks` have boxes, all of a block even where the chunk holds only a part of its text. `confidence`:
    the lowest of its blocks, 0..1; None where no model read them. `crops`: picture files beside chunks.jsonl.
    """

    order: int
    text: str
    headings: tuple[str, ...]
    kind: str
    tokens: int
    overlap: int
    pages: tuple[int, ...]
    blocks: tuple[dict[str, object], ...]
    confidence: float | None
    crops: tuple[str, ...]


def chunks(
    assembly: Assembly, options: ChunkOptions | None = None, pictures: Mapping[str, str] | None = None
) -> Iterator[Chunk]:
    """The whole document in order. `pictures`: the file, by the name of the crop; two crops may share one."""
    for order, filled in enumerate(pack(elements(assembly), options or ChunkOptions()), 1):
        yield _chunk(order, filled, pictures or {})


def document_chunks(
    assembly: Assembly, options: ChunkOptions | None = None, pictures: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The lines of chunks.jsonl, each with its line end."""
    name = assembly.document.name
    for chunk in chunks(assembly, options, pictures):
        head: dict[str, object] = {"id": f"{name}#{chunk.order}", "document": name}
        yield json.dumps(head | vars(chunk), ensure_ascii=False) + "\n"


def schema() -> str:
    """The JSON Schema (draft 2020-12) of a line."""
    return files("output.formats.chunks").joinpath("chunks.schema.json").read_text(encoding="utf-8")


def _chunk(order: int, filled: Filled, pictures: Mapping[str, str]) -> Chunk:
    segments = filled.segments
    within = [segment.element for segment in segments]
    first = next((element for element in within if not element.level), within[-1])
    roles = {element.role for element in within if not element.level} or {Role.HEADING}
    places = {(p.number, p.index): p for element in within for p in element.places}
    pages = {place.number: place.page for place in places.values()}
    crops = (pictures[f.name] for p in places.values() for f in p.block.figures if f.name in pictures)
    return Chunk(
        order,
        filled.text,
        first.headings,
        roles.pop().value if len(roles) == 1 else "mixed",
        filled.tokens,
        len(joined(segments[: filled.repeated])),
        tuple(sorted(pages)),
        tuple(_block(place.page, place.index) for _, place in sorted(places.items())),
        _lowest(places.values()),
        tuple(dict.fromkeys(crops)),
    )


def _block(page: PageBlocks, index: int) -> dict[str, object]:
    """`block` is its order on its page, as in blocks.json."""
    block = page.blocks[index]
    boxes = [{"grid": [box.x1, box.y1, box.x2, box.y2], "points": in_points(box, page)} for box in block.boxes]
    return {"page": page.number, "block": index + 1, "role": block.role.value, "boxes": boxes}


def _lowest(places: Iterable[Piece]) -> float | None:
    """Of the blocks, or of their pages where those of the blocks are not known."""
    each = (p.page.confidence if p.block.confidence is None else p.block.confidence for p in places)
    known = [confidence for confidence in each if confidence is not None]
    return round(min(known), 4) if known else None
