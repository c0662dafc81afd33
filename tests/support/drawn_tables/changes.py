"""Traits that some kinds of drawn tables have beyond what was wished for."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from drawn_tables.content import Content
from drawn_tables.paint import INDENT, lay_out, text_starts, width_of
from drawn_tables.style import Style
from drawn_tables.vocabulary import label

_UNITS = ("(m)", "(%)", "(kg)", "(in 1,000)", "[°C]", "(€)")


def merged_labels(content: Content, looks: Style, rng: Random) -> Content:
    """Some labels stand for two rows."""
    gone: set[int] = set()
    for row in range(content.head, content.rows - 1):
        if row not in gone and rng.random() < 0.4:
            gone.add(row + 1)
    cells = [
        replace(c, rows=2) if c.column == 0 and c.row + 1 in gone else c
        for c in content.cells
        if c.column or c.row not in gone
    ]
    return replace(content, cells=tuple(cells))


def signs_apart(content: Content, looks: Style, rng: Random) -> Content:
    """Currency signs at the left edge of each amount's cell, in all rows or in the first and last."""
    sign = rng.choice("$€£")
    rows = set(range(content.head, content.rows)) if rng.random() < 0.5 else {content.head, content.rows - 1}
    cells = [
        replace(c, apart=sign) if c.row in rows and c.column and c.text[:1].isdigit() else c for c in content.cells
    ]
    return replace(content, cells=tuple(cells))


def close_label(content: Content, looks: Style, rng: Random) -> Content:
    """One label runs past its column, up to the value beside it: only a word space or two are left between them."""
    layout = lay_out(content, looks, 0.0, 0.0, 475.0)
    rows = [c for c in content.cells if c.row >= content.head and c.column == 0 and c.text]
    if layout is None or not rows:
        return content
    chosen = rng.choice(rows)
    beside = next(c for c in content.cells if c.row == chosen.row and c.column == 1)
    room = text_starts(beside, layout, looks) - layout.xs[0] - (0.4 + INDENT * chosen.indent) * looks.size
    room -= max(looks.gap / 2, 0.45) * looks.size
    words = label(looks.language, rng, 12)
    parts = words.split() if looks.language.spaced else list(words)
    joint = " " if looks.language.spaced else ""
    while len(parts) > 1 and width_of(joint.join(parts), looks, chosen.bold) > room:
        parts.pop()
    text = joint.join(parts)
    if not beside.text or width_of(text, looks, chosen.bold) > room:
        return content
    spilled = replace(chosen, text=text, spills=True)
    return replace(content, cells=tuple(spilled if c is chosen else c for c in content.cells))


def hand_broken(content: Content, looks: Style, rng: Random) -> Content:
    """Some labels are broken by the author, well before their column is full, in front of a word in small letters."""
    if not looks.language.spaced:
        return content  # nothing but the width would tell
    chosen = {row for row in range(content.head, content.rows) if rng.random() < 0.35}
    cells = []
    for cell in content.cells:
        if cell.row in chosen and cell.align == "l" and cell.text:
            rest = f"{rng.choice(looks.language.joints)} {rng.choice(looks.language.nouns).lower()}"
            cell = replace(cell, text=f"{cell.text}\n{rest}")
        cells.append(cell)
    return replace(content, cells=tuple(cells))


def with_units(content: Content, looks: Style, rng: Random) -> Content:
    """Below each head but the first, on a line of its own, its unit."""
    cells = [
        replace(c, text=f"{c.text.split(' ')[0]}\n{rng.choice(_UNITS)}") if c.row < content.head and c.column else c
        for c in content.cells
    ]
    return replace(content, cells=tuple(cells))
