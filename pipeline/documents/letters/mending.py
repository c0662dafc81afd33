"""MuPDF's lines → the same lines with what their letters show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pipeline.documents.letters.doubled import Painted, is_crowded, restore
from pipeline.documents.letters.signs import Signs, is_of_signs

Lines = list[dict[str, Any]]


def mend(lines: Lines, painted: Callable[[], Iterable[Painted]], signs: Callable[[], Signs]) -> Lines:
    """The lines of a `rawdict`: fonts of signs have their signs, doubled letters are two. A page is asked for what it
    paints, and for its fonts, only where that can change anything."""
    if crowded(lines):
        restore(lines, painted())
    show_signs(lines, signs)
    return lines


def crowded(lines: Lines) -> bool:
    """Whether doubled letters may be missing."""
    return any(map(is_crowded, lines))


def show_signs(lines: Sequence[dict[str, Any]], signs: Callable[[], Signs]) -> None:
    """Put signs in place of the letters of such fonts, in lines with characters or with texts of spans alone."""
    spans = [span for line in lines for span in line["spans"] if is_of_signs(span["font"])]
    if not spans:
        return
    known = signs()
    for span in spans:
        for part, key in [(char, "c") for char in span.get("chars", ())] or [(span, "text")]:
            part[key] = known.shown(part[key], span["font"])
