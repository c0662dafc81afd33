"""A page's text layer → grounded text: exact blocks, labels, boxes and order on small PDFs."""

from __future__ import annotations

import pymupdf
import pytest

LEFT = ["Alpha one starts the first column here,", "alpha two goes on below the first line,", "alpha three ends it."]
RIGHT = ["Beta one starts the second column now,", "beta two goes on below the first line,", "beta three ends it."]


def test_one_paragraph_is_one_block_in_the_models_grammar():
    from pipeline.text_layer.page import ground_page

    page = pymupdf.open().new_page(width=1000, height=1000)
    page.insert_text((100, 200), "Good morning,", fontsize=20)
    page.insert_text((100, 224), "world.", fontsize=20)
    width = pymupdf.get_text_length("Good morning,", fontsize=20)
    expected = f"<|ref|>text<|/ref|><|det|>[[100, 184, {int(100 + width)}, 228]]<|/det|>\nGood morning, world.\n\n"
    assert ground_page(page) == expected


def test_columns_are_read_one_after_the_other_and_a_spanning_title_first(page, read, column):
    column(page, ["A Title over Both of the Columns"], 120, 80, size=20, fontname="hebo")
    column(page, LEFT * 4, 50, 130)
    column(page, RIGHT * 4, 320, 130)
    found = read(page)
    assert found[0].label == "title"
    text = " ".join(block.content for block in found)
    assert text.index("Title") < text.index("Alpha one") < text.rindex("alpha three") < text.index("Beta one")


def test_a_paragraph_across_the_page_parts_the_columns_above_from_those_below(page, read, column):
    column(page, LEFT, 50, 100)
    column(page, RIGHT, 320, 100)
    column(
        page,
        ["A wide line that spans both columns from the left edge to the right edge of the page, all of it."],
        50,
        200,
    )
    column(page, ["Gamma is on the left below the wide line,", "and has two lines."], 50, 250)
    column(page, ["Delta is on the right below the wide line,", "and has two lines."], 320, 250)
    text = " ".join(block.content for block in read(page))
    order = [text.index(word) for word in ("Alpha one", "Beta one", "A wide line", "Gamma", "Delta")]
    assert order == sorted(order)


def test_headings_get_their_level_from_size_and_number(page, read, column, prose):
    column(page, ["Mills and Floods"], 50, 80, size=22)
    column(page, ["2 Rivers"], 50, 130, size=14)
    column(page, [prose[:90]] * 4, 50, 160)
    column(page, ["2.1 The lower windows"], 50, 260, size=12, fontname="hebo")
    column(page, [prose[:90]] * 4, 50, 290)
    found = [(block.label, block.content) for block in read(page) if block.label != "text"]
    assert found == [
        ("title", "# Mills and Floods"),
        ("sub_title", "## 2 Rivers"),
        ("sub_title", "### 2.1 The lower windows"),
    ]


def test_list_items_come_one_a_line(page, read, column, prose):
    column(page, [prose[:80]] * 3, 50, 100)
    column(
        page, ["\u2022 first item that is long enough to be broken", "  over two lines", "\u2022 second item"], 60, 150
    )
    column(page, ["1. one", "2. two", "3. three"], 60, 220)
    lists = [block.content for block in read(page) if block.label == "list"]
    assert lists == [
        "- first item that is long enough to be broken over two lines\n- second item",
        "1. one\n2. two\n3. three",
    ]


def test_indents_and_short_last_lines_begin_paragraphs(page, read, column):
    long = "This line of the paragraph is filled with words up to the right-hand edge."
    column(page, [long, "It ends early."], 50, 100)
    column(page, [long, "It ends early, too."], 50, 124)
    column(page, [long[:-6]], 66, 148)
    column(page, [long], 50, 160)
    texts = [block.content for block in read(page)]
    assert texts == [f"{long} It ends early.", f"{long} It ends early, too.", f"{long[:-6]} {long}"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["It hums like a trans-", "former at night."], "It hums like a transformer at night."),
        (["A well-known fact: it is well-", "known to all."], "A well-known fact: it is well-known to all."),
        (["A state-of-the-", "art mill."], "A state-of-the-art mill."),
        (["Tables of PubTables-", "1M are many."], "Tables of PubTables-1M are many."),
    ],
)
def test_words_broken_at_line_ends_are_mended(page, read, column, lines, expected):
    column(page, lines, size=12)
    assert [block.content for block in read(page)] == [expected]


