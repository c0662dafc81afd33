"""Boxes that a document states stand at their labels on pages that a network read, ticked as the document has them."""

from __future__ import annotations

import pytest

from output.formats.markdown import document_markdown
from output.grounding.blocks import Block, Box, Document, PageBlocks, Ticked

AT = Box(100, 100, 500, 200)


def written(text, *boxes, label="text", reader="nano"):
    page = PageBlocks(1, 600, 800, (Block(label, (AT,), text),), reader=reader, boxes=boxes)
    return document_markdown(Document("a", (page,))).rstrip("\n")


def box(text, checked=False, **beside):
    return Ticked(text, checked, AT, **beside)


YES, NO = box("Yes", True, after="  No"), box("No", before="Yes  ")


@pytest.mark.parametrize(
    ("read", "boxes", "shown"),
    [
        ("I agree to the terms.", [box("I agree to the terms.", True)], "- [x] I agree to the terms."),
        ("Yes No", [YES, NO], "- [x] Yes [ ] No"),
        ("☐ Yes □ No", [YES, NO], "- [x] Yes [ ] No"),
        ("[ ] Yes [x] No", [YES, NO], "- [x] Yes [ ] No"),
        (r"Smoker: \( \square \) Yes \(\boxtimes\) No", [YES, NO], "Smoker: [x] Yes [ ] No"),
        ("Smoker", [box("Smoker", True, is_last=True)], "Smoker [x]"),
        ("Smoker ☐ or not", [box("Smoker", True, after=" or", is_last=True)], "Smoker [x] or not"),
        ("Something else", [YES, NO], "Something else"),
    ],
)
def test_a_sign_stands_at_the_label(read, boxes, shown):
    assert written(read, *boxes) == shown


def test_items_of_a_list_and_cells_of_a_table():
    assert written("- Boats of wood\n- Nets of hemp", box("Nets of hemp", True), label="list") == (
        "- Boats of wood\n- [x] Nets of hemp"
    )
    table = "<table><tr><td>Smoker</td><td>Yes</td><td>No</td></tr></table>"
    assert "<td>Smoker</td><td>[x] Yes</td><td>[ ] No</td>" in written(table, YES, NO, label="table")


@pytest.mark.parametrize("label", ["title", "code", "header", "image"])
def test_no_sign_is_put_where_none_belongs(label):
    assert "[x]" not in written("I agree to the terms.", box("I agree to the terms.", True), label=label)


def test_the_text_layer_s_pages_have_theirs_already():
    assert (
        written("☒ I agree to the terms.", box("I agree to the terms."), reader="text-layer")
        == "[x] I agree to the terms."
    )
