"""Lists as the structure tree has them: an item a line, nested as they are, with the labels that are printed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from language.hyphens import Vocabulary
from pipeline.documents.tags.nodes import Path
from pipeline.text_layer.lines.lines import Line, Word
from pipeline.text_layer.lines.rows import whole_rows
from pipeline.text_layer.lines.writer import Piece, defused
from pipeline.text_layer.paragraphs.paragraphs import paragraph_of
from pipeline.text_layer.tagged.owners import parted
from pipeline.text_layer.tagged.units import Unit

_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\[\d{1,3}\]")
_TICK = re.compile("[☐☑☒◻✓✔✗✘]")


def tagged_list(unit: Unit, known: Vocabulary) -> Piece | None:
    """The part of a list that stands on the page, as a piece; None where no item is tagged in it."""
    parts = parted(unit.lines, lambda word: _item(unit, word))
    if None in parts:
        return None
    rows = []
    for path, depth in sorted({(path, depth) for path, depth, _ in filter(None, parts)}):
        label, body = (whole_rows(parts.get((path, depth, is_label), [])) for is_label in (True, False))
        rows.append("    " * depth + _row(label, body, known))
    return Piece("list", unit.box, "\n".join(rows))


def _item(unit: Unit, word: Word) -> tuple[Path, int, bool] | None:
    """The place of the item that a word is in, how deep that lies, and whether the word is its label's."""
    element = unit.element(word)
    own = element.kinds[len(unit.path) - 1 :]
    if "LI" not in own:
        return None
    last = len(own) - 1 - own[::-1].index("LI")
    path = element.path[: len(unit.path) + last]
    return path, own[: last + 1].count("L") - 1, "Lbl" in own[last:]


def _row(label: Sequence[Line], body: Sequence[Line], known: Vocabulary) -> str:
    text = paragraph_of(tuple(body), known) if body else None
    said = " ".join(line.text for line in label)
    if not said:
        return (text.marker or "- ") + defused(text.text) if text else "- "
    shown = defused(text.marker.replace("- ", "") + text.text) if text else ""
    if _NUMBER.fullmatch(said):
        return f"{said} {shown}"
    # A sign is a bullet, unless it says something or is a word; an o is the bullet of word processors.
    is_word = _TICK.match(said) or (any(c.isalnum() for c in said) and said != "o")
    return f"- {defused(said)} {shown}" if is_word else f"- {shown}"
