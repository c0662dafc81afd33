"""What lies near a place of a page, told in time for what is there, however much the page has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from pipeline.documents.mupdf import Box

T = TypeVar("T")
# Points. Words, boxes to be ticked and links are about as large; chosen.
_CELL = 24.0
# Cells that one thing may lie in; what is larger is looked at wherever one asks. Chosen.
_MOST_CELLS = 400


class Near(Generic[T]):
    """Things by the boxes that they lie in."""

    def __init__(self, things: Iterable[tuple[Box, T]]) -> None:
        self._things: list[tuple[Box, T]] = list(things)
        self._cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._wide: list[int] = []
        for at, (box, _) in enumerate(self._things):
            columns, rows = _range(box[0], box[2]), _range(box[1], box[3])
            if len(columns) * len(rows) > _MOST_CELLS:
                self._wide.append(at)
                continue
            for column in columns:
                for row in rows:
                    self._cells[column, row].append(at)

    def at(self, x: float, y: float) -> Iterator[T]:
        """Those whose boxes hold a point, their sides included, in their order."""
        found = sorted((*self._cells.get((int(x // _CELL), int(y // _CELL)), ()), *self._wide))
        for (x0, y0, x1, y1), thing in (self._things[at] for at in found):
            if x0 <= x <= x1 and y0 <= y <= y1:
                yield thing

    def touching(self, box: Box) -> Iterator[T]:
        """Those whose boxes have a point in common with this one, in their order."""
        x0, y0, x1, y1 = box
        columns, rows = _range(x0, x1), _range(y0, y1)
        if len(columns) * len(rows) > _MOST_CELLS:
            found: Iterable[int] = range(len(self._things))
        else:
            cells = (self._cells.get((column, row), ()) for column in columns for row in rows)
            found = sorted({*self._wide, *(at for cell in cells for at in cell)})
        for (a0, b0, a1, b1), thing in (self._things[at] for at in found):
            if a0 <= x1 and x0 <= a1 and b0 <= y1 and y0 <= b1:
                yield thing


def _range(start: float, stop: float) -> range:
    return range(int(start // _CELL), int(stop // _CELL) + 1)
