"""CSV files: what a table says, and nothing that a spreadsheet would run."""

import csv
import io

import pytest

from output.document.joining.assemble import assemble
from output.formats.csv_tables import files
from output.grounding.blocks import Block, Box, Document, PageBlocks


def written(*cells):
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    block = Block("table", (Box(1, 1, 9, 9),), f"<table><tr>{row}</tr></table>")
    (text,) = files(assemble(Document("a", (PageBlocks(3, 600, 800, (block,)),)))).values()
    return next(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "cell",
    ['=HYPERLINK("http://x","y")', "=1+2", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "＝1+2",
     "- item",
     "+-1", "=5"],
)  # fmt: skip
def test_what_a_spreadsheet_would_compute_is_text(cell):
    assert written(cell, "b") == [f"'{cell}", "b"]


@pytest.mark.parametrize("cell", ["-5", "+5", "-1,234.50", "- 3", "-$5", "-5 %", "-1.5e-3", "-", "+", "--", "a=b"])
def test_numbers_and_dashes_stay(cell):
    assert written(cell, "b") == [cell, "b"]


def test_names_count_the_tables_that_begin_on_a_page():
    block = Block("table", (Box(1, 1, 9, 9),), "<table><tr><td>a</td></tr></table>")
    document = Document("a", (PageBlocks(3, 600, 800, (block, block)), PageBlocks(12, 600, 800, (block,))))
    assert list(files(assemble(document))) == ["p003-t1.csv", "p003-t2.csv", "p012-t1.csv"]
