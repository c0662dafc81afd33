"""Lines that were meant to end where they end, and such as were broken for want of room."""

from __future__ import annotations

import pymupdf
import pytest

from pipeline.text_layer.lines.blocks import Block, block_of
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Word, line_of
from pipeline.text_layer.paragraphs.meant import is_meant

ADDRESS = ["Mrs Ada Field", "12 Quay Street", "flat 3, second floor", "4711 Harbourton"]
VERSE = [
    "The tide comes in, the tide goes out,",
    "and no one asks it why;",
    "the boats lie still, the gulls about",
    "are crying in the sky.",
]
NARROW = [
    "The old mill stood where",
    "two rivers met, and each",
    "spring the water rose as",
    "far as the lower windows",
    "of the house.",
]


@pytest.mark.parametrize("lines", [ADDRESS, VERSE, VERSE[:3], [*VERSE, *VERSE]])
@pytest.mark.parametrize("x", [50, 140])
def test_an_address_or_a_verse_over_text_keeps_its_lines(page, read, column, prose, lines, x):
    column(page, lines, x, 100)
    column(page, [prose[:90]] * 4, 50, 260)
    assert "\n".join(lines) in [block.content for block in read(page)]


@pytest.mark.parametrize("insets", [(0, 18, 0, 18), (0, 0, 60, 0)])
def test_verse_whose_lines_are_set_in_keeps_them(page, read, column, prose, insets):
    verse = [
        "The lamp upon the quay is lit,",
        "the tide is running low;",
        "the gulls that in the rigging sit",
        "have nowhere to go.",
    ]
    for i, (line, inset) in enumerate(zip(verse, insets, strict=True)):
        column(page, [line], 50 + inset, 100 + 13 * i)
    column(page, [prose[:90]] * 4, 50, 260)
    assert "\n".join(verse) in [block.content for block in read(page)]


@pytest.mark.parametrize(
    "lines", [["Harbour Office", "3 Quay Street", "4711 Harbourton", "5 March 1998"], ["John Tar", "Harbour Master"]]
)
def test_lines_set_flush_right_are_kept(page, read, column, prose, lines):
    for i, line in enumerate(lines):
        column(page, [line], 540 - pymupdf.get_text_length(line, "helv", 10), 100 + 12 * i)
    column(page, [prose[:90]] * 4, 50, 260)
    assert "\n".join(lines) in [block.content for block in read(page)]


def test_two_lines_that_would_fit_on_one_are_kept(page, read, column, prose):
    column(page, ["Encl.: one lamp", "cc: Old Tom"], 50, 100)
    column(page, [prose[:90]] * 4, 50, 260)
    assert "Encl.: one lamp\ncc: Old Tom" in [block.content for block in read(page)]


def test_verse_alone_on_its_page_keeps_its_lines(page, read, column):
    verse = [
        "And in the grey before the day we rose and lit the fire,",
        "and no one spoke;",
        "the kettle sang,",
        "and far away,",
        "a bell.",
    ]
    column(page, verse, 50, 100)
    assert [block.content for block in read(page)] == ["\n".join(verse)]


@pytest.mark.parametrize("lines", [NARROW, ["- " + VERSE[0], *VERSE[1:]]])
def test_lines_that_were_broken_run_on(page, read, column, prose, lines):
    column(page, lines, 50, 100)
    column(page, [prose[:90]] * 4, 50, 260)
    assert all("\n" not in block.content for block in read(page))


def test_lines_of_a_column_that_is_no_wider_run_on(page, read, column, prose):
    column(page, VERSE, 50, 100)
    column(page, [prose[:90]] * 4, 300, 100)
    assert all("\n" not in block.content for block in read(page))


def test_lines_that_end_at_their_left_are_left_alone():
    def block(text: str) -> Block:
        return block_of(
            [line_of([Word(text, Rect(0, 12 * i, 90 - 70 * (i % 2), 12 * i + 10), 10)]) for i in (0, 1, 3, 5)]
        )

    assert is_meant(block("tide"), 300)
    assert not is_meant(block("tide"), 95)
    assert not is_meant(block("\u05d0\u05d1"), 300)


@pytest.mark.parametrize(
    "lines", [["Yours faithfully,", "A. Keeper", "master of the clocks"], ["J. R. Miller", "Lower Harbour"]]
)
def test_an_initial_is_no_marker(page, read, column, prose, lines):
    column(page, [prose[:90]] * 4, 50, 100)
    column(page, lines, 50, 180)
    assert "\n".join(lines) in [block.content for block in read(page)]


def test_two_initials_may_be_markers(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 100)
    column(page, ["A. Rope and nets", "B. Boats", "C. Oars of ash"], 50, 180)
    assert ("list", "A. Rope and nets\nB. Boats\nC. Oars of ash") in [(b.label, b.content) for b in read(page)]


