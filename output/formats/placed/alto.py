"""ALTO 4: the pages as libraries and archives keep them, boxes in tenths of a millimetre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from output.formats.placed.placing import Box, Line, Part, Sheet, Word

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd">
<Description><MeasurementUnit>mm10</MeasurementUnit><sourceImageInformation><fileName>{name}</fileName>\
</sourceImageInformation></Description>
<Layout>
"""
_TENTHS = 254 / 72  # of a millimetre in a point


def document_alto(name: str, sheets: Iterable[Sheet]) -> Iterator[str]:
    """The whole file in parts."""
    yield _HEAD.format(name=escape(name))
    for sheet in sheets:
        yield from _page(sheet)
    yield "</Layout>\n</alto>\n"


def _page(sheet: Sheet) -> Iterator[str]:
    size = f'WIDTH="{_units(sheet.width)}" HEIGHT="{_units(sheet.height)}"'
    yield f'<Page ID="page_{sheet.number}" PHYSICAL_IMG_NR="{sheet.number}" {size}>\n'
    yield f'<PrintSpace HPOS="0" VPOS="0" {size}>\n'
    for at, part in enumerate(sheet.parts, 1):
        yield _part(part, f"{sheet.number}_{at}")
    yield "</PrintSpace>\n</Page>\n"


def _part(part: Part, name: str) -> str:
    lines = "".join(_line(line, f"{name}_{i}", part.confidence) for i, line in enumerate(part.lines, 1))
    return f'<TextBlock ID="block_{name}" {_place(part.box)}>\n{lines}</TextBlock>\n'


def _line(line: Line, name: str, confidence: float | None) -> str:
    words = "<SP/>".join(_word(word, f"{name}_{i}", confidence) for i, word in enumerate(line.words, 1))
    return f'<TextLine ID="line_{name}" {_place(line.box)}>{words}</TextLine>\n'


def _word(word: Word, name: str, confidence: float | None) -> str:
    sure = "" if confidence is None else f' WC="{confidence:.2f}"'
    return f'<String ID="word_{name}" {_place(word.box)} CONTENT={quoteattr(word.text)}{sure}/>'


def _place(box: Box) -> str:
    x0, y0, x1, y1 = map(_units, box)
    return f'HPOS="{x0}" VPOS="{y0}" WIDTH="{max(x1 - x0, 0)}" HEIGHT="{max(y1 - y0, 0)}"'


def _units(points: float) -> int:
    return round(points * _TENTHS)
