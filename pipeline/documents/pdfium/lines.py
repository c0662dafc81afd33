"""Lines of text of a page that MuPDF cannot parse, in the form in which MuPDF gives those of others."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.mupdf import Box, Line
from pipeline.documents.pdfium.one_page import INVISIBLE, OnePage, one_page

_Char = dict[str, Any]
_HYPHEN = 2  # PDFium's code of a hyphen at a line's end
_LONGEST_NAME = 256  # bytes of a font's name
# MuPDF's bits of a span's flags, and what PDF says of its font (ISO 32000-1, table 123).
_MONO, _ITALIC, _BOLD = (8, 1), (2, 1 << 6), (16, 1 << 18)


def parsed_lines(page: mupdf.Page) -> list[Line]:
    """What `mupdf.raw_lines` would give. Errors: as `one_page`."""
    with one_page(page) as seen:
        text, places = seen.characters()
        chars = [_char(seen, text.raw, at) for at in places]
        rows = [list(row) for ends, row in groupby(chars, key=lambda char: char["c"] in "\r\n") if not ends]
        return [_line(row) for row in map(_with_spaces, rows) if row]


def _char(seen: OnePage, text: Any, at: int) -> _Char:  # noqa: ANN401 a ctypes handle
    """A character with all that its span says of it."""
    raw = seen.raw
    code = raw.FPDFText_GetUnicode(text, at)
    sign = "-" if code == _HYPHEN else "\ufffd" if 0xD800 <= code <= 0xDFFF or not code else chr(code)
    x, y, matrix, loose = ctypes.c_double(), ctypes.c_double(), raw.FS_MATRIX(), raw.FS_RECTF()
    raw.FPDFText_GetCharOrigin(text, at, x, y)
    raw.FPDFText_GetMatrix(text, at, matrix)
    raw.FPDFText_GetLooseCharBox(text, at, loose)
    origin = seen.place(x.value, y.value)
    end = seen.place(x.value + matrix.a, y.value + matrix.b)
    run = math.dist(origin, end) or 1.0
    scale = math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c))  # MuPDF's, of letters that are drawn wider, too
    box = seen.box(loose.left, loose.top, loose.right, loose.bottom)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    raw.FPDFText_GetFillColor(text, at, red, green, blue, alpha)
    name, flags = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text, at, name, _LONGEST_NAME, flags)
    drawn = raw.FPDFText_GetTextObject(text, at)
    visible = drawn and raw.FPDFTextObj_GetTextRenderMode(drawn) not in INVISIBLE
    return {
        "c": sign, "origin": origin, "bbox": box, "synthetic": raw.FPDFText_IsGenerated(text, at) == 1,
        "dir": (round((end[0] - origin[0]) / run, 3), round((end[1] - origin[1]) / run, 3)),
        "font": name.value.decode("utf-8", "replace").split("+")[-1],
        "size": round(raw.FPDFText_GetFontSize(text, at) * scale, 2),
        "flags": sum(ours for ours, theirs in (_MONO, _ITALIC, _BOLD) if flags.value & theirs),
        "char_flags": mupdf.PAINTED if visible else 0,
        "color": red.value << 16 | green.value << 8 | blue.value, "alpha": alpha.value,
    }  # fmt: skip


def _with_spaces(row: Sequence[_Char]) -> list[_Char]:
    """The characters, those that PDFium puts between words as what stands before them is set, in the room there."""
    out: list[_Char] = []
    for at, char in enumerate(row):
        if not char["synthetic"]:
            out.append(char)
        elif out and at + 1 < len(row):
            before, x = out[-1], row[at + 1]["origin"]
            out.append(before | {"c": " ", "synthetic": True, "origin": x, "bbox": (*x, *x)})
    return out


def _line(row: Sequence[_Char]) -> Line:
    spans = list(_spans(row))
    return {"dir": row[0]["dir"], "wmode": 0, "bbox": mupdf.joined_bounds([s["bbox"] for s in spans]), "spans": spans}


def _spans(row: Sequence[_Char]) -> Iterator[dict[str, Any]]:
    """Runs of characters that are set alike."""
    said = ("font", "size", "flags", "char_flags", "color", "alpha")
    for values, run in groupby(row, key=lambda char: tuple(char[name] for name in said)):
        chars = list(run)
        boxes: list[Box] = [char["bbox"] for char in chars]
        yield {
            **dict(zip(said, values, strict=True)), "chars": chars, "text": "".join(char["c"] for char in chars),
            "bbox": mupdf.joined_bounds(boxes),
        }  # fmt: skip
