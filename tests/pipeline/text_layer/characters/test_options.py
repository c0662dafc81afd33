"""Boxes in a row that answer what stands before them, however far apart."""

from __future__ import annotations

import pytest


def boxes(page, y, labels, x, step):
    for i, label in enumerate(labels):
        left = x + step * i
        page.draw_rect((left, y - 9, left + 9, y))
        if i == 1:
            page.draw_line((left, y - 9), (left + 9, y))
            page.draw_line((left + 9, y - 9), (left, y))
        page.insert_text((left + 14, y), label, fontsize=10)


@pytest.mark.parametrize("step", [60, 110])
def test_they_are_one_line_with_it(page, read, column, prose, step):
    column(page, [prose[:90]] * 3, 50, 60)
    asked = {"Sold at:": ["quay", "auction", "shop"], "Does it smoke?": ["yes", "no"], "Boat": ["own", "hired", "none"]}
    for i, (question, labels) in enumerate(asked.items()):
        page.insert_text((50, 140 + 24 * i), question, fontsize=10)
        boxes(page, 140 + 24 * i, labels, 160, step)
    text = "\n".join(block.content for block in read(page))
    for question, labels in asked.items():
        assert " ".join([question, *(f"{'☐☒'[i == 1]} {label}" for i, label in enumerate(labels))]) in text


def test_lists_of_boxes_beside_each_other_stay_columns(page, read, column, prose):
    column(page, [prose[:90]] * 3, 50, 60)
    for i, labels in enumerate((["apples", "pears"], ["plums", "figs"])):
        boxes(page, 140 + 20 * i, labels, 50, 180)
    text = "\n".join(block.content for block in read(page))
    assert "☐ apples\n" in text and "pears ☐" not in text


def test_a_column_of_text_beside_boxes_is_not_asked(page, read, column, prose):
    column(page, [prose[:38], prose[38:76], prose[76:110]], 50, 100)
    boxes(page, 112, ["yes", "no"], 350, 80)
    assert prose[38:76].strip() + " ☐" not in "\n".join(block.content for block in read(page))
