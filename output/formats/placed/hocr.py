"""hOCR 1.2: the pages as HTML in which every line and word says where it stands, in pixels of `DPI`."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

from output.formats.placed.placing import Box, Line, Part, Sheet
from output.grounding.roles import Role

DPI = 300
"""Pixels per inch of the boxes."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title>{title}</title>
<meta charset="utf-8"/>
<meta name="ocr-system" content="ocr2"/>
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocr_header ocr_caption"/>
</head>
<body>
"""
_CLASSES = {Role.RUNNING: "ocr_header", Role.CAPTION: "ocr_caption"}


def document_hocr(name: str, sheets: Iterable[Sheet]) -> Iterator[str]:
    """The whole file in parts."""
    yield _HEAD.format(title=html.escape(name))
    for sheet in sheets:
        yield from _page(sheet)
    yield "</body>\n</html>\n"


def _page(sheet: Sheet) -> Iterator[str]:
    where = _title((0, 0, sheet.width, sheet.height))
    yield f'<div class="ocr_page" id="page_{sheet.number}" title="{where}; ppageno {sheet.number - 1}; '
    yield f'scan_res {DPI} {DPI}">\n'
    for at, part in enumerate(sheet.parts, 1):
        yield _part(part, f"{sheet.number}_{at}")
    yield "</div>\n"


def _part(part: Part, name: str) -> str:
    kind = _CLASSES.get(part.role, "ocr_line")
    lines = "".join(_line(line, kind, f"{name}_{i}", part.confidence) for i, line in enumerate(part.lines, 1))
    where = _title(part.box)
    return (
        f'<div class="ocr_carea" id="block_{name}" title="{where}"><p class="ocr_par" id="par_{name}" '
        f'title="{where}">\n{lines}</p></div>\n'
    )


def _line(line: Line, kind: str, name: str, confidence: float | None) -> str:
    sure = "" if confidence is None else f"; x_wconf {round(100 * confidence)}"
    words = " ".join(
        f'<span class="ocrx_word" id="word_{name}_{i}" title="{_title(word.box)}{sure}">{html.escape(word.text)}</span>'
        for i, word in enumerate(line.words, 1)
    )
    return f'<span class="{kind}" id="line_{name}" title="{_title(line.box)}">{words}</span>\n'


def _title(box: Box) -> str:
    return "bbox " + " ".join(str(round(value * DPI / 72)) for value in box)
