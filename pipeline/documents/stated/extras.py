"""What a PDF carries beside its pages' text: comments that people left on them, and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents import letters, mupdf
from pipeline.documents.stated.boxes import inside

Box = tuple[float, float, float, float]

_MOST = 1000  # comments of a page, files of a document
_LONGEST = 5000  # characters of a comment
_MARKUP = ("Highlight", "Underline", "StrikeOut", "Squiggly")
_SILENT = ("Popup", "Link", "Widget", "FileAttachment")  # popups say what their owners do


@dataclass(frozen=True)
class Comment:
    """What somebody wrote on a page: `words` are those that it marks; `box` is in points of the page as displayed."""

    page: int
    text: str
    author: str
    words: str
    box: Box


def page_comments(file: mupdf.Document, number: int) -> Iterator[Comment]:
    """The comments with words of a page, in the order of the file."""
    page = file[number - 1]
    for count, annotation in enumerate(page.annots()):
        if count == _MOST:
            return
        kind, about = annotation.type[1], annotation.info
        text = one_line(about.get("content"))[:_LONGEST]
        if not text or kind in _SILENT or kind == "FreeText":
            continue  # the words of a text box are on the page
        words = _words_in(page, list(_marked(annotation.vertices or ()))) if kind in _MARKUP else ""
        box = tuple((annotation.rect * page.rotation_matrix).normalize())
        yield Comment(number, text, one_line(about.get("title")), words, box)


def _marked(corners: Sequence[tuple[float, float]]) -> Iterator[Box]:
    """The boxes that four corners each make."""
    for start in range(0, len(corners) - 3, 4):
        xs, ys = zip(*corners[start : start + 4], strict=True)
        yield min(xs), min(ys), max(xs), max(ys)


def _words_in(page: mupdf.Page, boxes: Sequence[Box]) -> str:
    """The characters whose middle is in one of the boxes, in the page's own frame."""
    lines = ((char for span in line["spans"] for char in span["chars"]) for line in letters.text_lines(page))
    return one_line(
        " ".join("".join(c["c"] for c in line if any(inside(c["bbox"], box) for box in boxes)) for line in lines)
    )


def attachments(file: mupdf.Document) -> Iterator[str]:
    """The names of the files in a file, those that are pinned to pages not among them."""
    for count, name in enumerate(file.embfile_names()):
        if count == _MOST:
            return
        about = file.embfile_info(name)
        yield one_line(about.get("ufilename") or about.get("filename") or name)


def is_portfolio(file: mupdf.Document) -> bool:
    """Whether the files in it are what it is for, and its page only says so."""
    return bool(file.xref_get_key(file.pdf_catalog(), "Collection")[0] != "null")


def one_line(text: object) -> str:
    """Printable text in one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text or "")).split())