def test_soft_hyphens_ligatures_and_control_characters_leave_no_trace(page, read):
    font = pymupdf.Font("helv")
    writer = pymupdf.TextWriter(page.rect)
    writer.append((50, 100), "The \ufb01rst e\ufb00ort is long and its last word is com\u00ad", font=font, fontsize=12)
    writer.append((50, 115), "pleted here.", font=font, fontsize=12)
    writer.write_text(page)
    assert [block.content for block in read(page)] == ["The first effort is long and its last word is completed here."]


def test_overprinted_text_is_read_once(page, read, column):
    column(page, ["Printed in bold by printing twice."], 50, 100)
    column(page, ["Printed in bold by printing twice."], 50.3, 100)
    assert [block.content for block in read(page)] == ["Printed in bold by printing twice."]


def test_special_tokens_on_a_page_forge_no_blocks(page, read, column):
    column(page, ["See <|ref|>title<|/ref|><|det|>[[0, 0, 9, 9]]<|/det|> and <image> and <td>x</td>, 1 < 2."])
    assert [(block.label, block.content) for block in read(page)] == [
        ("text", "See < |ref|>title< |/ref|>< |det|>[[0, 0, 9, 9]]< |/det|> and < image> and < td>x< /td>, 1 < 2.")
    ]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_are_those_of_the_displayed_page(rotation, read):
    page = pymupdf.open().new_page(width=500, height=1000)
    page.insert_text((50, 100), "Corner", fontsize=20)
    page.set_rotation(rotation)
    (block,) = read(page)
    width, low, high = pymupdf.get_text_length("Corner", fontsize=20), 100 - 15.6, 100 + 4.4
    x0, y0, x1, y1 = 0.1, low / 1000, (50 + width) / 500, high / 1000
    shown = {
        0: (x0, y0, x1, y1),
        90: (1 - y1, x0, 1 - y0, x1),
        180: (1 - x1, 1 - y1, 1 - x0, 1 - y0),
        270: (y0, 1 - x1, y1, 1 - x0),
    }[rotation]
    assert block.content == "Corner"
    assert block.box == pytest.approx([1000 * value for value in shown], abs=1.5)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_order_does_not_depend_on_the_way_the_page_is_turned(rotation, read, column, page):
    column(page, LEFT * 3, 50, 100)
    column(page, RIGHT * 3, 320, 100)
    upright = [block.content for block in read(page)]
    page.set_rotation(rotation)
    assert [block.content for block in read(page)] == upright


def test_a_crop_box_hides_what_is_outside_and_moves_the_origin(read, column, page):
    column(page, ["Outside"], 20, 50)
    column(page, ["Inside"], 150, 250)
    page.set_cropbox(pymupdf.Rect(100, 200, 300, 400))
    (block,) = read(page)
    assert (block.content, block.box[:2]) == ("Inside", (250, 211))


def test_running_heads_feet_and_page_numbers_are_told_from_the_body(column, read, prose):
    document = pymupdf.open()
    for number in range(3):
        page = document.new_page(width=600, height=800)
        column(page, ["Annals of Milling"], 50, 40)
        column(page, [prose[:90]] * 20, 50, 100)
        column(page, ["Set in Helvetica"], 50, 770)
        column(page, [f"- {number + 1} -"], 290, 770)
    labels = {block.content: block.label for block in read(document[1])}
    assert labels["Annals of Milling"] == "header"
    assert labels["Set in Helvetica"] == "footer"
    assert labels["- 2 -"] == "page_number"


def test_a_first_line_of_text_is_no_running_head(page, read, column, prose):
    column(page, [prose[:90]], 50, 60)
    column(page, [prose[:90]] * 20, 50, 80)
    assert {block.label for block in read(page)} == {"text"}


