"""Clauses within clauses, with hanging or indented first lines: each is an item, however deep."""

from __future__ import annotations

import textwrap
from collections import Counter

import pymupdf
import pytest

from pipeline.text_layer.lines.blocks import block_of
from pipeline.text_layer.paragraphs.clauses import items
from pipeline.text_layer.paragraphs.joining import join_lines
from tests.pipeline.text_layer.lines.test_rows import line as line_at
from tests.support.drawn import drawn_page, show

STATUTE = [
    (0, "(1) An authority shall appoint a harbour master, who shall—"),
    (1, "(a) keep a register of all vessels that lie in the"),
    (1.9, "harbour for more than one night;"),
    (1, "(b) give directions"),
    (2, "(i) for the mooring of vessels,"),
    (2, "(ii) for their loading and unloading, and"),
    (2, "(iii) for the removal of wrecks; and"),
    (1, "(c) report to the authority once a year."),
    (0, "(2) A harbour master may delegate any duty under subsection"),
    (0.9, "(1) or (b), but not the one under (c), to a deputy who"),
    (0.9, "has been sworn."),
]


@pytest.mark.parametrize("step", [14, 20, 30])
@pytest.mark.parametrize("size", [9, 11])
def test_each_clause_is_an_item_as_deep_as_it_is_set_in(page, read, column, step, size):
    for i, (depth, text) in enumerate(STATUTE):
        column(page, [text], 60 + step * depth, 100 + 1.25 * size * i, size=size)
    (block,) = read(page)
    assert block.label == "list"
    rows = block.content.split("\n")
    assert [row.strip().partition(" ")[0] for row in rows] == [
        "(1)",
        "(a)",
        "(b)",
        "(i)",
        "(ii)",
        "(iii)",
        "(c)",
        "(2)",
    ]
    assert [(len(row) - len(row.lstrip())) // 4 for row in rows] == [0, 1, 1, 2, 2, 2, 1, 0]
    assert rows[-1].endswith("under subsection (1) or (b), but not the one under (c), to a deputy who has been sworn.")


def test_two_lines_of_which_the_second_hangs_are_one_paragraph(page, read, column):
    column(page, ["MARA. Ladies and gentlemen, the ferry will be late this"], 60, 100)
    column(page, ["evening, and there is nothing to be done."], 78, 112)
    assert [block.content for block in read(page)] == [
        "MARA. Ladies and gentlemen, the ferry will be late this evening, and there is nothing to be done."
    ]


@pytest.mark.parametrize("end", [",", "—", ":"])
def test_a_line_that_leads_to_clauses_is_no_heading(read, prose, end):
    lines = [f"2. In this Act, unless it requires otherwise{end}", prose[:90], prose[90:180]]
    content = "".join(show(line, 60, 700 - 20 * i, 10) for i, line in enumerate(lines))
    assert "sub_title" not in [block.label for block in read(drawn_page(content))]


@pytest.mark.parametrize("name", ["PART I", "Chapter 12", "ARTICLE 5", "SCHEDULE", "ACT ONE", "Teil B"])
def test_the_name_of_a_part_is_a_heading_with_its_title(page, read, column, prose, name):
    for i, line in enumerate((name, "Preliminary matters")):
        page.insert_text((300 - pymupdf.get_text_length(line, "helv", 10) / 2, 100 + 14 * i), line, fontsize=10)
    column(page, [prose[:60], prose[60:90]], 60, 140)
    labels = {block.content.lstrip("# "): block.label for block in read(page)}
    joined = labels.get(f"{name} Preliminary matters")
    assert joined == "sub_title" or labels[name] == labels["Preliminary matters"] == "sub_title"


@pytest.mark.parametrize("text", ["Part of it", "Act in May", "Article 5 says", "Book I, line 3", "Section 3."])
def test_a_line_that_names_no_part_is_text(page, read, column, prose, text):
    column(page, [text], 60, 100)
    column(page, [prose[:60], prose[60:90]], 60, 140)
    assert [block.label for block in read(page)] == ["text", "text"]


@pytest.mark.parametrize("mark", ["[1]", "[12]", "[KN97]", "[Lam+03b]"])
@pytest.mark.parametrize("gap", [8, 15, 30])
def test_the_mark_of_a_reference_stands_before_it_however_far(page, read, column, prose, mark, gap):
    left = 60 + pymupdf.get_text_length(mark, fontsize=9) + gap
    for i in range(4):
        column(page, [mark], 60, 100 + 34 * i, size=9)
        column(page, ["M. Alder, " + prose[:60], prose[60:130]], left, 100.6 + 34 * i, size=9)
    text = "\n".join(block.content for block in read(page))
    assert text.count(f"{mark} M. Alder") == 4
    assert f"{mark}\n" not in text


def test_marks_of_references_in_a_table_stay_cells(page, read, column):
    for i in range(5):
        for x, text in ((60, f"[{i + 1}]"), (110, "Mill"), (190, f"{i * 7 + 12}.5"), (260, f"{i * 3}")):
            column(page, [text], x, 100 + 16 * i, size=9)
    (block,) = read(page)
    assert block.label == "table"
    assert "<td>[3]</td><td>Mill</td><td>26.5</td><td>6</td>" in block.content


@pytest.mark.parametrize("step", [14, 25])
@pytest.mark.parametrize("close", ["and the master has written so in the book.", "so far as he may."])
def test_words_that_close_a_clause_are_in_none_of_its_items(page, read, column, step, close):
    lines = [
        (0, "(1) The master may let a boat lie at the quay without any dues for a night if"),
        (1, "(a) it has been driven in by weather; or"),
        (1, "(b) it carries"),
        (2, "(i) bread or salt for the poor of the town; or"),
        (2, "(ii) a person who is ill,"),
        (0, close),
    ]
    for i, (depth, text) in enumerate(lines):
        column(page, [text], 60 + step * depth, 100 + 12.5 * i)
    blocks = read(page)
    assert [block.label for block in blocks] == ["list", "text"]
    assert [len(row) - len(row.lstrip()) for row in blocks[0].content.split("\n")] == [0, 4, 4, 8, 8]
    assert blocks[1].content == close


def test_a_clause_with_its_items_in_larger_type_is_no_heading(page, read, column, prose):
    column(page, ["(1) A master may", "(a) move a vessel; or", "(b) write a book."], 60, 100, size=13)
    column(page, [prose[:100], prose[100:190]], 60, 200)
    assert "sub_title" not in [block.label for block in read(page)]


@pytest.mark.parametrize("end", [";", ","])
@pytest.mark.parametrize("shift", [0, 12])
@pytest.mark.parametrize("width", [40, 95])
def test_an_item_that_fills_its_line_is_closed_as_well(page, read, column, end, shift, width):
    last = "without reasonable excuse does not show the register that he has been told to keep there"
    lines = [
        (0, "(1) A person who:"),
        (25, "(a) moves a boat; or"),
        *((25 if i == 0 else 40, part) for i, part in enumerate(textwrap.wrap(f"(b) {last}{end}", width))),
        (shift, "shall be guilty of an offence, and shall pay the dues that the master"),
        (shift, "has written down."),
        (0, "(2) Nothing else is owed."),
    ]
    for i, (x, text) in enumerate(lines):
        column(page, [text], 60 + x, 100 + 12 * i)
    text = "\n".join(block.content for block in read(page)).replace("    ", "")
    assert text.split("\n") == [
        "(1) A person who:",
        "(a) moves a boat; or",
        f"(b) {last}{end}",
        "shall be guilty of an offence, and shall pay the dues that the master has written down.",
        "(2) Nothing else is owed.",
    ]


def test_decimal_clauses_that_count_on_are_parted(page, read, column):
    texts = [
        "2.1 The miller told the board that some boats had paid their dues and others not",
        "2.2 It was agreed to write.",
        "2.3 The clerk does so in the week that follows, and reads to all of them section",
        "2.5 of the act.",
    ]
    column(page, texts, 60, 100)
    found = [block.content for block in read(page)]
    assert found == [*texts[:2], f"{texts[2]} {texts[3]}"]


@pytest.mark.parametrize("text", ["None.", "No dues."])
def test_a_short_clause_below_long_ones_has_its_number(page, read, column, text):
    for i, words in enumerate(["The minutes of the third of February were read and agreed.", text]):
        column(page, [f"{i + 3}.1"], 60, 100 + 40 * i)
        column(page, [words], 95, 100 + 40 * i)
    assert [block.content for block in read(page)][-1] == f"4.1 {text}"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Vor-", "und Nachteile"], "Vor- und Nachteile"),
        (["the har-", "bour"], "the harbour"),
        (["Austria-", "Hungary"], "Austria-Hungary"),
        (["state-of-the-", "art"], "state-of-the-art"),
        (["1914-", "18"], "1914-18"),
    ],
)
def test_a_hyphen_at_a_lines_end_stays_where_it_belongs_to_the_words(lines, text):
    assert join_lines(lines, Counter({"harbour": 2})) == text


