"""What elements of a tagged PDF say in place of what they draw: letters, hyphens, formulas; none may cost words."""

from __future__ import annotations

import pymupdf
import pytest

from tests.support.tagged import Tag, tagged_page

HEAD = Tag("H1", [("The harbour", 60, 80, 16)])
PROSE = "The old mill stood where two rivers met, and each spring the water rose."


def spans(*parts: tuple[str, str], y: float = 140) -> Tag:
    """A paragraph whose runs are elements: each text with what stands for it, if anything; `|` begins a new line."""
    kids, x = [], 60.0
    for text, more in parts:
        if text.startswith("|"):
            x, y = 60.0, y + 14
        kids.append(Tag("Span", [(text.lstrip("|"), x, y, 11)], more=more))
        x += pymupdf.get_text_length(text.lstrip("|"), "helv", 11)
    return Tag("P", kids=kids)


def texts(read, *tags: Tag) -> list[str]:
    page = tagged_page([HEAD, Tag("P", [(PROSE, 60, 110, 11)]), *tags])
    return [block.content for block in read(page)][2:]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([("The o", ""), ("XY", "/ActualText (ffi)"), ("ce is shut in winter.", "")], "The office is shut in winter."),
        ([("The rules of the har", ""), ("-", "/ActualText <FEFF00AD>"), ("|bour are kept by the clerk.", "")],
         "The rules of the harbour are kept by the clerk."),
        ([("It is ", ""), ("Y", "/ActualText (1/2)"), (" of a mile.", "")], "It is 1/2 of a mile."),
        ([("Nobody paid the dues of ninety euro", "/ActualText ()"), (" in May.", "")],
         "Nobody paid the dues of ninety euro in May."),
        ([("Nobody paid the dues of ninety euro", "/ActualText (x)"), (" in May.", "")],
         "Nobody paid the dues of ninety euro in May."),
        ([("Nobody paid the dues", "/Alt (A picture of a mill)"), (" in May.", "")], "Nobody paid the dues in May."),
    ],
)  # fmt: skip
def test_what_stands_for_a_run_is_read_in_its_paragraph(read, parts, text):
    assert texts(read, spans(*parts)) == [text]


def test_a_formula_says_what_it_draws_or_what_stands_for_it(read):
    drawn = Tag("Formula", [("E = mc", 200, 140, 11)], more="/Alt (E equals m c squared)")
    said = Tag("Formula", [("E = mcX", 200, 170, 11)], more="/ActualText (E = mc\\262)")
    assert texts(read, drawn, said) == [r"\[ E = mc \]", "E = mc²"]


def test_elements_in_another_order_than_drawn_are_read_in_their_own(read):
    one, two = spans(("First the boats.", ""), y=180), spans(("Then the nets.", ""), y=140)
    page = tagged_page([HEAD, two, one, Tag("P", [(PROSE, 60, 220, 11)])], order=[0, 2, 1, 3])
    assert [block.content for block in read(page)][1:] in (
        ["First the boats.", "Then the nets.", PROSE], ["Then the nets.", "First the boats.", PROSE],
    )  # fmt: skip