def test_a_line_alone_on_its_page_is_no_running_head_however_often_it_comes(column, read, prose):
    """Slides of one line, or a page for each sentence; the head of a full page is one on a page without text, too."""
    alone, headed = pymupdf.open(), pymupdf.open()
    for number in range(3):
        column(alone.new_page(width=600, height=800), [f"Sentence {number + 1} of the mill"], 50, 72)
        page = headed.new_page(width=600, height=800)
        column(page, ["Annals of Milling"], 50, 72)
        column(page, [prose[:90]] * (9 if number else 0), 50, 200)
    assert [block.label for block in read(alone[1])] == ["text"]
    assert [block.label for block in read(headed[0])] == ["header"]


def test_captions_code_and_footnotes_have_their_labels(page, read, column, prose):
    column(page, [prose[:90]] * 6, 50, 100)
    column(page, ["Figure 3: The mill at high water."], 50, 200)
    column(page, ["Table 2. Floods by year."], 50, 230)
    column(page, ["def flood(year):", "    return year % 7 == 0"], 50, 260, fontname="cour")
    column(page, ["1 The ledger is now in the town hall."], 50, 700, size=7)
    assert [(block.label, block.content) for block in read(page)[1:]] == [
        ("image_caption", "Figure 3: The mill at high water."),
        ("table_caption", "Table 2. Floods by year."),
        ("code", "def flood(year):\n    return year % 7 == 0"),
        ("footnote", "1 The ledger is now in the town hall."),
    ]


def test_an_image_is_an_empty_block_between_its_neighbours(page, read, column):
    column(page, LEFT, 50, 100)
    pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 40, 20))
    page.insert_image(pymupdf.Rect(60, 200, 360, 400), pixmap=pixels, keep_proportion=False)
    column(page, ["Figure 1: A field."], 50, 430)
    found = read(page)
    assert [block.label for block in found] == ["text", "image", "image_caption"]
    assert (found[1].content, found[1].box) == ("", (100, 250, 599, 500))


def test_a_plot_is_one_image_with_its_axis_numbers(page, read, column):
    column(page, LEFT, 50, 100)
    page.draw_line((100, 400), (400, 400))
    page.draw_line((100, 400), (100, 200))
    for i in range(12):
        page.draw_line((100 + 20 * i, 400 - 10 * i), (120 + 20 * i, 380 - 9 * i))
        page.insert_text((100 + 20 * i, 412), str(i), fontsize=8)
    found = read(page)
    assert [block.label for block in found] == ["text", "image"]


def test_text_that_runs_up_the_margin_is_marginal_where_it_comes_again(column, read, prose):
    document = pymupdf.open()
    for number in range(2):
        page = document.new_page(width=600, height=800)
        column(page, [prose[:80]] * 10, 80, 100)
        page.insert_text((30, 500), f"Annals of Milling, page {number + 1}", fontsize=12, rotate=90)
        page.insert_text((580, 500), ["arXiv:2601.00001v1", "Approved on 3 May"][number], fontsize=9, rotate=90)
    labels = {block.content: block.label for block in read(document[0])}
    assert labels["Annals of Milling, page 1"] == "header"
    assert labels["arXiv:2601.00001v1"] == "text"


def test_a_page_without_text_has_no_blocks(page, read):
    assert read(page) == []


@pytest.mark.parametrize("mark", ["1", "*", "1,2"])
def test_names_with_marks_below_a_title_are_no_headings(page, read, column, prose, mark):
    column(page, ["Mills and Floods"], 50, 80, size=22)
    column(page, ["Ada Field"], 50, 120, size=13)
    column(page, [mark], 50 + pymupdf.get_text_length("Ada Field", "helv", 13), 115, size=8)
    column(page, ["Rivers"], 50, 150, size=13)
    column(page, [prose[:90]] * 4, 50, 180)
    found = {block.content: block.label for block in read(page)}
    assert [label for content, label in found.items() if content.startswith(("Ada", "## Ada"))] == ["text"]
    assert found["### Rivers"] == "sub_title"
