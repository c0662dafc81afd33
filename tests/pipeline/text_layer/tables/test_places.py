"""Which columns a text stands in, and where the text of each column is."""

from __future__ import annotations

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.text.places import extents_of, is_lined, place_alone
from tests.pipeline.text_layer.lines.test_rows import line


def centred(text: str, middle: float, y: float) -> Line:
    width = line(text, 0, y).box.width
    return line(text, middle - width / 2, y)


def test_texts_alone_in_their_rows_need_no_rule_between_lined_rows():
    rows = [[line("Ann", 100, y), line("12", 200, y)] for y in (200, 240, 260)]
    rows.insert(1, [line("of the bay", 100, 212)])
    assert is_lined(rows, [225, 250])
    assert not is_lined(rows, [225])


def test_where_a_column_is_only_texts_in_it_alone_tell():
    rows = [
        [((0, 0), line("Ann", 100, 200)), ((1, 1), line("bay", 160, 200))],
        [((0, 1), line("Eve of Cromer", 90, 220)), ((2, 2), line("12", 240, 220))],
    ]
    assert extents_of(rows, 3) == [(100, 115), (160, 175), (240, 250)]


def test_a_text_in_the_middle_of_the_table_and_of_its_column_is_of_the_column():
    """Two others have their middle there; one may by chance."""
    rows = [[line("Ann", 100, y), centred(port, 200, y)] for y, port in ((200, "Norwich"), (220, "Great Cromer"))]
    alone, around = centred("All", 200, 240), Rect(100, 190, 300, 242)
    assert place_alone(alone, [150], around, rows) == ((1, 1), alone)
    assert place_alone(alone, [150], around, rows[:1]) == ((0, 1), alone)
