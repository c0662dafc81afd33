"""Pages of tagged PDFs: read by their tags where these are sound, and by sight where they are not."""

from __future__ import annotations

import pymupdf
import pytest

from tests.support.tagged import Tag, tagged_page

WORDS = "the harbour office keeps a ledger of every boat that comes in before noon and signs it"


def lines(y, count=3, x=50.0, size=10.0, word="Here"):
    """Lines of prose from y on."""
    return [(f"{word} {WORDS}" if i == 0 else WORDS, x, y + 12 * i, size) for i in range(count)]


def paragraph(y, word="Here", **where):
    return Tag("P", lines(y, word=word, **where))


def told(found):
    return [(block.label, block.content) for block in found]


def test_headings_have_the_levels_of_their_tags_whatever_their_type(read):
    page = tagged_page([
        Tag("H1", [("Boats", 50, 80, 10)]), paragraph(100), Tag("H2", [("7 Nets", 50, 160, 10)]), paragraph(180),
        Tag("H3", [("Ropes", 50, 240, 10)]), paragraph(260, word="There"),
    ])  # fmt: skip
    assert [t for t in told(read(page)) if t[0] != "text"] == [
        ("title", "# Boats"), ("sub_title", "### 7 Nets"), ("sub_title", "#### Ropes")
    ]  # fmt: skip


def test_names_of_a_program_s_own_stand_for_standard_ones(read):
    page = tagged_page([Tag("Kop", [("Boats", 50, 80, 10)]), paragraph(100)], roles={"Kop": "Big", "Big": "H1"})
    assert told(read(page))[0] == ("title", "# Boats")


def test_a_list_is_nested_as_tagged_and_numbered_as_printed(read):
    def item(label, text, x, y, *kids):
        return Tag("LI", [], [Tag("Lbl", [(label, x, y, 10)]), Tag("LBody", [(text, x + 30, y, 10)], kids)])

    inner = Tag("L", [], [item("a)", "sails", 80, 124), item("b)", "oars", 80, 136)])
    boats = Tag("L", [], [item("1.", "boats", 50, 112, inner), item("2.", "nets", 50, 148), item("-", "more", 50, 160)])
    page = tagged_page([paragraph(60), boats])
    assert told(read(page))[1] == ("list", "1. boats\n    a) sails\n    b) oars\n2. nets\n- more")


def cell(kind, text, x, y, more=""):
    return Tag(kind, [(text, x, y, 10)] if text else [], more=more)


def table(*rows):
    return Tag("Table", [], [Tag("TR", [], row) for row in rows])


def test_a_table_without_rules_has_its_heads_spans_and_empty_cells(read):
    page = tagged_page([paragraph(60), table(
        [cell("TH", "Boat", 50, 120), cell("TH", "Catch", 200, 120, "/A<</O/Table/ColSpan 2>>")],
        [cell("TD", "Swan", 50, 132, "/A[<</O/Layout>><</O/Table/RowSpan 2>>]"), cell("TD", "3", 200, 132),
         cell("TD", "", 0, 0)],
        [cell("TD", "12", 200, 144), cell("TD", "7", 300, 144)],
    )])  # fmt: skip
    assert told(read(page))[1] == (
        "table",
        '<table><tr><th>Boat</th><th colspan="2">Catch</th></tr><tr><td rowspan="2">Swan</td><td>3</td><td></td></tr>'
        "<tr><td>12</td><td>7</td></tr></table>",
    )


@pytest.mark.parametrize(
    "rows",
    [
        [[cell("TD", "Swan", 50, 120), cell("TD", "3", 200, 120)], [cell("TD", "Gull", 50, 132)]],
        [
            [cell("TD", "3", 200, 120), cell("TD", "Swan", 50, 120)],
            [cell("TD", "Gull", 200, 132), cell("TD", "4", 50, 132)],
        ],
        [
            [cell("TD", "Swan", 50, 120), cell("TD", "3", 200, 120)],
            [cell("TD", "Gull", 50, 108), cell("TD", "4", 200, 108)],
        ],
        [[Tag("P", [("Swan", 50, 120, 10)])], [Tag("P", [("Gull", 50, 132, 10)])]],
    ],
    ids=["a span that is not told", "columns the wrong way", "rows the wrong way", "no cells"],
)
def test_a_table_that_does_not_fit_the_page_makes_its_tags_unsound(read, rows):
    tags = [Tag("H1", [("Boats", 50, 40, 10)]), paragraph(60), table(*rows), paragraph(200, word="There")]
    assert told(read(tagged_page(tags))) == told(read(tagged_page(tags, marks="<<>>")))


