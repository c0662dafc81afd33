"""Items of lists with the marks that are printed: letters, Roman numbers, capitals, however deep."""

from __future__ import annotations

import pytest

from output.text import lists


def written(text: str) -> str:
    return lists.markdown(lists.split(text, is_list=True)[1], str)


@pytest.mark.parametrize(
    "marks",
    [
        ["(i)", "(ii)", "(iii)", "(iv)", "(v)"],
        ["i.", "ii.", "iii."],
        ["(A)", "(B)", "(C)"],
        ["I.", "II.", "III."],
        ["(viii)", "(ix)", "(x)", "(xi)"],
        ["(h)", "(i)", "(j)"],
    ],
)
def test_each_mark_that_counts_on_begins_an_item(marks):
    assert written("\n".join(f"{mark} boats" for mark in marks)) == "\n".join(f"- {mark} boats" for mark in marks)


def test_items_that_a_model_ran_together_are_parted():
    assert written("(i) boats, (ii) nets, and (iii) wrecks") == "- (i) boats,\n- (ii) nets, and\n- (iii) wrecks"


def test_clauses_within_clauses_keep_their_depth():
    text = "(1) It shall\n    (a) keep boats\n        (i) large\n        (ii) small\n    (b) mend nets\n(2) It may not."
    assert written(text) == (
        "- (1) It shall\n  - (a) keep boats\n    - (i) large\n    - (ii) small\n  - (b) mend nets\n- (2) It may not."
    )


def test_the_initials_of_a_name_begin_no_item():
    assert written("1. boats of Ada and\nB. Field, and\nX. Stone\n2. nets") == (
        "1. boats of Ada and B. Field, and X. Stone\n2. nets"
    )


@pytest.mark.parametrize(
    ("marker", "after", "does"),
    [("(i)", "(ii)", True), ("(i)", "(j)", True), ("(ii)", "(iii)", True), ("(z)", "(aa)", False),
     ("II.", "III.", True), ("(ii)", "(c)", False), ("3.", "4.", True),
      ("•", "•", True), ("(ix)", "(x)", True), ("A.", "B.", True),
     ("x", "y", False)],
)  # fmt: skip
def test_what_counts_on(marker, after, does):
    assert lists.follows(marker, after) is does


@pytest.mark.parametrize("text", ["Ada Field\n3. Stock\n4711 Harbourton", "Ada Field\nflat\n12. Haus"])
def test_an_ordinal_in_an_address_begins_no_item(text):
    assert lists.split(text, is_list=False) == (text, ())


@pytest.mark.parametrize("text", ["1. boats", "3. boats", "They have\n1. boats"])
def test_a_number_alone_begins_one_as_the_first_line_or_as_the_first_number(text):
    assert len(lists.split(text, is_list=False)[1]) == 1
