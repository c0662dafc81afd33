"""Whether a page's tags can be believed: they hold nearly all of it, say something, and agree with what is to be seen.

What was set here was set on drawn pages with known structure, sound and broken (tests/pipeline/text_layer/tagged).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pipeline.documents.tags.nodes import LONGEST_HEADING, MOST_HEADINGS
from pipeline.text_layer.labelling.running import in_margin
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.order import reading_order
from pipeline.text_layer.tagged.units import HEADINGS, Unit

# Share of the letters outside the margins that the tree must hold. What stands at the edges is an artifact by right.
# Lower, and pages that were changed after they were tagged are read in parts; higher, and one stamp costs a page its
# tags. Drawn sound pages have all of them, pages with one paragraph of ten untagged have .9.
_TAGGED = 0.93
# Share of the steps from one unit to the next that go back in the order that a person would take by sight. Sound pages
# have 0 to .15 (sidebars, floats), columns that are read across have .4, shuffled ones .5.
_BACK = 0.25
# Letters of a page: title slides have most of theirs in headings, but few.
_FEW = 300

_TELLING = (*HEADINGS, "L", "Table", "Note", "FENote", "Code", "TOCI")


def is_sound(units: Sequence[Unit], outside: Sequence[Line], height: float, gutter: float) -> bool:
    """Whether a page's units are to be read as they are; `outside` are the lines in none, `height` is the page's."""
    held = sum(unit.letters for unit in units)
    missing = sum(len(line.text) for line in outside if not in_margin(line, height))
    if not _says_anything(units) or held < _TAGGED * (held + missing):
        return False
    inner = [unit for unit in units if not all(in_margin(line, height) for line in unit.lines)]
    return _are_headings(units, held) and _goes_on(inner, gutter)


def _says_anything(units: Sequence[Unit]) -> bool:
    """Whether there is more than paragraphs and pictures with captions, which sight tells as well."""
    return any(unit.kind in _TELLING for unit in units)


def _are_headings(units: Sequence[Unit], held: int) -> bool:
    heads = [unit for unit in units if unit.kind in HEADINGS]
    if any(unit.letters > LONGEST_HEADING for unit in heads):
        return False
    return held < _FEW or sum(unit.letters for unit in heads) <= MOST_HEADINGS * held


def _goes_on(units: Sequence[Unit], gutter: float) -> bool:
    boxes = [unit.box for unit in units]
    place = {unit: at for at, unit in enumerate(reading_order(boxes, gutter))}
    back = [place[b] < place[a] for a, b in pairwise(range(len(units)))]
    return sum(back) <= _BACK * len(back)