def test_a_table_of_one_column_only_lays_out(read):
    laid = table([cell("TD", "Swan", 50, 120)], [cell("TD", "Gull", 50, 132)])
    found = told(read(tagged_page([Tag("H1", [("Boats", 50, 40, 10)]), paragraph(60), laid])))
    assert found[0] == ("title", "# Boats")
    assert found[2:] == [("text", "Swan Gull")]


def test_a_table_without_tagged_heads_has_those_that_are_to_be_seen(read):
    page = tagged_page([paragraph(60), table(
        [cell("TD", "Boat", 50, 120), cell("TD", "Catch", 200, 120)],
        [cell("TD", "Swan", 50, 132), cell("TD", "3", 200, 132)],
        [cell("TD", "Gull", 50, 144), cell("TD", "12", 200, 144)],
    )])  # fmt: skip
    assert told(read(page))[1][1].startswith("<table><tr><th>Boat</th><th>Catch</th></tr><tr><td>Swan</td>")


def test_a_tagged_table_is_as_large_as_the_rules_around_it(read):
    """What goes on over a page is told by its box, and the cells of the last column are often empty."""
    page = tagged_page([paragraph(60), table(
        [cell("TH", "Boat", 65, 120), cell("TH", "Catch", 205, 120)],
        [cell("TD", "Swan", 65, 140), cell("TD", "3", 205, 140)],
        [cell("TD", "Gull", 65, 160), cell("TD", "12", 205, 160)],
    )])  # fmt: skip
    for y in (106, 126, 146, 166):
        page.draw_line((60, y), (540, y))
    for x in (60, 200, 540):
        page.draw_line((x, 106), (x, 166))
    found = read(page)[1]
    assert found.content.startswith("<table><tr><th>Boat</th><th>Catch</th></tr><tr><td>Swan</td>")
    assert found.box == (100, 132, 899, 207)


def test_a_title_among_sections_of_its_level_is_the_largest(read):
    page = tagged_page([Tag("H1", [("Of Boats", 50, 60, 20)]), Tag("H1", [("Nets", 50, 90, 14)]), paragraph(110)])
    assert told(read(page))[:2] == [("title", "# Of Boats"), ("sub_title", "## Nets")]


def test_the_order_is_the_tree_s(read):
    tags = [Tag("H1", [("Boats", 50, 60, 10)]), paragraph(90, "One"), paragraph(140, "Aside"), paragraph(190, "Two"),
            paragraph(240, "Three"), paragraph(290, "Four"), paragraph(340, "Five")]  # fmt: skip
    texts = [text.split()[0] for _, text in told(read(tagged_page(tags, order=[0, 1, 3, 4, 5, 6, 2])))]
    assert texts == ["#", "One", "Two", "Three", "Four", "Five", "Aside"]


def test_a_paragraph_over_two_columns_goes_on_at_the_top_of_the_second(read):
    start, end = (
        [("The boat goes on and", 50, 700, 10), ("On till it reaches", 50, 712, 10)],
        [("the old harbour.", 320, 80, 10)],
    )
    page = tagged_page([Tag("H2", [("Boats", 50, 60, 10)]), paragraph(90), Tag("P", [*start, *end])])
    assert ("text", "The boat goes on and On till it reaches the old harbour.") in told(read(page))


def test_notes_captions_code_and_what_runs_over_the_page(read):
    page = tagged_page(
        [Tag("Table", [], [Tag("Caption", [("Catches of 1880", 50, 88, 10)]), *table(
            [cell("TH", "Boat", 50, 100), cell("TH", "Catch", 200, 100)],
            [cell("TD", "Swan", 50, 112), cell("TD", "3", 200, 112)]).kids]),
         paragraph(140), Tag("Code", [("x = 1", 50, 190, 10)]), Tag("Note", [("1 Not the boat.", 50, 300, 8)])],
        outside=[("Harbour news", 50, 30, 10), ("7", 300, 780, 10)],
    )  # fmt: skip
    found = told(read(page))
    assert [label for label, _ in found] == [
        "header",
        "table_caption",
        "table",
        "text",
        "code",
        "footnote",
        "page_number",
    ]
    assert found[0][1] == "Harbour news"


