"""Labels and what they say in columns of their own are read across; what only looks so is read as it was."""

from __future__ import annotations

import pymupdf
import pytest

from language.hyphens import Vocabulary
from pipeline.text_layer.labelling.fields import part_fields
from pipeline.text_layer.lines.blocks import block_of
from tests.pipeline.text_layer.lines.test_rows import line

FIELDS = [
    ("Name", "Anna Keller"),
    ("Room", "214"),
    ("Abteilung", "Hafenamt"),
    ("Our ref", "KW 55"),
    ("Date", "12 May 2021"),
    ("Référence", "AB/1234-9"),
]
NAMES = ["Mr A. Keeper (chair)", "F. Baker, treasurer", "Mrs B. Miller"]


def _write(page: pymupdf.Page, x: float, y: float, text: str, size: float = 10, font: str = "helv") -> None:
    page.insert_text((x, y), text, fontsize=size, fontname=font)


def _text(blocks: list) -> str:
    return "\n".join(block.content for block in blocks)


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("pitch", [1.2, 1.8, 3])
@pytest.mark.parametrize("colon", ["{}:", "{} :", "{}"])
@pytest.mark.parametrize("font", ["helv", "hebo"])
def test_fields_in_columns_are_read_label_by_label(page, read, column, prose, columns, pitch, colon, font):
    column(page, [prose[:100], prose[100:190]], 50, 60)
    column(page, [prose[:100], prose[100:190]], 50, 400)
    each = len(FIELDS) // columns
    for i, (label, said) in enumerate(FIELDS):
        x, y = 50 + 500 / columns * (i // each), 120 + 10 * pitch * (i % each)
        _write(page, x, y, colon.format(label), font=font)
        if colon == "{}":  # the colons stand in a column of their own
            _write(page, x + 86, y, ":")
        _write(page, x + 95, y, said)
    text = _text(read(page))
    assert [said for label, said in FIELDS if f"{label}: {said}" not in text] == []


@pytest.mark.parametrize("side", ["left", "right"])
def test_labels_set_flush_right_are_labels(page, read, side):
    for i, (label, said) in enumerate(FIELDS):
        room = 95 - pymupdf.get_text_length(f"{label}:", fontsize=10) if side == "right" else 0
        _write(page, 50 + room, 100 + 14 * i, f"{label}:")
        _write(page, 160, 100 + 14 * i, said)
    (block,) = read(page)
    assert block.content.split("\n") == [f"{label}: {said}" for label, said in FIELDS]


@pytest.mark.parametrize("gap", [12, 20])
@pytest.mark.parametrize("font", ["helv", "hebo"])
def test_names_under_each_other_stay_with_the_label_they_stand_beside(page, read, column, prose, gap, font):
    y = 100.0
    for label, names in (("Present", NAMES), ("Entschuldigt", NAMES[:1]), ("Gäste", NAMES[1:])):
        _write(page, 50, y, f"{label}:", font=font)
        column(page, names, 150, y)
        y += 12 * (len(names) - 1) + gap
    column(page, [prose[:100], prose[100:190]], 50, y + 30)
    assert [block.content for block in read(page)][:3] == [
        "Present: " + "\n".join(NAMES),
        f"Entschuldigt: {NAMES[0]}",
        "Gäste: " + "\n".join(NAMES[1:]),
    ]


def test_a_long_text_beside_a_label_is_one_paragraph(page, read, column, prose):
    for i, label in enumerate(("Subject", "Remarks")):
        _write(page, 50, 100 + 40 * i, f"{label}:")
        column(page, [prose[:70].rstrip(), prose[70:101]], 150, 100 + 40 * i)
    said = f"{prose[:70].rstrip()} {prose[70:101].strip()}"
    assert _text(read(page)).split("\n") == [f"Subject: {said}", f"Remarks: {said}"]


def test_bold_texts_at_the_left_head_what_stands_beside_them(page, read, column, prose):
    for i, label in enumerate(("Education", "Experience", "Languages")):
        _write(page, 50, 100 + 60 * i, label, font="hebo")
        column(page, [f"{i}. {prose[:60]}", prose[60:120], prose[120:170]], 150, 100 + 60 * i)
    assert [(block.label, block.content[:14]) for block in read(page)] == [
        ("sub_title", "## Education"),
        ("list", "0. The old mil"),
        ("sub_title", "## Experience"),
        ("list", "1. The old mil"),
        ("sub_title", "## Languages"),
        ("list", "2. The old mil"),
    ]


@pytest.mark.parametrize("edge", [50, 150])
def test_what_stands_below_the_last_field_is_none_of_it(page, read, column, prose, edge):
    for i, (label, said) in enumerate(FIELDS):
        _write(page, 50, 100 + 14 * i, f"{label}:")
        _write(page, 150, 100 + 14 * i, said)
    column(page, [prose[:60], prose[60:101]], edge, 196 if edge == 150 else 182)
    first, second = read(page)
    assert first.content.split("\n") == [f"{label}: {said}" for label, said in FIELDS]
    assert second.content == prose[:101].strip()


def test_speech_beside_a_column_of_prose_stays_in_its_column(page, read, column, prose):
    column(page, ["Clerk: What is it?", "Mara: A boat.", "Clerk: Whose boat?", "Mara: Nobody's."], 50, 100)
    column(page, [prose[:45], prose[45:90], prose[90:135], prose[135:180], prose[:45]], 300, 100)
    text = _text(read(page))
    assert text.index("Nobody's") < text.index(prose[:20])


def test_lines_that_end_in_colons_within_columns_of_prose_are_no_labels(page, read, column, prose):
    lines = [prose[:40] + ":", prose[40:80], prose[80:120] + ":", prose[120:160], prose[:40] + ":"]
    column(page, lines, 50, 100)
    column(page, [line.replace(":", "") for line in lines], 310, 100)
    first, second = read(page)
    assert first.content.count(":") == 3
    assert ":" not in second.content


def test_a_table_of_amounts_stays_a_table(page, read):
    for i, label in enumerate(("Revenue:", "Costs:", "Taxes:", "Result:")):
        _write(page, 50, 100 + 15 * i, label)
        for c, amount in enumerate((1200 * i + 7, 31 * i + 402)):
            text = f"{amount:,}"
            _write(page, 250 + 90 * c - pymupdf.get_text_length(text, fontsize=10), 100 + 15 * i, text)
    (block,) = read(page)
    assert block.label == "table"
    assert "<td>Costs:</td><td>1,207</td><td>433</td>" in block.content


@pytest.mark.parametrize("date", ["12. Mai 2021", "12 May 2021", "3 de marzo de 2020"])
def test_a_date_below_its_label_is_no_heading(page, read, column, prose, date):
    column(page, ["Datum", date], 50, 100, size=10)
    column(page, [prose[:100], prose[100:190]], 50, 150)
    assert {block.label for block in read(page)} == {"text"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        # They begin at one edge, or end there, or are answered there.
        ([(50, "Name:", 80), (50, "Abteilung:", 105)], "Name: Ann\nAbteilung: Ann"),
        ([(75, "Name:", 106), (50, "Abteilung:", 112)], "Name: Ann\nAbteilung: Ann"),
        ([(50, "Name:", 120), (56, "Abteilung:", 120)], "Name: Ann\nAbteilung: Ann"),
        ([(60, "Name:", 106), (50, "Abteilung:", 126)], None),
        # One that says nothing only begins at one edge with others.
        ([(50, "Name:", 106), (50, "Abteilung:", None), (50, "Ort:", 106)], "Name: Ann\nAbteilung:\nOrt: Ann"),
        ([(75, "Name:", 106), (50, "Abteilung:", None), (80, "Ort:", 106)], None),
    ],
)
def test_labels_of_one_column(rows, said):
    texts = [
        line(text, x, 100 + 20 * i)
        for i, (left, label, answer) in enumerate(rows)
        for text, x in ((label, left), ("Ann", answer))
        if x
    ]
    pieces, _ = part_fields([block_of([text]) for text in texts], Vocabulary())
    assert [piece.content for piece in pieces] == ([said] if said else [])


