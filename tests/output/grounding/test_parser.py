"""The parser takes any string, keeps all text, and believes no number."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.grounding.blocks import Block, Box
from output.grounding.parser import parse
from pipeline.text_layer.lines.writer import defused

TAGS = ["<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", "<image>", "<｜end▁of▁sentence｜>"]
HALVES = ["<|", "|>", "<｜", "[[1, 2, 3, 4]]", "[[9", "<table>", "</table>", "\n", "\x00", "\u202e"]
PIECES = [*TAGS, *HALVES, "text", "table", "table_caption"]
SOUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)
SPECIAL = re.compile(r"<\|[^\s|<>]{1,64}\|>|<｜[^\s｜<>]{1,64}｜>|<image>")
WORDS = st.text(alphabet="abc123é中 .,\n-", max_size=30)
LABELS = st.sampled_from(["text", "title", "sub_title", "list", "image", "unheard_of", "table_caption"])
BOX = st.tuples(*[st.integers(-2000, 5000)] * 4)


def block(label, boxes, text):
    return f"<|ref|>{label}<|/ref|><|det|>{[list(b) for b in boxes]}<|/det|>\n{text}  \n\n"


def letters(text):
    return [c for c in text if c.isalnum()]


@given(SOUP | st.text())
def test_any_string_gives_clean_blocks(text):
    for found in parse(text):
        assert not SPECIAL.search(found.text)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202e]", found.text)
        assert found.text.encode() is not None
        assert found.text or found.boxes
        for box in found.boxes:
            assert 0 <= box.x1 <= box.x2 <= 999
            assert 0 <= box.y1 <= box.y2 <= 999


@given(WORDS, st.lists(st.tuples(LABELS, st.lists(BOX, max_size=3), WORDS)))
def test_every_letter_outside_the_tags_survives_in_order(before, blocks):
    found = parse(before + "".join(block(*b) for b in blocks))
    assert letters("".join(b.text for b in found)) == letters(before + "".join(text for *_, text in blocks))


@given(st.text().filter(lambda s: "<" not in s))
def test_text_without_tags_is_one_block(text):
    found = parse(text)
    assert len(found) <= 1
    assert letters("".join(b.text for b in found)) == letters(re.sub("[\x80-\x9f\ud800-\udfff]", "", text))


@given(st.lists(BOX, min_size=1, max_size=4))
def test_boxes_are_clamped_and_ordered(boxes):
    def clamped(numbers):
        x1, y1, x2, y2 = (min(max(n, 0), 999) for n in numbers)
        return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    assert parse(block("image", boxes, "")) == (Block("image", tuple(map(clamped, boxes)), ""),)


@pytest.mark.parametrize(
    ("coordinates", "boxes"),
    [
        ("[[1, 2, 3, 4], [5, 6, 7, 8]]", (Box(1, 2, 3, 4), Box(5, 6, 7, 8))),
        ("[1, 2, 3, 4]", (Box(1, 2, 3, 4),)),
        ("1,2,3,4", (Box(1, 2, 3, 4),)),
        ("[[30, 40, 10, 20]]", (Box(10, 20, 30, 40),)),
        ("[[-5, 0, 1200, 99999999999999999999]]", (Box(0, 0, 999, 999),)),
        ("[[1.4, 2.6, 3e1, inf]]", (Box(1, 3, 30, 999),)),
        ("[[1, 2, 3]]", ()),
        ("[[1, 2, nan, 4]]", ()),
        ("[[1, 2, x, 4], [1, 2, 3, 4]]", (Box(1, 2, 3, 4),)),
        ("[[1, 2, 3, 4, 5]]", (Box(1, 2, 3, 4),)),
        ("__import__('os')", ()),
        ("", ()),
    ],
)
def test_coordinates(coordinates, boxes):
    assert parse(f"<|ref|>text<|/ref|><|det|>{coordinates}<|/det|>\nT") == (Block("text", boxes, "T"),)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", ()),
        ("only text", (Block("", (), "only text"),)),
        ("a<|ref|>te", (Block("", (), "a"),)),
        ("a<|ref|>Text that is no label", (Block("", (), "aText that is no label"),)),
        ("a<|re", (Block("", (), "a"),)),
        ("a<|/det|>b<|/ref|>c", (Block("", (), "abc"),)),
        ("<|ref|>image<|/ref|><|det|>[[1, 2, 3, 4], [5, 6", (Block("image", (Box(1, 2, 3, 4),), ""),)),
        ("<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]\n[5] T", (Block("text", (Box(1, 2, 3, 4),), "[5] T"),)),
        ("<|ref|>text<|det|>[[1, 2, 3, 4]]<|/det|>T", (Block("text", (Box(1, 2, 3, 4),), "T"),)),
        ("<|ref|>text<|ref|>title<|/ref|>T", (Block("title", (), "T"),)),
        ("x<|det|>[[1, 2, 3, 4]]<|/det|>T", (Block("", (), "x"), Block("text", (Box(1, 2, 3, 4),), "T"))),
        ("<|ref|>Sub Title<|/ref|>T", (Block("sub_title", (), "T"),)),
        ("<|ref|>text<|/ref|>\r\n<center> T </center>  \r\n", (Block("text", (), " T"),)),
        ("<|ref|>code<|/ref|>\n  <center>\n\ty", (Block("code", (), "  <center>\n\ty"),)),
    ],
)
def test_quirks(text, blocks):
    assert parse(text) == blocks


def test_the_html_after_a_caption_goes_to_its_table():
    text = block("table", [(5, 6, 7, 8)], "") + block("table_caption", [(1, 2, 3, 4)], "C\n<table>T</table> rest")
    caption, table, rest = parse(text)
    assert caption == Block("table_caption", (Box(1, 2, 3, 4),), "C")
    assert table == Block("table", (Box(5, 6, 7, 8),), "<table>T</table>")
    assert rest == Block("text", (), "rest")


def test_two_tables_before_two_captions_get_one_each():
    text = "".join(block("table", [(n, 0, n, 0)], "") for n in (1, 2))
    text += "".join(block("table_caption", [], f"C{n}<table>T{n}</table>") for n in (1, 2))
    assert [(b.label, b.text, b.boxes[:1]) for b in parse(text)] == [
        ("table_caption", "C1", ()),
        ("table", "<table>T1</table>", (Box(1, 0, 1, 0),)),
        ("table_caption", "C2", ()),
        ("table", "<table>T2</table>", (Box(2, 0, 2, 0),)),
    ]


@pytest.mark.parametrize("unit", ["<|ref|>", "<|det|>", "<|ref|>a<|/ref|>", "<|", "[", "<|det|>[[1,2,3,4]]", "<table"])
def test_a_megabyte_of_anything_is_read(unit):
    text = unit * (1_000_000 // len(unit))
    assert sum(len(b.text) for b in parse(text)) <= 2 * len(text)


def test_real_samples(samples):
    found = parse((samples / "example.mmd").read_text(encoding="utf-8"))
    labels = ["", "sub_title", "text", "table_caption", "table", "sub_title", "text", "text"]
    assert [b.label for b in found] == labels
    assert found[4].boxes == (Box(225, 421, 777, 595),)
    assert found[4].text.startswith("<table><tr><th rowspan")
    assert found[4].text.endswith("</table>")


@pytest.mark.parametrize(
    "text", ["<center>a</center>", "a <center> b", "<image> a", "<table><tr><td>a", "<sup>a</sup>"]
)
def test_markup_that_is_printed_in_a_pdf_s_own_text_stays_text(text):
    (block,) = parse(f"<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n{defused(text)}\n")
    assert block.text.replace("< ", "<") == text


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (
            "<|det|>image [383, 88, 497, 175]<|/det|>\n<|det|>title [333, 198, 559, 230]<|/det|>R&D\n"
            "<|det|>text [1, 2, 3, 1004]<|/det|>one\ntwo\n",
            [("image", [(383, 88, 497, 175)], ""), ("title", [(333, 198, 559, 230)], "R&D"),
             ("text", [(1, 2, 3, 999)], "one\ntwo")],
        ),
        ("<PAGE><|det|>image [382, 87, 489, 180]<|/det|>\n", [("image", [(382, 87, 489, 180)], "")]),
        ("<|det|>Paragraph Title [1, 2, 3, 4], [5, 6, 7, 8]<|/det|>x",
         [("paragraph_title", [(1, 2, 3, 4), (5, 6, 7, 8)], "x")]),
        ("<|det|>text [1, 2, 3, 4]<|/det|>kept\n<|det|>title [333, 19", [("text", [(1, 2, 3, 4)], "kept")]),
        ("<|det|>text [1, 2, 3, 4]<|/det|>kept\n<|det|>tab", [("text", [(1, 2, 3, 4)], "kept")]),
        ("<|det|>text [1, 2, 3, 4] goes on", [("text", [(1, 2, 3, 4)], "goes on")]),
        ("<|det|>tell me more", [("text", [], "tell me more")]),
        ("The mark <PAGE> is printed here.", [("", [], "The mark <PAGE> is printed here.")]),
    ],
)  # fmt: skip
def test_labels_within_the_mark_of_a_box(text, blocks):
    """As Unlimited-OCR writes, whole and cut off."""
    assert parse(text) == tuple(Block(label, tuple(Box(*box) for box in boxes), said) for label, boxes, said in blocks)


@given(st.lists(st.tuples(LABELS, BOX, WORDS), max_size=6))
def test_both_ways_of_writing_heads_mean_the_same(blocks):
    from pipeline.model.family.grammar import as_written

    text = "".join(f"<|ref|>{label}<|/ref|><|det|>[[{', '.join(str(max(0, n)) for n in box)}]]<|/det|>\n{said}\n\n"
                   for label, box, said in blocks)  # fmt: skip
    assert parse(as_written(text, "det")) == parse(text)
    assert as_written(text, "ref-det") == text


def test_blocks_have_their_confidence_where_there_is_one_for_each():
    text = "".join(f"<|ref|>{label}<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nwords\n\n" for label in ("title", "text"))
    assert [block.confidence for block in parse(text, (0.9, 0.4))] == [0.9, 0.4]
    assert [block.confidence for block in parse(text, (0.9,))] == [None, None]
    assert [block.confidence for block in parse("before " + text, (0.9, 0.4))] == [None, 0.9, 0.4]
