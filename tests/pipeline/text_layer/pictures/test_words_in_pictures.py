"""No word is lost to a picture: it is text, or it is the picture's own."""

from __future__ import annotations

from collections import Counter

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PNG = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 30, 30)).tobytes("png")
few = settings(max_examples=25, deadline=None)
AROUND = ["The text before it goes on for a line of many words, as text does", "and for another one below it."]


def page_with_text(column) -> pymupdf.Page:
    page = pymupdf.open().new_page(width=600, height=800)
    column(page, AROUND, 50, 80)
    column(page, AROUND, 50, 600)
    return page


def words(blocks) -> Counter[str]:
    text = " ".join(block.content.replace("<td>", " ").replace("</td>", " ") for block in blocks)
    return Counter(word for word in text.split() if word.strip("#") and word[0] != "<")


@few
@given(st.integers(3, 9), st.integers(3, 30), st.booleans())
def test_a_bar_chart_keeps_its_words(read, column, bars, step, stroked):
    page = page_with_text(column)
    page.draw_line((100, 400), (500, 400))
    page.draw_line((100, 400), (100, 180))
    names = [f"Bar{i}" for i in range(bars)]
    for i, name in enumerate(names):
        x = 110 + 380 * i / bars
        height = 30 + (step * (i + 3) * 7) % 150
        bar = pymupdf.Rect(x, 400 - height, x + 24, 400)
        page.draw_rect(bar, fill=(0.2, 0.4, 0.8), color=(0, 0, 0) if stroked else None)
        page.insert_text((x, 412), name, fontsize=8)
        page.insert_text((x, 396 - height), str(height), fontsize=7)
    for i in range(8):
        page.draw_line((96, 400 - 25 * i), (100, 400 - 25 * i))
    found = words(read(page))
    assert found >= Counter(" ".join([*AROUND, *AROUND, *names]).split())


@few
@given(st.integers(3, 8), st.integers(2, 5), st.sampled_from(["gaps", "outer", "stubs"]), st.booleans())
def test_a_grid_with_text_is_never_a_picture(read, column, rows, columns, kind, filled):
    page = page_with_text(column)
    wide, high = 480 / columns, 22
    cells = {(r, c): f"r{r}c{c} is {r * 37 + c}" for r in range(rows) for c in range(columns)}
    for (r, c), text in cells.items():
        box = pymupdf.Rect(60 + wide * c, 150 + high * r, 60 + wide * (c + 1), 150 + high * (r + 1))
        if kind == "gaps":
            inner = pymupdf.Rect(box.x0, box.y0, box.x1 - 5, box.y1 - 5)
            page.draw_rect(inner, color=None if filled else (0, 0, 0), fill=(0.9, 0.9, 1) if filled else None)
        elif kind == "stubs":
            page.draw_line((box.x0, box.y1), (box.x0 + 0.8 * wide, box.y1))
        page.insert_text((box.x0 + 4, box.y0 + 12), text, fontsize=9)
    page.draw_rect(pymupdf.Rect(58, 148, 542, 152 + high * rows))
    found = read(page)
    assert [block for block in found if block.label == "image"] == []
    assert words(found) == Counter(" ".join([*AROUND, *AROUND, *cells.values()]).split())


@few
@given(st.integers(3, 8), st.integers(6, 20), st.floats(11, 16))
def test_text_on_a_decorated_ground_stays_text(read, column, lines, shapes, size):
    page = page_with_text(column)
    for i in range(shapes):
        page.draw_circle((90 + 67 * i % 420, 180 + 41 * i % 300), 40 + 9 * (i % 5), color=None, fill=(0.9, 0.93, 1))
    chapters = [f"{7 * i} Chapter {i}: Of boats" for i in range(1, lines + 1)]
    column(page, chapters, 120, 180, size=size)
    found = read(page)
    assert words(found) == Counter(" ".join([*AROUND, *AROUND, *chapters]).split())
    assert not any("Chapter" in block.content for block in found if block.label == "image")


@pytest.mark.parametrize(("left", "box", "shown"), [(50, (230, 100, 500, 300), 447), (320, (100, 100, 345, 300), 166)])
def test_a_picture_does_not_reach_into_the_text_beside_it(page, read, column, prose, left, box, shown):
    """A clipped image is larger than what it shows of itself."""
    column(page, [prose[:44], prose[44:88], prose[88:132], prose[132:176]] * 6, left, 100)
    page.insert_image(box, stream=PNG, keep_proportion=False)
    found = read(page)
    (picture,) = [block.box for block in found if block.label == "image"]
    texts = [block.box for block in found if block.label == "text"]
    assert picture[0] == shown
    assert all(text[2] <= picture[0] or text[0] >= picture[2] for text in texts)


def test_pictures_in_the_cells_of_a_table_are_of_the_table(page, read):
    for i, row in enumerate([("Boat", "Picture", "Dues"), ("Ann", "", "12"), ("Eve", "", "15")]):
        for x, text in zip((105, 205, 305), row, strict=True):
            page.insert_text((x, 214 + 40 * i), text, fontsize=10)
        if i:
            page.insert_image((220, 195 + 40 * i, 252, 225 + 40 * i), stream=PNG)
    for at in range(4):
        page.draw_line((100, 190 + 40 * at), (400, 190 + 40 * at))
        page.draw_line((100 + 100 * at, 190), (100 + 100 * at, 310))
    assert [block.label for block in read(page)] == ["table"]


@pytest.mark.parametrize("labels", [["Mill", "River", "Town 12"], ["Flow of water", "Wheel"]])
def test_the_labels_of_a_diagram_are_the_words_of_the_picture(read, column, labels):
    page = page_with_text(column)
    for i in range(12):
        x, y = 120 + 25 * i, 200 + 15 * (i % 3)
        page.draw_bezier((x, y), (x + 10, y - 30), (x + 20, y + 30), (x + 27, y + 4))
    for i, label in enumerate(labels):
        page.insert_text((140 + 110 * i, 260), label, fontsize=8)
    page.draw_line((120, 200), (120, 270))
    page.draw_line((120, 270), (430, 270))
    (picture,) = [block for block in read(page) if block.label == "image"]
    assert picture.content.split("\n") == labels
