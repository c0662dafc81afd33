"""What of a page's text is in which element of the structure tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.documents import mupdf
from pipeline.documents.tags.marks import marked_chars
from pipeline.documents.tags.nodes import Element, Tree


@dataclass(frozen=True)
class Char:
    """A printed character with its origin in the page's own frame; `element` is None outside the tree."""

    text: str
    origin: tuple[float, float]
    element: Element | None


def tagged_chars(page: mupdf.Page, tree: Tree) -> Iterator[Char]:
    """The characters of a page but its blanks, in the order of the file."""
    elements = tree.elements(page)
    for char in marked_chars(page):
        yield Char(char.text, char.origin, elements.get(char.mark))
