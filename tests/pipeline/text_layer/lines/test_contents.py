"""Contents lists without leaders, whose page numbers stand in a column of their own."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.contents import with_page_numbers
from tests.pipeline.text_layer.lines.test_rows import line, texts

TITLES = ["About this guide", "Boats of the old harbour", "Nets", "Ropes and knots", "Weather"]


@pytest.fixture
def contents(page, read, column):
    """The contents of a page with numbers at one x and titles at another, as blocks."""

    def _contents(numbers, at, titles=100, pitch=24, texts=TITLES):
        column(page, ["Harbour guide"], 80, 80, size=24)
        for i, (number, title) in enumerate(zip(numbers, texts, strict=False)):
            column(page, [str(number)], at - (5.56 * len(str(number)) if at > 200 else 0), 150 + pitch * i)
            column(page, [title], titles, 150 + pitch * i)
        return [block.content for block in read(page)][1:]

    return _contents


@pytest.mark.parametrize("at", [40, 70, 80])
@pytest.mark.parametrize("pitch", [13, 24, 40])
def test_numbers_on_the_left_stand_before_their_titles(contents, at, pitch):
    assert contents([1, 8, 15, 22, 29], at, pitch=pitch) == [
        "1 About this guide", "8 Boats of the old harbour", "15 Nets", "22 Ropes and knots", "29 Weather"
    ]  # fmt: skip


@pytest.mark.parametrize("at", [300, 450])
def test_numbers_on_the_right_get_leaders(contents, at):
    found = " ".join(contents([3, 8, 8, 22, 109], at))  # the output cuts it at its leaders
    assert found.replace(" .", "") == (
        "About this guide 3 Boats of the old harbour 8 Nets 8 Ropes and knots 22 Weather 109"
    )
    assert found.count(". . . . . .") == 5


def test_numbers_on_the_right_may_begin_at_one_place(page, read, column):
    for i, (number, title) in enumerate(zip((3, 7, 11, 15, 119), TITLES, strict=True)):
        column(page, [title], 100, 150 + 30 * i, size=12)
        column(page, [str(number)], 300, 150 + 30 * i, size=12)
    found = " ".join(block.content for block in read(page)).replace(" .", "")
    assert found == "About this guide 3 Boats of the old harbour 7 Nets 11 Ropes and knots 15 Weather 119"


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4, 5], [5, 10, 15, 20, 25], [9, 3, 12, 4, 40], [1880, 1880, 1880]])
def test_numbers_that_count_no_pages_stay_apart(contents, numbers):
    assert not any(f"{numbers[0]} About" in text for text in contents(numbers, 40))


def test_two_rows_are_no_contents(contents):
    assert "1 About this guide" not in contents([1, 8], 40)


@pytest.mark.parametrize(
    ("numbers", "are_pages"),
    [
        ((2, 5, 11), True),
        ((1, 2, 4), True),
        ((1, 4, 4, 9), True),
        ((2, 5), False),
        ((4, 2, 9), False),
        ((1, 2, 3), False),
        ((5, 10, 15), False),
        ((3, 3, 3), False),
        ((2, 4, 6), True),
    ],
)
@pytest.mark.parametrize("at", [70, 300])
def test_pages_never_fall_and_do_not_only_count_on(numbers, are_pages, at):
    rows = [(line(str(n), at, 100 + 20 * i), line("Nets", 100, 100 + 20 * i)) for i, n in enumerate(numbers)]
    found = texts(with_page_numbers([one for row in rows for one in sorted(row, key=lambda part: part.box.x0)]))
    assert len(found) == len(numbers) * (1 if are_pages else 2)
    assert not are_pages or at > 100 or found == [f"{n} Nets" for n in numbers]


@pytest.mark.parametrize(("places", "count"), [((300, 300, 300), 3), ((300, 295, 290), 3), ((300, 310, 290), 6)])
def test_page_numbers_on_the_right_begin_or_end_at_one_edge(places, count):
    """Of one, two and three digits, each five points wide."""
    rows = [
        (line("Nets", 100, 100 + 20 * i), line(number, x, 100 + 20 * i))
        for i, (number, x) in enumerate(zip(("2", "15", "119"), places, strict=True))
    ]
    assert len(with_page_numbers([one for row in rows for one in row])) == count