SPEECHES = [
    ("ANNA", ["The boats are late, and the water rises as it did in the spring;", "nobody has seen the pilot."]),
    ("OLD BEN", ["He went down to the mill before the bells rang for the noon."]),
    ("EVE", ["Then let us go and look for him, all of us, before the night is", "here and the ferry is moored."]),
]


@pytest.mark.parametrize("pitch", [12, 18])
def test_who_speaks_is_read_before_what_is_said(page, read, column, prose, pitch):
    column(page, [prose[:100], prose[100:190]], 50, 60)
    y = 120
    for name, lines in SPEECHES:
        _write(page, 50, y, name)
        for said in lines:
            _write(page, 130, y, said)
            y += 12
        y += pitch - 12
    column(page, [prose[:100], prose[100:190]], 50, 300)
    texts = [block.content for block in read(page)]
    assert [f"{name} {' '.join(lines)}" for name, lines in SPEECHES] == texts[1:-1]


@pytest.mark.parametrize("second", ["12.50", "paid in May"])
def test_capitals_beside_short_texts_are_a_table(page, read, column, prose, second):
    column(page, [prose[:100], prose[100:190]], 50, 60)
    for i, name in enumerate(("USA", "CHINA", "PERU", "CHAD")):
        _write(page, 50, 120 + 14 * i, name)
        _write(page, 160, 120 + 14 * i, second)
        _write(page, 260, 120 + 14 * i, f"{i + 3}.10")
    assert [block.label for block in read(page)][1:] == ["table"]
