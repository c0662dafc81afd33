"""Figures that show by their caption: drawings with their labels are one picture, tables stay tables."""

from __future__ import annotations

import pymupdf


def diagram(page: pymupdf.Page, x: float, y: float, labels: list[str]) -> None:
    """Boxes in a row, a label in each, and a frame around."""
    for i, label in enumerate(labels):
        box = pymupdf.Rect(x + 60 * i, y, x + 60 * i + 50, y + 30)
        page.draw_rect(box, fill=(0.9, 0.9, 1))
        page.draw_rect(pymupdf.Rect(box.x0 + 4, y + 34, box.x1 - 4, y + 70), fill=(1, 0.9, 0.9))
        page.insert_text((box.x0 + 5, y + 18), label, fontsize=9)
    page.draw_rect(pymupdf.Rect(x - 5, y - 5, x + 60 * len(labels), y + 75), dashes="[3] 0")


def test_a_diagram_of_boxes_is_one_picture_with_its_labels(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 60)
    diagram(page, 60, 130, ["Input", "Encode", "Mix", "Decode"])
    column(page, ["Overview"], 150, 220)
    column(page, ["Figure 1: The way of a page through the mill."], 50, 240)
    column(page, [prose[:90]] * 4, 50, 280)
    found = [(block.label, block.content) for block in read(page)]
    assert found[1:3] == [
        ("image", "Input\nEncode\nMix\nDecode\nOverview"),
        ("image_caption", "Figure 1: The way of a page through the mill."),
    ]
    assert [label for label, _ in found] == ["text", "image", "image_caption", "text"]


def test_two_pictures_side_by_side_each_have_their_own_box(page, read, column, prose):
    column(page, [prose[:100]] * 4, 50, 60)
    for i, x in enumerate((60, 330)):
        diagram(page, x, 130, ["A", "B", "C", "D"])
        column(page, [f"Figure {i + 1}: The mill in spring."], x + 30, 240)
    boxes = [block.box for block in read(page) if block.label == "image"]
    assert len(boxes) == 2
    assert min(boxes)[2] <= max(boxes)[0]


def test_a_table_with_the_caption_of_a_figure_stays_a_table(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 60)
    for i in range(4):
        page.draw_line((50, 130 + 20 * i), (350, 130 + 20 * i))
        page.draw_line((50 + 100 * i, 130), (50 + 100 * i, 190))
    for row in range(3):
        for c in range(3):
            page.insert_text((60 + 100 * c, 144 + 20 * row), f"cell {row}{c}", fontsize=10)
    column(page, ["Figure 1: The floods by year."], 50, 215)
    assert "table" in [block.label for block in read(page)]


def test_a_caption_below_text_makes_no_picture(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 60)
    column(page, ["Figure 1: Nothing is drawn."], 50, 130)
    assert "image" not in [block.label for block in read(page)]
