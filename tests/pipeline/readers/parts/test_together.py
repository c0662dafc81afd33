"""Blocks of pieces stand where they are on the page, in the order of the pieces; a table that was cut is one again."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.model.family.blocks import Block, blocks
from pipeline.readers.parts.placed import on_page
from pipeline.readers.parts.together import together
from pipeline.transcript import Box, Finish, PageRef, Source, Transcript
from pipeline.views.ready_page import MARGIN

REF = PageRef(Source(Path("a.png"), "a.png"), 1)
PAGE = Transcript(REF, "was read whole", Finish.LOOP, 595, 842, "net", turned=0)
UPPER, LOWER = (0, 0, 999, 500), (0, 500, 999, 999)


def said(label: str, box: Box, words: str) -> str:
    return f"<|ref|>{label}<|/ref|><|det|>[{list(box)}]<|/det|>\n{words}\n\n"


def piece(place: Box, text: str, finish: Finish = Finish.STOP, **fields) -> Transcript:
    ref = PageRef(REF.source, 1, part=place, printed=True)
    return Transcript(ref, text, finish, **{"confidence": 0.9, "output_tokens": 10} | fields)


def read(*pieces: Transcript) -> tuple[list[Block], list[str], Transcript]:
    whole = together(PAGE, pieces)
    found = list(blocks(whole.text))
    return found, [whole.text[each.content : each.end].strip() for each in found], whole


def sheet(box: Box, place: Box) -> Box:
    """A box of the page as it is on the sheet that its part was read from."""

    def there(at: int, start: int, end: int) -> int:
        return round(((at - start) / (end - start) + MARGIN) / (1 + 2 * MARGIN) * 999)

    (x1, y1, x2, y2), (left, top, right, bottom) = box, place
    return there(x1, left, right), there(y1, top, bottom), there(x2, left, right), there(y2, top, bottom)


@pytest.mark.parametrize("place", [UPPER, (100, 300, 400, 700), (0, 0, 999, 999)])
def test_a_box_of_a_part_is_where_it_is_on_the_page(place):
    left, top, right, bottom = place
    box = left + 20, top + 30, right - 40, bottom - 50
    assert all(abs(a - b) <= 1 for a, b in zip(on_page(sheet(box, place), place), box, strict=True))
    assert on_page((0, 0, 999, 999), place) == place


def test_pieces_come_one_after_the_other_with_what_is_known_of_them():
    first = piece(
        UPPER, said("title", sheet((90, 200, 900, 240), UPPER), "# Ships") + said("text", (0, 0, 9, 9), "late")
    )
    second = piece(LOWER, said("list", sheet((90, 600, 900, 700), LOWER), "- pans"), confidence=0.6, output_tokens=30)
    first = Transcript(**vars(first) | {"by_block": (0.95, 0.8)})
    second = Transcript(**vars(second) | {"by_block": (0.6,)})
    found, texts, whole = read(first, second)
    assert texts == ["# Ships", "late", "- pans"] and [each.label for each in found] == ["title", "text", "list"]
    assert all(abs(a - b) <= 1 for a, b in zip(found[2].boxes[0], (90, 600, 900, 700), strict=True))
    assert (whole.by_block, whole.output_tokens) == ((0.95, 0.8, 0.6), 40)
    assert whole.confidence == pytest.approx((0.9 * 10 + 0.6 * 30) / 40)
    assert (whole.ref, whole.finish, whole.reader, whole.width) == (REF, Finish.LOOP, "net", 595)


def test_a_heading_that_a_piece_begins_with_is_no_title_of_the_page():
    found, texts, _ = read(*(piece(place, said("title", (0, 0, 9, 9), "# Ships")) for place in (UPPER, LOWER)))
    assert [each.label for each in found] == ["title", "sub_title"] and texts == ["# Ships", "## Ships"]


def test_a_piece_in_a_loop_has_no_probabilities_and_is_sure_of_nothing():
    whole = read(piece(UPPER, "a"), piece(LOWER, "b" * 30, Finish.LOOP, confidence=None, output_tokens=30))[2]
    assert whole.confidence == pytest.approx(0.9 * 10 / 40)


def test_a_reader_that_gives_no_probabilities_is_not_made_to_doubt():
    assert read(piece(UPPER, "a", confidence=None), piece(LOWER, "b", confidence=None))[2].confidence is None


def test_text_without_a_place_is_that_of_its_piece():
    found, texts, _ = read(piece(UPPER, "pans"), piece(LOWER, f"so {said('text', (0, 0, 9, 9), 'late')}"))
    assert texts == ["pans", "so", "late"] and [each.boxes[0] for each in found][:2] == [UPPER, LOWER]


@pytest.mark.parametrize(
    ("label", "box", "becomes"),
    [
        ("header", (90, 20, 500, 40), "header"),
        ("header", (90, 520, 500, 540), "text"),  # the first line of a piece, not of its page
        ("footer", (90, 950, 500, 970), "footer"),
        ("image", (90, 520, 500, 700), "image"),
    ],
)
def test_margins_are_those_of_the_page(label, box, becomes):
    place = UPPER if box[3] <= 500 else LOWER
    (found,), _, _ = read(piece(place, said(label, sheet(box, place), "x")))
    assert found.label == becomes


ROWS = "<table><tr><td>Salt</td><td>1</td></tr><tr><td>Pans</td><td>2</td></tr></table>"
MORE = "<table><tr><td>Herring</td><td>3</td></tr></table>"


def tables(second: str = MORE, box: Box = (90, 505, 900, 700), between: str = "") -> list[str]:
    return read(
        piece(UPPER, said("table", sheet((90, 100, 900, 495), UPPER), ROWS)),
        piece(LOWER, between + said("table", sheet(box, LOWER), second)),
    )[1]


def test_a_table_that_was_cut_between_two_rows_is_one_again():
    both = ROWS.removesuffix("</table>") + MORE.removeprefix("<table>")
    assert tables() == [both]
    found, _, whole = read(
        piece(UPPER, said("table", sheet((90, 100, 900, 495), UPPER), ROWS), by_block=(0.9,)),
        piece(LOWER, said("table", sheet((95, 505, 890, 700), LOWER), MORE), by_block=(0.5,)),
    )
    assert all(abs(a - b) <= 1 for a, b in zip(found[0].boxes[0], (90, 100, 900, 700), strict=True))
    assert len(whole.by_block) == 1 and 0.5 < whole.by_block[0] < 0.9


@pytest.mark.parametrize(
    "other",
    [
        {"second": "<table><tr><td>Herring</td></tr></table>"},
        {"second": "<table><tr><td>Herring</td><td>3</td><td>4</td></tr></table>"},
        {"box": (90, 600, 900, 700)},
        {"box": (400, 505, 900, 700)},
        {"between": said("table_caption", (60, 80, 900, 100), "Table 2. Pans")},
    ],
)
def test_another_table_stays_another(other):
    assert ROWS in tables(**other)


def test_columns_are_counted_with_their_spans():
    wide = '<table><tr><td colspan="2">Herring</td></tr></table>'
    assert tables(wide) == [ROWS.removesuffix("</table>") + wide.removeprefix("<table>")]


def test_two_tables_of_one_piece_stay_two():
    one = said("table", (90, 100, 900, 495), ROWS) + said("table", (90, 500, 900, 700), MORE)
    assert read(piece(UPPER, one))[1] == [ROWS, MORE]