PROGRAMME = ["Friday: opening", "Saturday: auction", "Sunday: repairs", "Entry is free"]


@pytest.mark.parametrize("pitch", [24, 28])
def test_short_entries_far_apart_are_lines(page, read, column, pitch):
    for i, entry in enumerate(PROGRAMME):
        column(page, [entry], 140, 300 + pitch * i, size=12)
    assert [block.content for block in read(page)] == ["\n".join(PROGRAMME)]


def test_prose_that_is_set_wide_is_joined(page, read, column):
    lines = [
        "The bell of the tower rang when",
        "the boats came in, and nobody",
        "in the Street of the Clocks saw",
        "or heard it.",
    ]
    for i, line in enumerate(lines):
        column(page, [line], 140, 300 + 28 * i, size=12)
    assert [block.content for block in read(page)] == [" ".join(lines)]


def test_ragged_prose_beside_a_wider_line_is_a_paragraph(page, read, column):
    """Its right edge is uneven since no word is broken, and another paragraph of its column reaches farther."""
    ragged = [
        "The 1913 watch was made up of twelve men and",
        "one master (who sat in the loft of the old mill with",
        "the book on a shelf over him). The watch of the",
        "old mill was told in lines of two or three words to him",
        "in the dark. The men who had gone out after",
        "the second part of the night, cold and wet,",
        "were given a loaf of bread and a blanket then.",
    ]
    column(page, ["Nobody remembered who had built the old mill, or who had lived there since."], 50, 60)
    column(page, ragged, 50, 100)
    assert [block.content for block in read(page)][1] == " ".join(ragged)


def test_a_page_of_verse_alone_keeps_all_its_lines(page, read, column):
    """Its longest line shows how far the column reaches, and leaves no room for another word."""
    stanzas = [
        ["The lamp upon the quay is lit,", "the tide is low;", "the gulls that sit", "have nowhere else to go."],
        ["O keeper of the light,", "who counts the boats,", "keep one small window clear tonight", "and let it shine."],
    ]
    for k, stanza in enumerate(stanzas):
        for i, line in enumerate(stanza):
            column(page, [line], 180 + 20 * (i % 2), 100 + 80 * k + 13 * i)
    assert [block.content for block in read(page)] == ["\n".join(stanza) for stanza in stanzas]


ADDRESSES = [
    ["M. Jean Dupont", "12, quai du Port", "appartement 3", "29200 Brest"],
    ["Frau Ada Feld", "Kaistraße 12", "3. Stock", "4711 Hafenstadt"],
    ["Mr J. Holm", "c/o the Harbour Office", "flat 3, second floor", "Harbourton H1 2AB", "UNITED KINGDOM"],
]


@pytest.mark.parametrize("lines", ADDRESSES)
@pytest.mark.parametrize("x", [50, 350])
def test_an_address_of_lines_of_one_length_keeps_them(page, read, column, prose, lines, x):
    """None leaves room for the next one's first word within the block; the paragraph below says how far text goes."""
    column(page, lines, x, 100)
    column(page, [prose[:90]] * 4, 50, 190)
    assert read(page)[0].content == "\n".join(lines)


@pytest.mark.parametrize("beside", [True, False])
def test_prose_in_a_narrow_column_is_joined(page, read, column, prose, beside):
    """Few of its lines begin with a capital, or it stands beside a picture."""
    lines = ["the old Mill stood by", "The River and Mary saw", "Old Tom there with his", "Two Dogs on the wall."]
    lines = lines if beside else [line.lower() for line in lines]
    column(page, lines, 50, 100)
    column(page, [prose[:90]] * 4, 50, 190)
    if beside:
        page.insert_image((260, 98, 500, 150), pixmap=pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 240, 52)))
    assert " ".join(lines) in [block.content for block in read(page)]


def test_ballads_whose_lines_take_turns_keep_them_without_any_text_around(page, read, column):
    verse = [
        "When frost has nailed the gates to stone",
        "and every rope is wire,",
        "the keeper counts the boats alone",
        "beside a driftwood fire.",
    ]
    for i, line in enumerate(verse):
        column(page, [line], 60 + 18 * (i % 2), 100 + 14 * i)
    assert [block.content for block in read(page)] == ["\n".join(verse)]


def test_entries_that_hang_take_turns_as_sentences(page, read, column):
    entries = [
        "weir: a wall across a river that holds",
        "the water back for the mill.",
        "lock: two gates with room for one boat",
        "between them, or for two.",
    ]
    for i, line in enumerate(entries):
        column(page, [line], 60 + 18 * (i % 2), 100 + 14 * i)
    assert "\n".join(entries) not in [block.content for block in read(page)]
