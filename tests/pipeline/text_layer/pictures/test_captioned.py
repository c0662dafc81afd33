"""Figures that show by their caption: drawings with their labels are one picture, tables stay tables."""

from __future__ import annotations

import pymupdf
import pytest

from pipeline.text_layer.lines.blocks import Block, block_of
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.pictures.captioned import captioned_figures
from pipeline.text_layer.tables.parts.rules import Drawings
from tests.pipeline.text_layer.lines.test_rows import line


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


def test_a_picture_wider_than_its_caption_and_the_text_is_whole(page, read, column, prose):
    column(page, [prose[:45]] * 4, 200, 60)
    diagram(page, 60, 130, ["A", "B", "C", "D", "E", "F", "G", "H"])
    column(page, ["Figure 1: The mill."], 260, 240)
    column(page, [prose[:45]] * 4, 200, 280)
    (picture,) = [block for block in read(page) if block.label == "image"]
    assert (picture.content.split(), picture.box) == (list("ABCDEFGH"), (92, 156, 899, 256))


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


@pytest.mark.parametrize("bars", [3, 5, 7])
@pytest.mark.parametrize("step", [40, 70])
def test_a_bar_chart_of_a_few_years_is_one_picture_with_its_labels(page, read, column, prose, bars, step):
    column(page, [prose[:90]] * 4, 50, 60)
    page.draw_line((80, 320), (90 + step * bars, 320))
    page.draw_line((80, 160), (80, 320))
    for i in range(bars):
        x, height = 95 + step * i, 40 + 37 * i % 100
        page.draw_rect((x, 320 - height, x + 22, 320), fill=(0.3, 0.5, 0.8), color=None)
        page.insert_text((x + 2, 316 - height), str(height * 3), fontsize=8)
        page.insert_text((x + 2, 332), f"{2015 + i}", fontsize=8)
    column(page, ["Figure 2: Landings in tonnes. Source: port authority."], 50, 355)
    column(page, [prose[:90]] * 4, 50, 385)
    found = read(page)
    assert [block.label for block in found] == ["text", "image", "image_caption", "text"]
    values = [str(3 * (40 + 37 * i % 100)) for i in range(bars)]
    assert sorted(found[1].content.split()) == sorted([*values, *(f"{2015 + i}" for i in range(bars))])


def test_framed_notes_over_the_caption_of_a_figure_stay_text(page, read, column, prose):
    for i in range(3):
        page.draw_rect((50 + 170 * i, 60, 210 + 170 * i, 140), fill=(0.95, 0.95, 0.9))
        column(page, [prose[22 * k : 22 * k + 22] for k in range(5)], 56 + 170 * i, 75, size=9)
    column(page, ["Figure 2: What was said by each of the three."], 50, 165)
    assert "image" not in [block.label for block in read(page)]


def caption(x: float, y: float, number: int = 1) -> Block:
    """A caption 68 points wide: its middle is 34 behind its beginning."""
    return block_of([line(f"Figure {number}: Mill", x, y)])


def pictures(
    blocks: list[Block], *columns: tuple[float, float], paths: tuple[Rect, ...] = ()
) -> list[tuple[float, float]]:
    """Where the pictures over captions begin and end, with two images above each other from and to each of these."""
    images = [Rect(x0, y0, x1, y0 + 100) for x0, x1 in columns for y0 in (180, 290)]
    found = captioned_figures(blocks, images, Drawings(paths=paths), [], 600)
    return [(figure.box.x0, figure.box.x1) for figure in found]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        # The widest gap between the middles of the captions, 170 and 370, though it is not half-way.
        (((100, 160), (165, 205), (245, 375), (385, 450)), [(100, 205), (245, 450)]),
        (((100, 290), (340, 375), (385, 450)), [(100, 290), (340, 450)]),
        (((60, 205), (250, 375), (480, 560)), [(60, 205), (250, 375)]),
        # They meet, over less than a rule is thick; and over more: then half-way, as where nothing is between.
        (((100, 246), (245, 450)), [(100, 246), (245, 450)]),
        (((100, 274), (266, 450)), []),
        (((100, 270.5), (269.5, 450)), [(100, 270.5), (269.5, 450)]),
    ],
)
def test_pictures_side_by_side_are_parted_at_the_widest_gap(columns, expected):
    captions = [caption(136, 420), caption(336, 420, 2)]
    assert pictures(captions, *columns) == expected


def test_a_rule_over_both_pictures_parts_none():
    captions, rule = [caption(136, 420), caption(336, 420, 2)], Rect(90, 170, 460, 171)
    assert pictures(captions, (100, 205), (245, 450), paths=(rule,)) == [(100, 205), (245, 450)]


@pytest.mark.parametrize(("side", "expected"), [(200, [(230, 300)]), (414, [(190, 300)])])
def test_text_beside_a_picture_ends_it_but_only_where_it_begins_above_the_caption(side, expected):
    """Text that begins at the caption's height lets the picture reach over it, up to the middle of the gap."""
    text = block_of([line("the boats of the old mill in bay", 60, side + 12 * i) for i in range(2)])
    assert pictures([caption(240, 420), text], (190, 225), (230, 300)) == expected


@pytest.mark.parametrize(("left", "expected"), [(210, (100, 270)), (218, (100, 270)), (219, (100, 200))])
def test_what_is_near_a_picture_is_of_it(left, expected):
    assert pictures([caption(110, 420)], (100, 200), (left, 270)) == [expected]
