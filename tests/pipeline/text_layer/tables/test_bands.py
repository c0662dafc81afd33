"""Rows in columns that are a list of contents."""

from __future__ import annotations

import pytest

from pipeline.text_layer.tables.bands import Band, is_contents
from tests.pipeline.text_layer.lines.test_rows import line


@pytest.mark.parametrize(("at", "expected"), [(450, True), (420, False)])
def test_page_numbers_stand_off_from_titles_by_a_quarter_of_the_width(at, expected):
    """Wherever on the page the list begins; nearer, they are the values of a table."""
    rows = tuple([line("of boats in the bay", 300, y), line(f"{y - 180}", at, y)] for y in range(200, 300, 16))
    end = rows[0][0].box.x1
    assert is_contents(Band(rows, ((end, at),))) == expected


PAGES = ["20", "20", "36", "41", "55"]


def contents(rows: list[str], gutters: int = 1) -> bool:
    """Whether rows, their texts parted by bars, are contents: from 100 on, pages at 450."""
    placed = []
    for i, row in enumerate(rows):
        *texts, page = row.split("|")
        starts = [120] if len(texts) == 1 else [100, 120, 200]
        pieces = [line(text, x, 200 + 16 * i) for x, text in zip(starts, texts, strict=False)]
        placed.append([*pieces, *([line(page, 450, 200 + 16 * i)] if page else [])])
    free = ((105, 119), (180, 199), (300, 450))
    return is_contents(Band(tuple(placed), free[-gutters:]))


@pytest.mark.parametrize(
    ("rows", "gutters", "expected"),
    [
        ([f"Boats of the bay|{page}" for page in PAGES], 1, True),
        ([f"Boats of the bay|{page}" for page in PAGES], 2, True),
        ([f"Boats of the bay|{page}" for page in PAGES], 3, False),
        ([f"{i}|Boats of the bay|{page}" for i, page in enumerate(PAGES)], 2, True),
        ([f"Ann|Boats of the bay|{page}" for page in PAGES], 2, False),
        ([f"1|Boats|Bay|{page}" for page in PAGES], 2, False),
        ([f"17|{page}" for page in PAGES], 1, False),
        ([f"Boats of the bay|{page}" for page in PAGES[:4]], 1, False),
        ([f"Boats of the bay|{page}" for page in reversed(PAGES)], 1, False),
        # Parts and chapters have no page, but most entries have.
        (["Part of boats|", *(f"Boats of the bay|{page}" for page in PAGES), "Part of mills|"], 1, True),
        ([*(["Part of boats|"] * 4), *(f"Boats of the bay|{page}" for page in PAGES)], 1, False),
    ],
)
def test_titles_and_pages_that_rise_are_contents(rows, gutters, expected):
    assert contents(rows, gutters) == expected
