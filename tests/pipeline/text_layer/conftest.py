"""Small PDFs made on the spot, and what the text layer says about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pymupdf
import pytest

from pipeline.text_layer.document import DocumentPages
from pipeline.text_layer.page import ground_page

BLOCK = re.compile(
    r"<\|ref\|>(?P<label>[a-z_]+)<\|/ref\|><\|det\|>\[\[(?P<box>\d+, \d+, \d+, \d+)\]\]<\|/det\|>\n"
    r"(?P<content>(?:(?!<\|)[^\n]+\n|\n+(?!<\|)(?=[^\n]))*)\n"
)
PROSE = (
    "The old mill stood where two rivers met, and each spring the water rose as far as the lower windows. "
    "Nobody remembered who had built it. The miller kept a ledger of every flood, in a small careful hand. "
)


@dataclass(frozen=True)
class Found:
    label: str
    box: tuple[int, ...]
    content: str


def parse(text: str) -> list[Found]:
    """The blocks of grounded text; fails on anything that is not one."""
    found = []
    at = 0
    while at < len(text):
        match = BLOCK.match(text, at)
        assert match, f"not the grammar: {text[at : at + 200]!r}"
        box = tuple(int(value) for value in match["box"].split(", "))
        found.append(Found(match["label"], box, match["content"].rstrip("\n")))
        at = match.end()
    return found


@pytest.fixture(scope="session")
def blocks() -> Callable[[str], list[Found]]:
    return parse


@pytest.fixture
def prose() -> str:
    return PROSE


@pytest.fixture
def page() -> pymupdf.Page:
    """An empty page of 600 x 800 points."""
    return pymupdf.open().new_page(width=600, height=800)


@pytest.fixture(scope="session")
def read() -> Callable[[pymupdf.Page], list[Found]]:
    """The blocks of a page, read after saving and opening its document again."""

    def _read(page: pymupdf.Page) -> list[Found]:
        document = pymupdf.open("pdf", page.parent.tobytes())
        return parse(ground_page(document[page.number], DocumentPages(document).facts))

    return _read


@pytest.fixture(scope="session")
def column() -> Callable[..., None]:
    """Writes lines of 10 point Helvetica, 12 points apart; returns nothing."""

    def _column(page: pymupdf.Page, lines: list[str], x: float = 50, y: float = 100, **font: object) -> None:
        size = float(font.pop("size", 10))  # type: ignore[arg-type]
        for i, line in enumerate(lines):
            page.insert_text((x, y + 1.2 * size * i), line, fontsize=size, **font)

    return _column
