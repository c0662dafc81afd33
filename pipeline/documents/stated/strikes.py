"""Lines through words, unlike the rules of tables and fractions: as long as the words, and through their middle."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.documents import mupdf

Box = tuple[float, float, float, float]

# Of a character's box, which is about 1.4 em high: a line through small letters passes it at .55 to .65. Under words it
# lies below .85, above them above .2. Chosen from how word processors draw, not measured.
_HIGHEST, _LOWEST = 0.35, 0.75
# Of the words' height: thicker bars are redactions and grounds, which the text layer asks about with pixels. Chosen.
_THICKEST = 0.15
# Of the words' height, by which a line may reach beyond them at either end; longer ones are rules of a table or form.
_BEYOND = 0.3
# Share of the words' width that it must cover: less strikes out, or underlines, only one of them. Chosen, not measured.
_WITHIN = 0.9


class Strikes:
    """The lines of a page that may strike words out, read where the first is asked for."""

    def __init__(self, page: mupdf.Page) -> None:
        self._page = page
        self._lines: list[Box] | None = None
        self._annotated: list[Box] = []

    def through(self, box: Box) -> bool:
        """Whether words with this box, as displayed, are struck out: by a line of their length, or by an annotation."""
        if self._lines is None:
            shown = mupdf.displayed(self._page)
            self._lines = [mupdf.turned(shown, line) for line in _level(mupdf.drawings(self._page))]
            self._annotated = mupdf.strikeouts(self._page)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if any(a[0] <= x <= a[2] and a[1] <= y <= a[3] for a in self._annotated):
            return True
        return any(_passes(line, box) for line in self._lines)


def _passes(line: Box, box: Box) -> bool:
    height, width = box[3] - box[1], box[2] - box[0]
    middle, slack = (line[1] + line[3]) / 2, _BEYOND * height
    within = box[1] + _HIGHEST * height <= middle <= box[1] + _LOWEST * height
    is_thin = line[3] - line[1] <= _THICKEST * height
    covered = min(line[2], box[2]) - max(line[0], box[0])
    return within and is_thin and line[0] >= box[0] - slack and line[2] <= box[2] + slack and covered >= _WITHIN * width


def _level(drawings: list[dict[str, object]]) -> Iterator[Box]:
    """Straight lines and bars of a page's drawings that are longer than high, in its own frame."""
    for drawing in drawings:
        items = drawing["items"]
        assert isinstance(items, (list, tuple)), "MuPDF gives paths as lists"
        for kind, *points in items:
            if kind == "re":
                yield tuple(points[0])
            elif kind == "l":
                (x0, y0), (x1, y1) = points[0], points[1]
                yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
