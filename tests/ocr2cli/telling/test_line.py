"""The line that says how far a run is, word for word, on terminals of all widths."""

import pytest
from rich.cells import cell_len

from ocr2cli.telling.line import Standing, clock, live, plain

BOOK = Standing(done=34, pages=180, seconds=12.0, left=102.4, failed=2, name="book.pdf", page=35, others=1, tokens=1420)


def test_it_says_everything():
    assert plain(BOOK) == "34 of 180 pages, 1:42 left, 2 incomplete, book.pdf page 35 and 1 more (1,420 tokens)"
    assert live(BOOK, 120)[2:] == "━━╌╌╌╌╌╌╌╌╌╌ " + plain(BOOK)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (86, "━━╌╌╌╌╌╌╌╌╌╌ 34 of 180 pages, 1:42 left, 2 incomplete, book.pdf page 35 and 1 more"),
        (78, "34 of 180 pages, 1:42 left, 2 incomplete, book.pdf page 35 and 1 more"),
        (46, "34 of 180 pages, 1:42 left, 2 incomplete"),
        (43, "34/180, 1:42 left"),
        (20, "34/180, 1:42 left"),
        (16, "34/180"),
    ],
)
def test_the_longest_form_that_fits(width, expected):
    assert live(BOOK, width)[2:] == expected


@pytest.mark.parametrize("name", ["a" * 300 + ".pdf", "ページ" * 40 + ".pdf", "x.pdf"])
@pytest.mark.parametrize("fancy", [True, False])
def test_it_never_breaks_a_line(name, fancy):
    for width in range(4, 130):
        standing = Standing(3, 12345, True, 5.0, 99999.0, 7, "writing", name, 12, 3, 5)
        assert cell_len(live(standing, width, fancy)) <= width


def test_what_a_file_is_called_stays_on_one_line():
    assert live(Standing(1, 2, name="a\n\x1b[31mb.pdf"), 60)[2:] == "━━━━━━╌╌╌╌╌╌ 1 of 2 pages, a\\n\\x1b[31mb.pdf"


def test_a_key_that_is_typed_does_not_push_the_line_over_the_edge():
    standing = Standing(1, 2, name="n" * 300 + ".pdf", page=2)
    assert [cell_len(live(standing, width)) for width in (40, 80, 120)] == [38, 78, 118]


def test_a_long_name_loses_its_middle():
    standing = Standing(1, 2, name="a-very-long-name-of-a-document-that-somebody-scanned-in-2024.pdf", page=2)
    assert live(standing, 62)[2:] == "━━━━━━╌╌╌╌╌╌ 1 of 2 pages, a-very-long…-in-2024.pdf page 2"


def test_an_empty_bar_can_be_seen_without_colours_and_without_unicode():
    assert live(Standing(0, 4), 60)[2:] == "╌╌╌╌╌╌╌╌╌╌╌╌ 0 of 4 pages"
    assert live(Standing(1, 4), 60, fancy=False) == "| ###......... 1 of 4 pages"


def test_nothing_dangles_where_nothing_is_known():
    assert plain(Standing()) == "0 pages"
    assert live(Standing(), 80) == "⠋ 0 pages"
    assert plain(Standing(1, None)) == "1 page"


def test_it_moves_while_nothing_happens():
    assert len({live(Standing(seconds=second / 8), 40)[0] for second in range(10)}) == 10


def test_what_is_being_done():
    assert plain(Standing(1, 9, seconds=4.0, doing="loading the model")) == "1 of 9 pages, 0:04, loading the model"
    assert plain(Standing(1, 9, about=True, left=3.0, doing="writing", name="a.pdf")) == (
        "1 of about 9 pages, 0:03 left, writing a.pdf"
    )
    assert plain(Standing(90, 90, left=3.0, doing="writing", name="a.pdf", written=(41, 90))) == (
        "90 of 90 pages, 0:03 left, writing a.pdf (41 of 90)"
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (61.6, "1:02"), (599, "9:59"), (840, "14 min"), (9000, "2.5 h")]
)
def test_the_longer_the_coarser(seconds, said):
    assert clock(seconds) == said