def test_bold_text_that_is_a_paragraph_is_no_heading_but_larger_one_is(read):
    page = tagged_page([Tag("H1", [("Boats", 50, 60, 20)]), Tag("P", [("NOTES OF THE OFFICE", 50, 80, 10)]),
                        paragraph(100), Tag("P", [("Large words", 50, 160, 16)]), paragraph(190)])  # fmt: skip
    assert [t for t in told(read(page)) if len(t[1]) < 30] == [
        ("title", "# Boats"), ("text", "NOTES OF THE OFFICE"), ("sub_title", "### Large words")
    ]  # fmt: skip


def test_a_larger_paragraph_above_is_the_title_and_the_heading_a_section(read):
    page = tagged_page([Tag("P", [("Of Boats", 50, 60, 20)]), Tag("H1", [("Nets", 50, 90, 12)]), paragraph(110)])
    assert told(read(page))[:2] == [("title", "# Of Boats"), ("sub_title", "## Nets")]


HEADED = [Tag("H2", [("Boats", 50, 60, 10)]), paragraph(90, "One"), paragraph(140, "Two"), paragraph(190, "Three"),
          paragraph(240, "Four"), paragraph(290, "Five")]  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [
        {"marks": "<</Marked false>>"},
        {"marks": "<</Marked true/Suspects true>>"},
        {"outside": lines(400)},  # added after the page was tagged
        {"order": [5, 4, 3, 2, 1, 0]},
        {"order": [0, 3, 1, 4, 2, 5]},
        {"order": []},
        {"tags": [Tag("P", tag.texts) for tag in HEADED]},
        {"tags": [Tag("H2", tag.texts) for tag in HEADED]},
        {"tags": [Tag("Document", [text for tag in HEADED for text in tag.texts])]},
        {"tags": [Tag("H2", [text for tag in HEADED for text in tag.texts])]},
    ],
    ids=["unmarked", "suspect", "untagged text", "backwards", "shuffled", "empty tree", "all paragraphs",
         "all headings", "one part", "one heading"],
)  # fmt: skip
def test_tags_that_are_not_sound_change_nothing(read, page):
    plain = read(tagged_page(HEADED, marks="<<>>"))
    found = read(tagged_page(**{"tags": HEADED, **page}))
    words = [block.content for block in found if "harbour" in block.content]
    assert words[:5] == [block.content for block in plain if "harbour" in block.content]
    assert not any(block.label == "sub_title" for block in found)
    sound = read(tagged_page(HEADED))
    assert ("sub_title", "### Boats") in told(sound)


def test_a_form_is_read_by_sight(read):
    page = tagged_page(HEADED)
    page.draw_rect((50, 400, 60, 410))
    page.insert_text((65, 409), "Agreed by the harbour office and by the mill", fontsize=10)
    assert not any(block.label == "sub_title" for block in read(page))


def test_a_tree_that_runs_in_a_circle_or_is_broken_costs_nothing(read):
    page = tagged_page(HEADED)
    file = page.parent
    for xref in range(1, file.xref_length()):
        if file.xref_get_key(xref, "S")[0] != "null":
            file.xref_set_key(xref, "P", f"{xref} 0 R")
    assert not any(block.label == "sub_title" for block in read(page))


def test_a_stamp_across_a_tagged_table_is_kept_and_in_no_cell(read):
    """The rules are found by sight, too; the stamp lies in that table, and the tags tell another."""
    tagged = tagged_page([paragraph(60), table(
        [cell("TH", "Boat", 50, 120), cell("TH", "Catch", 200, 120)],
        [cell("TD", "Gull", 50, 160), cell("TD", "herring", 200, 160)],
        [cell("TD", "Tern", 50, 200), cell("TD", "sprat", 200, 200)],
    )])  # fmt: skip
    stamped = pymupdf.open("pdf", tagged.parent.tobytes())
    for across in (100, 140, 180, 220):
        stamped[0].draw_line((40, across), (340, across))
    for down in (40, 190, 340):
        stamped[0].draw_line((down, 100), (down, 220))
    point = pymupdf.Point(100, 210)
    stamped[0].insert_text(point, "DO NOT SEND THIS", fontsize=14, morph=(point, pymupdf.Matrix(30)))
    found = told(read(stamped[0]))
    (html,) = [content for label, content in found if label == "table"]
    assert "DO NOT" not in html
    assert ("text", "DO NOT SEND THIS") in found