@pytest.mark.parametrize("head", ["12. (1)", "12.—(1)", "(12)(1)"])
@pytest.mark.parametrize("inner", [0, 1])
def test_the_first_clause_stands_in_the_line_of_its_section(read, head, inner):
    """And the second one at the section's edge, or under the first."""
    first = f"{head} The keeper shall keep every gate in good repair and"
    at = 60 + inner * pymupdf.get_text_length(head[: -len("(1)")], "helv", 10)
    lines = [(60, first), (60 + 20 * inner, "shall open it when the water stands high"), (at, "(2) The board")]
    lines += [(60 + 20 * inner, "may by order name another mark and date"), (at, "(3) Nobody may shut it.")]
    content = "".join(show(text, x, 700 - 12.5 * i, 10) for i, (x, text) in enumerate(lines))
    text = "\n".join(block.content for block in read(drawn_page(content)))
    assert [row.split()[0].strip("-") for row in text.split("\n")][-2:] == ["(2)", "(3)"]
    assert "(2) The board may by order name another mark and date" in text


def test_roman_numbers_set_flush_right_are_items_of_one_depth(read):
    content = ""
    for i, (mark, text) in enumerate((("I.", "Spring"), ("II.", "Summer, when it is shut"), ("III.", "Autumn"))):
        content += show(mark, 80 - pymupdf.get_text_length(mark, "helv", 10), 700 - 13 * i, 10)
        content += show(text, 85, 700 - 13 * i, 10)
    (block,) = read(drawn_page(content))
    assert (block.label, block.content) == ("list", "I. Spring\nII. Summer, when it is shut\nIII. Autumn")


@pytest.mark.parametrize(
    ("first", "second", "left", "are_items"),
    [
        ("(1) Nets dry", "(2) Boats lie", 103, True),
        ("(1) Nets dry", "(2) Boats lie", 97, True),
        ("(1) Nets dry", "(2) Boats lie", 105, False),
        ("(1) Nets dry", "(2) Boats lie", 95, False),
        # A longer mark: where it begins or where its text does.
        ("(i) Nets dry", "(ii) Boats lie", 100, True),
        ("(i) Nets dry", "(ii) Boats lie", 95, True),
        ("(i) Nets", "(ii) Boats", 95, True),
        ("(i) Nets dry", "(ii) Boats lie", 90, False),
        ("(i) Nets dry", "(ii) Boats lie", 105, False),
    ],
)
def test_clauses_that_count_on_begin_at_one_place_or_their_texts_do(first, second, left, are_items):
    """A letter is five points wide, and four are one place."""
    assert items(block_of([line_at(first, 100, 100), line_at(second, left, 112)])) == ({0, 1} if are_items else set())
