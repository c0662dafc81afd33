"""Elements of a PDF's structure tree (ISO 32000-1, 14.7), by their places in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.documents import mupdf
from pipeline.documents.tags import objects
from pipeline.documents.tags.objects import Object

Path = tuple[int, ...]
"""The place among its parent's children of each element from the root down; paths sort as the tree is read."""

LEVELS = {"H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
"""The kinds of headings that have a level."""
LONGEST_HEADING = 200
"""Characters, two lines: files whose paragraphs are tagged as headings are tagged for their looks."""
MOST_HEADINGS = 0.5
"""Share of the letters that may be in headings: more is a file in which all is one. Chosen, not measured."""

# Within one element, and marks of one page. The table of a whole register has some thousands of rows; a file that is
# made to cost time has millions. Chosen.
_MOST_KIDS = 50_000
_DEEPEST = 60  # elements within each other; what word processors write has 10 to 20
_MOST_ROLES = 10  # names that stand for each other in turn


@dataclass(frozen=True)
class Node:
    """An element: its place, and the standard name (P, H1, TD …) that its own stands for."""

    path: Path
    kind: str
    object: Object = field(compare=False, repr=False)

    def text(self, key: str) -> str:
        """A text of its dictionary, such as Alt; "" where it has none."""
        return objects.text_of(self.object, key)

    def span(self, name: str) -> int:
        """RowSpan or ColSpan, at least 1, whichever owner of attributes states it."""
        for one in objects.items(objects.entry(self.object, "A"), _MOST_KIDS):
            if (value := objects.entry(one, name)) is not None:
                return max(objects.whole_number(value), 1)
        return 1


@dataclass(frozen=True)
class Element:
    """An element that holds content, with those around it, from the root down."""

    nodes: tuple[Node, ...]

    @property
    def path(self) -> Path:
        return self.nodes[-1].path

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(node.kind for node in self.nodes)


class Tree:
    """A document's structure tree."""

    def __init__(self, file: mupdf.Document) -> None:
        catalogue = objects.catalogue(file)
        self._root = objects.entry(catalogue, "StructTreeRoot")
        self._roles = objects.entry(self._root, "RoleMap")
        self._places: dict[int, dict[int, int]] = {}  # of the children of each element, by numbers of objects
        self._known: dict[int, Element | None] = {}
        marks = objects.entry(catalogue, "MarkInfo")
        self.is_suspect = objects.is_true(marks, "Suspects") or not objects.is_true(marks, "Marked")
        """Whether the file itself says that its tags are not to be relied on."""

    @property
    def is_there(self) -> bool:
        return self._root is not None

    def elements(self, page: mupdf.Page) -> dict[int, Element]:
        """The elements of a page's marked content, by its numbers."""
        holders = objects.items(objects.holders(self._root, page), _MOST_KIDS)
        found = ((mark, self._element(holder, 0)) for mark, holder in enumerate(holders))
        return {mark: element for mark, element in found if element}

    def kids(self, node: Node) -> Iterator[Node]:
        """The elements right within one, in their order, without the content that it holds itself."""
        if len(node.path) < _DEEPEST:
            for index, one in enumerate(objects.items(objects.entry(node.object, "K"), _MOST_KIDS)):
                if objects.entry(one, "S") is not None:
                    yield Node((*node.path, index), self._kind(one), one)

    def _element(self, found: Object, depth: int) -> Element | None:
        """An element with all around it; None where it does not hang on the root."""
        number = objects.object_number(found)
        if number not in self._known:
            self._known[number] = None  # whoever comes back here runs in a circle
            self._known[number] = self._climbed(found, depth)
        return self._known[number]

    def _climbed(self, found: Object, depth: int) -> Element | None:
        parent = objects.entry(found, "P")
        if parent is None or not objects.object_number(found) or depth > _DEEPEST:
            return None
        above: tuple[Node, ...] = ()
        if objects.object_number(parent) != objects.object_number(self._root):
            around = self._element(parent, depth + 1)
            if around is None:
                return None
            above = around.nodes
        index = self._places_in(parent).get(objects.object_number(found))
        if index is None:
            return None
        path = (*(above[-1].path if above else ()), index)
        return Element((*above, Node(path, self._kind(found), found)))

    def _places_in(self, parent: Object) -> dict[int, int]:
        number = objects.object_number(parent)
        if number not in self._places:
            kids = objects.items(objects.entry(parent, "K"), _MOST_KIDS)
            self._places[number] = {objects.object_number(kid): index for index, kid in enumerate(kids)}
        return self._places[number]

    def _kind(self, found: Object) -> str:
        kind = objects.name_of(found, "S")
        for _ in range(_MOST_ROLES):
            if not (role := objects.name_of(self._roles, kind)) or role == kind:
                break
            kind = role
        return kind
