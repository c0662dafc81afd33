"""Words in the boxes of their blocks: on the lines that the ink shows, in hOCR and in ALTO."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from output.document.joining.assemble import assemble
from output.formats.placed.alto import document_alto
from output.formats.placed.hocr import document_hocr
from output.formats.placed.placing import sheets
from output.grounding.blocks import Block, Box, Document, PageBlocks

TEXT = "High water is at noon and low water at six in the evening of the day"
WORDS = TEXT.split()


def page(*blocks, **facts):
    return assemble(Document("tide & time", (PageBlocks(1, 500, 500, blocks, reader="nano", confidence=0.9, **facts),)))


def test_a_text_fills_its_box_line_by_line():
    (sheet,) = sheets(page(Block("text", (Box(100, 100, 899, 300),), TEXT)))
    (part,) = sheet.parts
    assert [word.text for line in part.lines for word in line.words] == WORDS
    assert len(part.lines) == 3
    for line in part.lines:
        xs = [edge for word in line.words for edge in (word.box[0], word.box[2])]
        assert xs == sorted(xs)
        assert xs[0] == pytest.approx(50, abs=0.5)
        assert xs[-1] == pytest.approx(450, abs=0.5)


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_lines_lie_where_the_ink_is(turned):
    upright = np.full((500, 500, 3), 255, np.uint8)
    for top, right in ((60, 440), (80, 440), (130, 200)):  # the last one short, and further down
        upright[top : top + 10, 60:right] = 0
    upright[110, 60:440] = 0  # a hairline is no line of text
    lying = np.rot90(upright, -turned)
    box = Box(100, 100, 899, 299)
    for _ in range(-turned % 4):
        box = Box(box.y1, 999 - box.x2, box.y2, 999 - box.x1)
    (sheet,) = sheets(page(Block("text", (box,), TEXT), turned=turned), lambda *_: lying)
    lines = sheet.parts[0].lines
    places = [(60, 60, 440, 70), (60, 80, 440, 90), (60, 130, 200, 140)]
    for line, (x0, y0, x1, y1) in zip(lines, places, strict=True):
        for _ in range(turned):  # back to the page as it lies, clockwise
            x0, y0, x1, y1 = 500 - y1, x0, 500 - y0, x1
        assert line.box == pytest.approx((x0, y0, x1, y1), abs=1)
    assert len(lines[2].words) < len(lines[0].words)


def test_cells_stand_in_rows_and_columns():
    table = "<table><tr><td>a</td><td>bcd</td></tr><tr><td></td><td>x &lt; y</td></tr></table>"
    (sheet,) = sheets(page(Block("table", (Box(0, 0, 999, 999),), table)))
    assert [line.text for line in sheet.parts[0].lines] == ["a", "bcd", "x < y"]
    a, b, x = (line.box for line in sheet.parts[0].lines)
    assert a[1] == b[1] < x[1]
    assert a[0] < b[0] == x[0]


def test_hocr_and_alto_have_every_word_and_its_box():
    assembly = page(
        Block("title", (Box(0, 0, 500, 40),), "# A & B"), Block("text", (Box(0, 100, 999, 120),), "one two")
    )
    hocr = ElementTree.fromstring("".join(document_hocr("tide & time", sheets(assembly))))
    words = [e for e in hocr.iter("{http://www.w3.org/1999/xhtml}span") if e.get("class") == "ocrx_word"]
    assert [word.text for word in words] == ["A", "&", "B", "one", "two"]
    assert words[0].get("title") == "bbox 0 0 209 83; x_wconf 90"
    alto = ElementTree.fromstring("".join(document_alto("tide & time", sheets(assembly))))
    strings = list(alto.iter("{http://www.loc.gov/standards/alto/ns-v4#}String"))
    assert [s.get("CONTENT") for s in strings] == ["A", "&", "B", "one", "two"]
    assert (strings[0].get("WC"), strings[0].get("HPOS"), strings[3].get("VPOS")) == ("0.90", "0", "177")
