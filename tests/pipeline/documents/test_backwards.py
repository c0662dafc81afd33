"""Text whose letters a file draws from right to left is read from left to right."""

import math

import pymupdf
import pytest

from pipeline.documents import letters
from pipeline.documents.letters.backwards import forwards

TEXT = "Backwards drawn line of Latin, 1907"


def page_of(places, text=TEXT, rotate=0, font="helv", size=12):
    """A page with each letter at its place, in the order of `places`: numbers of letters."""
    page = pymupdf.open().new_page()
    face = pymupdf.Font(font)
    at = [sum(face.text_length(letter, size) for letter in text[:i]) for i in range(len(text))]
    steps = {0: (1, 0), 90: (0, -1), 270: (0, 1)}[rotate]
    for i in places:
        if text[i] != " ":
            point = pymupdf.Point(250 + steps[0] * at[i], 400 + steps[1] * at[i])
            page.insert_text(point, text[i], fontname=font, fontsize=size, rotate=rotate)
    return page


def texts(page):
    """What either reading of lines has."""
    found = [
        "".join(char["c"] for span in line["spans"] for char in span["chars"]) for line in letters.text_lines(page)
    ]
    whole = ["".join(span["text"] for span in line["spans"]) for line in letters.WholeLines(page).by_spans]
    assert found == whole
    return found


@pytest.mark.parametrize("rotate", [0, 90, 270])
@pytest.mark.parametrize(("font", "size"), [("helv", 12), ("tiro", 7), ("cour", 10), ("hebo", 16)])
def test_letters_from_right_to_left(font, size, rotate):
    page = page_of(range(len(TEXT) - 1, -1, -1), rotate=rotate, font=font, size=size)
    assert texts(page) == [TEXT]
    (line,) = letters.text_lines(page)
    assert len(line["spans"][0]["chars"]) >= 4
    assert line["bbox"][2] - line["bbox"][0] > 0


def test_what_is_drawn_as_it_is_read_stays():
    page = page_of(range(len(TEXT)))
    assert texts(page) == [TEXT]
    columns = pymupdf.open().new_page()
    for x in (300, 240, 180):
        for y in (100, 112):
            columns.insert_text((x, y), f"cell{x}")
    assert sorted(texts(columns)) == sorted(2 * ["cell300", "cell240", "cell180"])


def test_three_letters_may_be_a_sign_put_before_a_number():
    assert sorted(texts(page_of([2, 1, 0], "-$5"))) != ["-$5"]
    assert texts(page_of([3, 2, 1, 0], "-$50")) == ["-$50"]


def test_scripts_that_run_from_right_to_left_are_not_turned():
    lines = []
    for x, sign in zip((60, 50, 40, 30), "שלום", strict=True):
        box = (x, 40, x + 10, 52)
        chars = [{"c": sign, "origin": (x, 50), "bbox": box}]
        span = {"size": 10, "origin": (x, 50), "bbox": box, "chars": chars}
        lines.append({"dir": (1, 0), "bbox": box, "spans": [span]})
    assert forwards(lines) == lines
    for line, sign in zip(lines, "avrA", strict=True):
        line["spans"][0]["chars"][0]["c"] = sign
    assert ["".join(char["c"] for char in line["spans"][0]["chars"]) for line in forwards(lines)] == ["Arva"]


def lines_of(signs, slope=0, size=10):
    """Lines of `rawdict`: texts with the places along and across their direction at which their letters begin."""
    c, s = math.cos(math.radians(slope)), math.sin(math.radians(slope))
    lines = []
    for text, along, across in signs:
        chars = []
        for i, sign in enumerate(text):  # within a line, too, each letter stands on the left of the one before it
            x, y = along - size / 2 * i, across
            corners = [(200 + a * c - b * s, 300 + a * s + b * c) for a in (x, x + size / 2) for b in (y - size, y)]
            box = tuple(pick(corner[side] for corner in corners) for pick in (min, max) for side in (0, 1))
            chars.append({"c": sign, "origin": (200 + x * c - y * s, 300 + x * s + y * c), "bbox": box})
        first = chars[0]
        box = tuple(
            pick(char["bbox"][side] for char in chars)
            for pick, side in zip((min, min, max, max), range(4), strict=True)
        )
        span = {"size": size, "font": "a", "origin": chars[-1]["origin"], "bbox": box, "chars": chars}
        lines.append({"dir": (c, s), "bbox": first["bbox"], "spans": [span]})
    return lines


def read(lines):
    return ["".join(char["c"] for span in line["spans"] for char in span["chars"]) for line in lines]


@pytest.mark.parametrize("slope", [0, 7, 90, 180])
def test_each_letter_a_line_level_askew_or_turned(slope):
    signs = [(sign, 50 - 5 * i, 0) for i, sign in enumerate("avrA")]
    lines = forwards(lines_of(signs, slope))
    assert read(lines) == ["Arva"]
    (span,) = lines[0]["spans"]
    assert span["origin"] == span["chars"][0]["origin"]


def test_spaces_that_only_mupdf_puts_between_are_no_letters():
    lines = lines_of([(sign, 50 - 5 * i, 0) for i, sign in enumerate("avrA")])
    for line in lines:
        chars = line["spans"][0]["chars"]
        chars.append({"c": " ", "origin": (chars[0]["bbox"][2], 300), "bbox": chars[0]["bbox"], "synthetic": True})
    assert read(forwards(lines)) == ["Arva"]


def test_lines_of_two_letters_each():
    assert read(forwards(lines_of([("av", 50, 0), ("rA", 40, 0)]))) == ["Arva"]


@pytest.mark.parametrize("slope", [0, 3, 90])
@pytest.mark.parametrize(
    ("step", "rise"),
    [(5, 3), (5, -3), (25, 0), (-5, 0), (1, 0)],  # a staircase, columns, letters as they are read, one over another
)
def test_what_does_not_go_back_on_one_level_stays(step, rise, slope):
    lines = lines_of([(sign, 100 - step * i, rise * i) for i, sign in enumerate("avrA")], slope)
    assert forwards(lines) == lines


def test_lines_of_other_directions_and_lines_without_text_stay():
    lines = lines_of([(sign, 50 - 5 * i, 0) for i, sign in enumerate("avrA")])
    for i, line in enumerate(lines):
        line["dir"] = (1.0, 0.0) if i % 2 else (0.996, 0.087)
    assert forwards(lines) == lines
    empty = [{"dir": (1.0, 0.0), "bbox": (0, 0, 0, 0), "spans": []}]
    lines = lines_of([("avrA", 50, 0)])
    assert forwards([*empty, *lines, *empty]) == [*empty, *lines, *empty]
