"""Cuts run through white alone: every line lies in one piece, and the pieces come as they are read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import ImageFilter

from pipeline.readers.parts.cutting import pieces_of
from pipeline.transcript import Box
from pipeline.views.print_lines import lines_of_print
from tests.support.letters import LINE, SIZE, page

TYPE = 16  # pixels, as high as LINE is 600 wide
PITCH = 20


def column(left: int, top: int, lines: int, letters: int, every: int = 0) -> list[tuple[int, int, str]]:
    """Lines of running text; of `every` so many the last one is short."""
    text = LINE.replace(" ", "  ", 3) * (lines * letters // len(LINE) + 2)

    def length(n: int) -> int:
        return letters // 3 if every and n % every == every - 1 else letters

    return [(left, top + PITCH * n, text[n * letters :][: length(n)].strip()) for n in range(lines)]


def cut(lines: list[tuple[int, int, str]], most: float = 300) -> list[Box]:
    return pieces_of(np.asarray(page(lines, TYPE)), most)


def held(pieces: list[Box], lines: list[tuple[int, int, str]]) -> list[int]:
    """The piece that each line begins in."""
    places = []
    for x, y, _ in lines:
        at = (x + 1) * 999 / SIZE[0], (y + TYPE / 2) * 999 / SIZE[1]
        (one,) = (n for n, (x1, y1, x2, y2) in enumerate(pieces) if x1 <= at[0] <= x2 and y1 <= at[1] <= y2)
        places.append(one)
    return places


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# Without shrinking: pages take a fifth of a second.
@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.integers(1, 4), st.integers(12, 50), st.integers(0, 9), st.booleans(), st.floats(200, 1500))
def test_every_line_lies_in_one_piece_and_pieces_come_as_they_are_read(columns, rows, every, titled, most):
    letters = {1: 100, 2: 55, 3: 35, 4: 25}[columns]
    step = 1000 // columns
    lines = [
        line for n in range(columns) for line in column(90 + n * step, 200, rows, letters, every if every > 3 else 0)
    ]
    if titled:
        lines.insert(0, (90, 100, LINE[:70]))
    grey = np.asarray(page(lines, TYPE))
    pieces = pieces_of(grey, most)
    assert not any(overlap(one, other) for n, one in enumerate(pieces) for other in pieces[:n])
    out = grey.copy()
    for x1, y1, x2, y2 in pieces:
        out[y1 * SIZE[1] // 999 : y2 * SIZE[1] // 999 + 1, x1 * SIZE[0] // 999 : x2 * SIZE[0] // 999 + 1] = 250
    assert (out == 250).all()  # nothing is left out
    places = held(pieces, lines)
    assert places == sorted(places)
    for x1, y1, x2, y2 in pieces:
        left, right = round(x1 * SIZE[0] / 999), round(x2 * SIZE[0] / 999)
        top, bottom = round(y1 * SIZE[1] / 999), round(y2 * SIZE[1] / 999)
        for rim in (grey[top:bottom, left : left + 1], grey[top : top + 1, left:right]):
            assert (rim < 128).mean() < 0.02


def test_columns_are_cut_apart_and_read_from_left_to_right():
    lines = [*column(90, 200, 30, 55), *column(640, 200, 30, 55)]
    pieces = cut(lines, 1200)
    assert len(pieces) == 2 and held(pieces, lines) == [0] * 30 + [1] * 30


def test_what_runs_across_columns_is_cut_off_above_them():
    lines = [*column(90, 100, 6, 100), *column(90, 300, 30, 50), *column(640, 300, 30, 50)]
    assert held(cut(lines, 1200), lines) == [0] * 6 + [1] * 30 + [2] * 30


@pytest.mark.parametrize("apart", [24, 44])
def test_a_table_is_cut_between_its_rows(apart):
    words = ("Herring", "12,400", "Copper pans", "1,020", "Salt")
    lines = [(90 + 200 * n, 200 + apart * row, words[(n + row) % 5]) for row in range(30) for n in range(5)]
    pieces = cut(lines, 300)
    assert len(pieces) > 1 and all((x1, x2) == (0, 999) for x1, _, x2, _ in pieces)


def test_cells_of_sentences_stay_beside_each_other():
    lines = []
    for row in range(12):
        lines += column(90, 200 + 90 * row, 1 + row % 3, 55) + column(640, 200 + 90 * row, 1 + (row + 1) % 3, 55)
    pieces = cut(lines, 800)
    assert len(pieces) > 1 and all((x1, x2) == (0, 999) for x1, _, x2, _ in pieces)


def test_a_heading_begins_a_piece():
    lines = [*column(90, 200, 12, 100), (90, 480, "Of copper pans"), *column(90, 510, 12, 100)]
    pieces = cut(lines, 1300)
    assert held(pieces, lines) == [0] * 12 + [1] * 13


def test_columns_so_near_that_their_lines_run_into_each_other_are_cut_apart():
    """A line's neighbour stands a little lower: together they are bent, and no line that is seen."""
    lines = [*column(90, 200, 30, 46), *column(460, 206, 30, 46), *column(830, 203, 30, 46)]
    assert held(cut(lines, 1500), lines) == [0] * 30 + [1] * 30 + [2] * 30


def test_lines_whose_letters_have_run_into_each_other_are_cut_apart_too():
    """As letters they are no lines: nearly all of them is ink."""
    lines = [*column(90, 200, 30, 55), *column(640, 200, 30, 55)]
    grey = np.asarray(page(lines, TYPE).filter(ImageFilter.MinFilter(5)))
    found = lines_of_print(grey)
    assert found is None or len(np.unique(found.samples[:, 0])) < 10
    assert held(pieces_of(grey, 1500), lines) == [0] * 30 + [1] * 30


def test_a_word_gap_of_a_heading_is_no_way_between_columns():
    """It stands right over the gutter, which is far wider."""
    head = [(90 + 130 * n, 100, "Of copper pans") for n in range(8)]
    lines = [*head, *column(90, 140, 30, 50), *column(640, 140, 30, 50)]
    assert held(cut(lines, 1500), lines) == [0] * 8 + [1] * 30 + [2] * 30


def test_a_running_head_is_read_without_the_white_beside_it():
    """A strip as wide as the page and as high as a line is no sheet that any network has seen."""
    lines = [(500, 100, "Of copper pans"), *column(90, 140, 30, 50), *column(640, 140, 30, 50)]
    pieces = cut(lines, 1500)
    assert held(pieces, lines) == [0] + [1] * 30 + [2] * 30
    (left, _, right, _), x = pieces[0], 500 * 999 / SIZE[0]
    assert x - 160 < left < x - 40 and x + 120 < right < x + 300


def test_a_text_beside_a_table_is_read_behind_it():
    words = ("Herring", "12,400", "Copper pans", "1,020", "Salt")
    table = [(90 + 180 * n, 200 + 44 * row, words[(n + row) % 5]) for row in range(20) for n in range(3)]
    lines = [*table, *column(700, 210, 12, 40)]
    assert held(cut(lines, 5000), lines) == [0] * 60 + [1] * 12


def test_a_page_without_print_has_no_pieces():
    assert cut([]) == []


def test_there_are_not_more_pieces_than_are_worth_it():
    assert 2 <= len(cut([*column(90, 100, 70, 55), *column(640, 100, 70, 55)], 20)) <= 16
