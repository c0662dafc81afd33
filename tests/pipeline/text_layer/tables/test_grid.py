"""Words of lines that stand in cells, and those that stay on the page."""

from __future__ import annotations

from pipeline.text_layer.tables.parts.grid import without
from tests.pipeline.text_layer.lines.test_rows import line, texts

LINE = line("Ann of Norwich", 100, 200)


def test_of_a_line_partly_in_cells_the_rest_stays():
    assert texts(without({(LINE.words[0].text, LINE.words[0].box)}, [LINE])) == ["of Norwich"]


def test_a_line_that_is_in_a_cell_as_one_word_goes():
    """As upright heads are."""
    assert without({(LINE.text, LINE.box)}, [LINE]) == []


def test_other_lines_stay_as_they_are():
    other = line("Eve of Cromer", 100, 220)
    assert without({(word.text, word.box) for word in LINE.words}, [LINE, other]) == [other]
