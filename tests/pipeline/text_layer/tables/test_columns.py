"""Text of a table cut at its gaps, and where its columns end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.text_layer.lines.lines import Line, line_of
from pipeline.text_layer.tables.text.columns import (
    edges_of,
    gutters,
    pieces,
    text_rows,
    values_apart,
    whole_columns,
)
from tests.pipeline.text_layer.lines.test_rows import line, texts

Text = tuple[str, float]
"""A text, and where it begins."""


def row(y: float, *found: Text) -> list[Line]:
    """A piece for each text; a letter is five points wide."""
    return [line(text, x, y) for text, x in found]


def one(*found: Text, y: float = 20, mono: bool = False) -> Line:
    """All texts as one line, whatever is between them."""
    return line_of([replace(word, mono=mono) for piece in row(y, *found) for word in piece.words])


def rows_of(*rows: tuple[Text, ...]) -> list[list[Line]]:
    return [row(20 + 12 * i, *found) for i, found in enumerate(rows)]


def test_lines_within_a_third_of_an_em_are_one_row():
    """From its first line on, not from its last; of two sizes, the smaller one counts."""
    lines = [line("bay", 160, 103), line("Eve", 100, 105), line("Ann", 100, 100), line("12", 200, 102)]
    assert [texts(found) for found in text_rows(lines)] == [["Ann", "bay", "12"], ["Eve"]]
    for sizes in ((10, 6), (6, 10)):
        first, second = (line("Ann", 100 + 50 * i, 100 + 2.5 * i - 0.22 * size, size) for i, size in enumerate(sizes))
        assert len(text_rows([first, second])) == 2


def test_a_line_is_cut_at_its_wide_gaps():
    assert texts(pieces(one(("Ann of Wells", 100), ("12", 171), ("of it", 188)))) == ["Ann of Wells", "12", "of it"]
    assert texts(pieces(line("Ann", 100, 20))) == ["Ann"]


@pytest.mark.parametrize(
    ("first", "second", "gap", "mono", "parts"),
    [
        ("Ann", "Eve", 5, False, 1),
        ("Ann", "Eve", 7, False, 2),
        ("Ann", "Eve", 8, True, 1),
        ("Ann", "Eve", 10, True, 2),
        # Values stand closer than words: but thousands are parted by a space.
        ("12", "345", 5, False, 2),
        ("12", "345", 3, False, 1),
        ("12", "345", 5, True, 1),
        ("Ann", "12", 5, False, 1),
        ("12", "Ann", 5, False, 1),
    ],
)
def test_how_far_apart_words_are_in_two_columns(first, second, gap, mono, parts):
    assert len(pieces(one((first, 100), (second, 100 + 5 * len(first) + gap), mono=mono))) == parts


PLAIN = (("Ann of Wells", 100), ("12", 200))
LONG = "Eve of the north bays"  # three points before a value at 200


def cut(last: Line, *others: tuple[Text, ...]) -> list[str]:
    return texts(values_apart([*rows_of(*others), [last]])[0][-1])


@pytest.mark.parametrize(
    ("found", "parts"),
    [
        ([("Eve of the bay", 100), ("12", 200)], ["Eve of the bay", "12"]),
        ([("Eve of the bay", 100), ("12", 204)], ["Eve of the bay", "12"]),
        ([("Eve of the bay", 100), ("12", 206)], ["Eve of the bay 12"]),
        ([("Eve of the bay", 100), ("of", 200)], ["Eve of the bay of"]),
        ([("12", 187), ("500", 200)], ["12 500"]),
        ([("Eve of 12", 150), ("500", 200)], ["Eve of 12 500"]),
        # Not behind such a label as theirs.
        ([("Eve", 60), ("12", 200)], ["Eve 12"]),
        ([("12", 200)], ["12"]),
    ],
)
def test_a_value_is_cut_off_its_label_where_other_rows_have_one(found, parts):
    long = (("Ann of Wells by the sea", 100), ("12", 200))
    assert cut(one(*found), long, long) == parts


def test_values_of_other_widths_are_at_one_place():
    assert cut(one(("Eve of the bay", 100), ("12,500", 190)), *[(("Ann", 100), ("7", 200))] * 2)[1:] == ["12,500"]
    assert cut(one(("Eve of the bay", 100), ("7", 200)), *[(("Ann", 100), ("12,500", 190))] * 2)[1:] == ["7"]


@pytest.mark.parametrize(
    ("have", "lack", "parts"), [(1, 0, 1), (2, 0, 2), (2, 3, 2), (2, 4, 1), (3, 4, 2)], ids=lambda n: str(n)
)
def test_four_of_ten_other_rows_have_a_value_there_and_two_at_least(have, lack, parts):
    last = one(("Eve of the bay", 100), ("12", 200))
    assert len(cut(last, *[PLAIN] * have, *[(("Ann of Wells", 100),)] * lack)) == parts


def test_texts_behind_labels_and_values_behind_values_cut_nothing():
    last = one(("Eve of the bay", 100), ("12", 200))
    assert len(cut(last, *[(("Ann of Wells", 100), ("ab", 200))] * 3)) == 1
    assert len(cut(last, *[(("1901", 100), ("12", 200))] * 3)) == 1


OVER = ((LONG, 100), ("12", 204), ("7", 250))


@pytest.mark.parametrize(
    ("over", "plain", "is_bare"), [(1, 2, True), (2, 3, False), (2, 8, True), (3, 8, False)], ids=lambda n: str(n)
)
def test_labels_that_run_into_their_values_say_nothing_of_columns_where_they_are_few(over, plain, is_bare):
    rows = rows_of(*[OVER] * over, *[(*PLAIN, ("7", 250))] * plain)
    whole, bare = values_apart(rows)
    assert whole == rows
    assert [texts(found) for found in bare[:over]] == [["12", "7"] if is_bare else [LONG, "12", "7"]] * over
    assert bare[over:] == rows[over:]


@pytest.mark.parametrize(
    ("found", "others"),
    [
        # It ends left of where the values begin.
        ((("Eve of the north", 100), ("12", 204)), PLAIN),
        ((("Ann", 100), ("12,500", 206), ("7", 250)), (("Ann", 100), ("of Wells", 200), ("7", 250))),
        (((LONG, 100), ("ab", 204)), PLAIN),
        (((LONG, 100),), PLAIN),
    ],
    ids=["short", "value", "beside a text", "alone"],
)
def test_other_texts_say_where_columns_are(found, others):
    rows = rows_of(found, *[others] * 3)
    assert values_apart(rows)[1] == rows


TWO = (("Ann", 100), ("12", 200))


def test_gutters_are_white_at_least_as_wide_as_asked():
    rows = rows_of(TWO, (("Eve of", 100), ("12", 190)), (("All of the boats there are now", 100),))
    assert gutters(rows, 62) == [(128, 190)]
    assert gutters(rows, 62.5) == []


def test_three_columns_have_two_gutters():
    assert gutters(rows_of(*[(*TWO, ("7", 250))] * 3), 10) == [(115, 200), (210, 250)]


@pytest.mark.parametrize(("rows", "found"), [(10, [(115, 200)]), (9, [])])
def test_one_of_ten_rows_may_cross_a_gutter(rows, found):
    across = (("All of the boats there are now", 100), ("7", 240))
    assert gutters(rows_of(across, *[TWO] * (rows - 1)), 10) == found


def test_one_of_ten_rows_may_reach_into_a_gutter_from_either_side():
    left, right = (("Eve of", 100), ("12", 200)), (("Ann", 100), ("1250", 190))
    assert gutters(rows_of(left, *[TWO] * 9), 10) == [(115, 200)]
    assert gutters(rows_of(right, *[TWO] * 9), 10) == [(115, 200)]


def test_pieces_above_each_other_cross_a_gutter_once():
    across = (("All of the boats", 100), ("in the lofts there", 120), ("of it", 130), ("7", 220))
    assert gutters(rows_of(across, *[TWO] * 9), 10) == [(115, 200)]
    within = (("All of the boats", 100), ("in", 120), ("12", 200))
    assert gutters(rows_of(within, (("7", 100), ("12", 200))), 10) == [(174, 200)]
    beside = (("Ann", 100), ("of", 130), ("12", 200))
    assert gutters(rows_of(beside, *[TWO] * 8), 10) == [(115, 130), (140, 200)]


@pytest.mark.parametrize(
    ("columns", "edges"),
    [
        (("Ann Eve", "12 15"), [1]),
        (("Ann Eve", "12 15", "7 8"), [1, 2]),
        # A sign is of the number that it belongs to.
        (("Ann Eve", "$ $", "12 15"), [1]),
        (("$ $", "12 15", "Ann Eve"), [2]),
        (("Ann Eve", "12 15", "% %"), [1]),
        (("12 15", "% ‰", "Ann Eve"), [2]),
        (("( (", "12 15", ") %)", "7 8"), [3]),
        (("Ann Eve", "12 15", "$ $"), [1]),
        (("% %", "12 15", "7 8"), [2]),
        (("Ann Eve", "% $", "12 15"), [1]),
        (("Ann Eve", "$ 7", "12 15"), [1, 2]),
        # A bullet is of the text behind it, or an answer.
        (("• •", "Ann Eve", "12 15"), [2]),
        (("Ann Eve", "• •", "12 15"), [1]),
        (("Ann Eve", "• •"), [1]),
        (("Ann Eve", "• •", "• •"), [1, 2]),
        (("Ann Eve", "• •", "• •", "12 15"), [1, 2]),
        (("• Ann", "12 15"), [1]),
    ],
)
def test_signs_and_bullets_make_no_column(columns, edges):
    """Columns of two rows, and before which of them there is an edge."""
    cells = [column.split() for column in columns]
    rows = rows_of(*(tuple((column[i], 100 + 50 * k) for k, column in enumerate(cells)) for i in range(2)))
    ends = [max(row[k].box.x1 for row in rows) for k in range(len(cells))]
    assert edges_of(rows, 10) == [(ends[k - 1] + 100 + 50 * k) / 2 for k in edges]


def test_a_text_over_a_bullet_and_what_is_behind_it_leaves_the_bullet_one():
    over = (("All of the boats", 100), ("7", 250))
    assert len(edges_of(rows_of(over, *[(("•", 100), ("Ann", 150), ("12", 245))] * 9), 10)) == 1


HEAD = (("Name", 100), ("Total", 170))
DASH, NUMBER = (("Ann", 100), ("–", 170)), (("Eve", 100), ("12", 190))


@pytest.mark.parametrize(
    ("head", "body", "kept"),
    [
        (HEAD, [DASH, NUMBER], [150]),
        (HEAD, [DASH, NUMBER, (("Ida", 100), ("–", 170), ("12", 190))], [150, 182]),
        ((*HEAD, ("Boats", 200)), [DASH, NUMBER], [150, 182]),
        # Labels are a column of their own.
        ((("Name", 100),), [(("Ann", 100), ("12", 190)), (("7", 170), ("12", 190))], [150, 182]),
        ((("Name", 100),), [(("Ann", 100),), (("7", 170),)], [150]),
        # What reaches over the edge is in neither.
        (HEAD, [DASH, (("Ida", 100), ("12,500", 170), ("7", 190))], [150]),
    ],
)
def test_numbers_and_dashes_under_one_head_are_one_column(head, body, kept):
    assert whole_columns([150, 182], [row(20, *head)], rows_of(*body)) == kept


def test_columns_without_a_head_stay():
    assert whole_columns([150, 182], [], rows_of(DASH, NUMBER)) == [150, 182]
