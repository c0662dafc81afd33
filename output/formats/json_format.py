"""The document as JSON: every block with its label, boxes, text, place in the reading order and picture files.

`blocks.schema.json` beside this file is the published JSON Schema of what is written.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files

from output.compare.ledger import counts
from output.document.joining.assemble import Assembly
from output.grounding.accounts import Dropped, Ledger
from output.grounding.blocks import Block, Box, FormField, PageBlocks, Unread
from output.grounding.parser import GRID

FORMAT = "ocr2-blocks"
VERSION = 2
# Missing words of a page that are listed: where a whole page is missing, the list would be as long as its text. The
# count stands beside.
_NAMED = 100


def document_json(assembly: Assembly, pictures: Mapping[str, str] | None = None) -> str:
    """The whole document, one block per line. `pictures`: the file by the name of the crop; two crops may share one."""
    head: dict[str, object] = {"format": FORMAT, "version": VERSION, "name": assembly.document.name}
    head |= {"attachments": list(assembly.document.about.attachments), "form": form(assembly.document.pages)}
    dropped: dict[int, list[Dropped]] = defaultdict(list)
    for left_out in assembly.dropped:
        dropped[left_out.page].append(left_out)
    pages = ",\n".join(_page(page, pictures or {}, dropped[page.number]) for page in assembly.document.pages)
    return json.dumps(head, ensure_ascii=False)[:-1] + f', "pages": [\n{pages}\n]}}\n'


def form(pages: Sequence[PageBlocks]) -> dict[str, str | bool]:
    """What is filled in, by the names of the fields: of a box whether it is ticked, of a radio button which one is."""
    values: dict[str, str | bool] = {}
    for field in (field for page in pages for field in page.fields):
        if field.kind == "radio":
            values[field.name] = field.value or values.get(field.name, "")
        else:
            values[field.name] = field.value if field.checked is None else field.checked
    return values


def schema() -> str:
    """The JSON Schema (draft 2020-12) of `document_json`."""
    return files("output.formats").joinpath("blocks.schema.json").read_text(encoding="utf-8")


def _page(page: PageBlocks, pictures: Mapping[str, str], dropped: Sequence[Dropped]) -> str:
    blocks = [_block(page, order, block, pictures) for order, block in enumerate(page.blocks, 1)]
    head = {
        "number": page.number,
        "width": round(page.width, 3),
        "height": round(page.height, 3),
        "source": None if not page.reader else "text-layer" if page.is_own_text else "model",
        "reader": page.reader or None,
        "finish": page.finish or None,
        "confidence": None if page.confidence is None else round(page.confidence, 4),
        "doubtful": page.doubtful,
        "turned": page.turned,
        "failure": page.failure,
        "agreement": page.agreement and {name: round(share, 4) for name, share in asdict(page.agreement).items()},
        "ledger": None if page.ledger is None else _ledger(page.ledger),
        "unread": [_unread(place, page) for place in page.unread],
        "fields": [_field(field, page) for field in page.fields],
        "comments": [
            {"text": a.text, "author": a.author, "about": a.about, "points": in_points(a.box, page)}
            for a in page.asides
            if a.kind == "comment"
        ],
        "hidden": [{"text": a.text, "points": in_points(a.box, page)} for a in page.asides if a.kind == "hidden"],
        "omitted": [
            {"kind": d.kind, "block": None if d.block is None else d.block + 1, "text": d.text} for d in dropped
        ],
    }
    lines = ",\n".join(json.dumps(block, ensure_ascii=False) for block in blocks)
    return json.dumps(head, ensure_ascii=False)[:-1] + f', "blocks": [{lines and chr(10)}{lines}]}}'


def _ledger(found: Ledger) -> dict[str, object]:
    words = dict.fromkeys((*found.numbers, *found.missing, *found.unwritten))
    return counts(found) | {"words_missing": list(words)[:_NAMED]}


def _unread(place: Unread, page: PageBlocks) -> dict[str, object]:
    return {"lines": place.lines, "within": place.within} | _place(place.box, page)


def _place(box: Box, page: PageBlocks) -> dict[str, object]:
    return {"grid": [box.x1, box.y1, box.x2, box.y2], "points": in_points(box, page)}


def _field(field: FormField, page: PageBlocks) -> dict[str, object]:
    facts = {"name": field.name, "label": field.label, "kind": field.kind, "value": field.value}
    return facts | {"checked": field.checked, "points": in_points(field.box, page)}


def _block(page: PageBlocks, order: int, block: Block, pictures: Mapping[str, str]) -> dict[str, object]:
    return {
        "order": order,
        "label": block.label,
        "role": block.role.value,
        "level": block.level or None,
        "running": block.running or None,
        "caption_of": [owner + 1 for owner in block.caption_of],
        "footnotes": list(block.notes),
        "boxes": [_place(box, page) for box in block.boxes],
        "text": block.text,
        "corrected": order - 1 in dict(page.corrected),
        "links": [{"text": link.text, "target": link.target} for link in block.links],
        "confidence": None if block.confidence is None else round(block.confidence, 4),
        "emphasis": [{"text": e.text, "styles": e.style.names} for e in block.emphasis],
        "crops": [pictures[figure.name] for figure in block.figures if figure.name in pictures],
        "alt": block.alt,
        "anchor": block.anchor,
    }


def in_points(box: Box, page: PageBlocks) -> list[float]:
    """[left, top, right, bottom] in points from the top left corner of the page as displayed."""
    across, down = page.width / GRID, page.height / GRID
    return [round(value, 2) for value in (box.x1 * across, box.y1 * down, box.x2 * across, box.y2 * down)]
