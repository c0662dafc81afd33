"""The parts of a page that are read as one: paragraphs, headings, whole lists and tables, in the order of the tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.documents.tags.nodes import LEVELS, Element, Node, Path
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import Line, Word
from pipeline.text_layer.tagged.owners import Owners, parted

HEADINGS = {"H": 2, **LEVELS, "Title": 1}
"""The kinds of headings with their levels; `H` has none of its own."""

_WHOLE = ("Table", "L", "Figure")  # with all that is in them
_WITHIN = ("Caption", "Note", "FENote")  # and these apart from what they stand in
_INLINE = ("Formula", "Code")
_TEXTS = (*HEADINGS, *_INLINE, "P", "TOCI", "BibEntry", "BlockQuote")
# What parts a document and says nothing of its text.
_GROUPING = ("Document", "DocumentFragment", "Part", "Art", "Sect", "TOC", "Index", "Private")


@dataclass(frozen=True)
class Unit:
    """What is read as one: the standard name of its element, its place in the tree, its lines as they are drawn.

    `elements` are those of its words, by the words' texts and boxes.
    """

    kind: str
    path: Path
    lines: tuple[Line, ...]
    elements: Mapping[tuple[str, Rect], Element]

    @property
    def box(self) -> Rect:
        return bounds(line.box for line in self.lines)

    @property
    def owner(self) -> str:
        """The kind of the element right around it; "" where there is none."""
        return self._nodes[len(self.path) - 2].kind if len(self.path) > 1 else ""

    @property
    def first(self) -> Path:
        """Where its own content begins, behind a caption that stands first in it."""
        return min(self.element(word).path for line in self.lines for word in line.words)

    @property
    def node(self) -> Node:
        """Its own element."""
        return self._nodes[len(self.path) - 1]

    @property
    def _nodes(self) -> tuple[Node, ...]:
        return self.element(self.lines[0].words[0]).nodes

    @property
    def letters(self) -> int:
        return sum(len(word.text) for line in self.lines for word in line.words)

    def element(self, word: Word) -> Element:
        """The element of one of its words."""
        return self.elements[word.text, word.box]


def units(lines: Sequence[Line], owners: Owners) -> tuple[list[Unit], list[Line]]:
    """The units of a page in the order of the tree, and the lines of words that no unit holds."""
    elements = {
        (word.text, word.box): element
        for line in lines
        for word, element in zip(line.words, owners.of_line(line), strict=True)
    }

    def place(word: Word) -> tuple[Path, str] | None:
        element = elements[word.text, word.box]
        return _unit(element) if element else None

    parts = parted(lines, place)
    outside = parts.pop(None, [])
    known = {key: element for key, element in elements.items() if element}
    found = (Unit(kind, path, tuple(part), known) for (path, kind), part in _placed(parts).items())
    return sorted(found, key=lambda unit: unit.first), outside


def _placed(parts: Mapping[tuple[Path, str] | None, list[Line]]) -> dict[tuple[Path, str], list[Line]]:
    return {place: lines for place, lines in parts.items() if place}


def _unit(element: Element) -> tuple[Path, str] | None:
    """The place and kind of the unit that an element is in or is; None for text that is right in a part."""
    found: tuple[Path, str] | None = None
    for depth, kind in enumerate(element.kinds, 1):
        held = found[1] if found else ""
        takes = (
            (kind in _WHOLE and held not in _WHOLE)
            or kind in _WITHIN
            or (kind in _TEXTS and (not held or (held in ("P", "BlockQuote") and kind not in _INLINE)))
        )
        if takes:
            found = element.path[:depth], kind
    if not found and element.kinds[-1] not in _GROUPING:
        depth = max((i for i, kind in enumerate(element.kinds, 1) if kind in ("Div", "NonStruct")), default=0)
        return (element.path[:depth], "P") if depth else None
    return found
