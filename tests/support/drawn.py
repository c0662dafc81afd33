"""PDF pages from content streams, for traits that no library draws: raw text objects, fonts with maps of our own."""

from __future__ import annotations

from collections.abc import Mapping

import pymupdf

LATIN = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def drawn_page(content: str, fonts: Mapping[str, str] | None = None, state: str = "") -> pymupdf.Page:
    """A page of 600 x 800 points with a content stream (y upwards); font F is Helvetica, others by their objects.

    `state` is the ExtGState dictionary G.
    """
    document = pymupdf.open()
    page = document.new_page(width=600, height=800)
    names = ""
    for name, source in {"F": LATIN, **(fonts or {})}.items():
        xref = document.get_new_xref()
        document.update_object(xref, source)
        names += f"/{name} {xref} 0 R"
    stream = document.get_new_xref()
    document.update_object(stream, "<<>>")
    document.update_stream(stream, content.encode("cp1252"), new=1)
    document.xref_set_key(page.xref, "Contents", f"{stream} 0 R")
    graphics = f"/ExtGState<</G {state}>>" if state else ""
    document.xref_set_key(page.xref, "Resources", f"<</Font<<{names}>>{graphics}>>")
    return pymupdf.open("pdf", document.tobytes())[0]


def show(text: str, x: float, y: float, size: float = 11, font: str = "F", extra: str = "") -> str:
    """A text object: `text` from (x, y) on; `extra` are operators before it."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"q BT {extra} /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET Q\n"


def page_with_map(base: str, codes: Mapping[int, str], content: str) -> pymupdf.Page:
    """A page whose font S, named `base`, maps its one-byte codes to the given text."""
    document = pymupdf.open()
    page = document.new_page(width=600, height=800)
    rows = "".join(f"<{code:02x}> <{text.encode('utf-16-be').hex()}>\n" for code, text in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{rows}endbfchar\nendcmap end end"
    )
    mapping, font, latin, stream = (document.get_new_xref() for _ in range(4))
    for xref, data in ((mapping, cmap), (stream, content)):
        document.update_object(xref, "<<>>")
        document.update_stream(xref, data.encode("cp1252"), new=1)
    document.update_object(font, f"<</Type/Font/Subtype/Type1/BaseFont/{base}/ToUnicode {mapping} 0 R>>")
    document.update_object(latin, LATIN)
    document.xref_set_key(page.xref, "Contents", f"{stream} 0 R")
    document.xref_set_key(page.xref, "Resources", f"<</Font<</F {latin} 0 R/S {font} 0 R>>>>")
    return pymupdf.open("pdf", document.tobytes())[0]


def pictured_page() -> bytes:
    """A PDF of one page with a heading and a red picture."""
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((72, 100), "A heading of some size", fontsize=20)
        picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 60))
        picture.set_rect(picture.irect, (200, 0, 0))
        page.insert_image(pymupdf.Rect(100, 400, 300, 600), pixmap=picture)
        return bytes(document.tobytes())
