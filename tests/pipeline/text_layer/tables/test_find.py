"""What belongs to one table of a page makes no other: rules, grounds and text of tables beside and under each other."""

from __future__ import annotations

import pymupdf
import pytest

from tests.pipeline.text_layer.tables.test_rows import put, tables
from tests.pipeline.text_layer.tables.test_tables import HTML, STEP, TOP, XS, fill, horizontal

GREY = (0.85, 0.9, 0.95)
WORDS = [["Boat", "Port"], ["Ann", "Norwich"], ["Eve", "Cromer"]]
OF_WORDS = (
    "<table><tr><th>Boat</th><th>Port</th></tr><tr><td>Ann</td><td>Norwich</td></tr>"
    "<tr><td>Eve</td><td>Cromer</td></tr></table>"
)


def ruled(page: pymupdf.Page) -> None:
    """The grid of the other tests, from 200 to 280 points."""
    fill(page)
    horizontal(page, *range(5))
    for x in XS:
        page.draw_line((x, TOP), (x, TOP + 4 * STEP))


def test_two_grounds_as_columns_with_rules_between_their_rows(page, read):
    """Texts that nearly touch where the grounds meet are two all the same."""
    for x0, x1, colour in ((100, 200, GREY), (200, 300, (0.9, 0.8, 0.8))):
        page.draw_rect((x0, 200, x1, 260), color=None, fill=colour)
    for i, (left, right) in enumerate(WORDS):
        page.insert_text((198 - pymupdf.get_text_length(left, fontsize=10), 214 + 20 * i), left, fontsize=10)
        page.insert_text((202, 214 + 20 * i), right, fontsize=10)
    for y in (220, 240):
        page.draw_line((100, y), (300, y))
    (table,) = [block for block in read(page) if block.label == "table"]
    assert (table.content, table.box) == (OF_WORDS.replace("th>", "td>"), (166, 250, 500, 325))


def test_a_short_table_between_rules_beside_a_grid(page, read):
    """Of two rows, which nothing but its rules makes a table."""
    ruled(page)
    put(page, WORDS[:2], [425, 500], 214, 22)
    for y in (200, 222, 244):
        page.draw_line((420, y), (560, y))
    assert tables(read(page)) == [HTML, OF_WORDS.replace("<tr><td>Eve</td><td>Cromer</td></tr>", "")]


@pytest.mark.parametrize(("rule", "first"), [(160, 174), (330, 304)])
def test_the_side_of_a_grid_and_a_rule_beyond_it_are_no_table_of_the_text_between(page, read, rule, first):
    ruled(page)
    page.draw_line((XS[0], rule), (XS[-1], rule))
    put(page, WORDS[1:], [105, 305], first, 16)
    assert tables(read(page)) == [HTML]


def test_a_table_of_grounds_right_under_a_grid(page, read):
    ruled(page)
    for row in range(3):
        for column in range(2):
            box = (100 + 150 * column, 280 + 20 * row, 250 + 150 * column, 300 + 20 * row)
            page.draw_rect(box, color=None, fill=(0.8, 0.9 - 0.1 * column, 1 - 0.1 * row))
    put(page, WORDS, [105, 255], 294, 20)
    found = [(block.content, block.box) for block in read(page) if block.label == "table"]
    assert found == [(HTML, (166, 250, 666, 350)), (OF_WORDS.replace("th>", "td>"), (166, 350, 666, 425))]
