"""Pages whose points are larger or smaller than 1/72 inch (/UserUnit), turned and cropped: all is where it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pymupdf
import pytest

from pipeline.documents import mupdf
from pipeline.documents.annotations import annotate
from pipeline.documents.stated.fields import page_fields
from pipeline.ledger.own_page import Kind, read_own_page
from pipeline.text_layer.lines.glyphs import read_glyphs

ZOOM = 2.0  # pixels a point, so that half a point is one
pages = [
    pytest.param(turn, unit, crop, id=f"{turn}-{unit}-{crop[0]}")
    for turn in (0, 90, 180, 270)
    for unit in (1, 2, 0.5)
    for crop in ((0, 0, 600, 800), (40, 30, 500, 700))
]


def page_of(turn: int, unit: float, crop: tuple[int, ...]) -> pymupdf.Page:
    """A page of 600 x 800 units with a red word and a field on blue."""
    document = pymupdf.open()
    page = document.new_page(width=600, height=800)
    page.insert_text((300, 400), "Hello", fontsize=20, color=(1, 0, 0))
    field = pymupdf.Widget()
    field.field_name, field.field_value = "name", "Ada"
    field.field_type, field.rect = pymupdf.PDF_WIDGET_TYPE_TEXT, pymupdf.Rect(100, 600, 200, 640)
    field.fill_color = (0, 0, 1)
    page.add_widget(field)
    return shaped(page, turn, unit, crop)


def shaped(page: pymupdf.Page, turn: int, unit: float, crop: tuple[int, ...]) -> pymupdf.Page:
    """A document's first page, turned, cropped and in units of its own, as it is read again."""
    document = page.parent
    document.xref_set_key(page.xref, "CropBox", "[{} {} {} {}]".format(*crop))
    document.xref_set_key(page.xref, "Rotate", str(turn))
    document.xref_set_key(page.xref, "UserUnit", str(unit))
    return pymupdf.open("pdf", document.tobytes())[0]


def shown(page: pymupdf.Page, colour: int) -> mupdf.Box:
    """The bounds of all pixels of a colour, 0 for red and 2 for blue."""
    pixels = mupdf.small_raster(page, ZOOM).astype(int)
    rows, columns = np.where((pixels[..., colour] > 200) & (pixels[..., 2 - colour] < 100))
    return columns.min() / ZOOM, rows.min() / ZOOM, (columns.max() + 1) / ZOOM, (rows.max() + 1) / ZOOM


def middle(box: mupdf.Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


@pytest.mark.parametrize(("turn", "unit", "crop"), pages)
def test_words_and_fields_are_where_they_show(turn, unit, crop):
    page = page_of(turn, unit, crop)
    near = 4 * unit + 1
    [word] = [one for one in read_own_page(page).words if one.text == "Hello"]
    assert word.kind is Kind.VISIBLE
    assert middle(word.box) == pytest.approx(middle(shown(page, 0)), abs=near)
    glyphs = read_glyphs(page)
    assert sorted(line.text for line in glyphs.lines) == ["Ada", "Hello"]
    assert glyphs.left_out == ()
    [field] = page_fields(page)
    assert middle(mupdf.turned(mupdf.displayed(page), field.box)) == pytest.approx(middle(shown(page, 2)), abs=near)


@pytest.mark.parametrize(("turn", "unit", "crop"), pages)
def test_a_page_alone_has_its_own_places(turn, unit, crop):
    page = page_of(turn, unit, crop)
    _, place = mupdf.alone(page)
    x0, _, _, y1 = page.get_text("words")[0][:4]
    assert place(300, 400) == pytest.approx((x0, y1), abs=8 * unit)


@dataclass(frozen=True)
class Edges:
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Shown:
    """A red frame around the middle of the left half of the page, and no more on its sheet."""

    number: int = 1
    width: float = 100.0
    height: float = 100.0
    rect: Edges = Edges(0.1, 0.4, 0.4, 0.6)
    colour: tuple[float, float, float] = (1, 0, 0)
    title: str = "text"
    note: str = ""
    arrows: tuple[()] = ()
    labels: tuple[()] = ()

    @property
    def frames(self) -> tuple[Shown, ...]:
        return (self,)


@pytest.mark.parametrize(("turn", "unit", "crop"), pages)
def test_the_boxes_of_the_layout_lie_where_they_should(turn, unit, crop):
    empty = pymupdf.open().new_page(width=600, height=800)
    data, failures = annotate(shaped(empty, turn, unit, crop).parent, [Shown()])
    assert failures == ()
    with pymupdf.open("pdf", data) as drawn:
        width, height = drawn[0].rect.width, drawn[0].rect.height
        box = shown(drawn[0], 0)
    assert box == pytest.approx((0.1 * width, 0.4 * height, 0.4 * width, 0.6 * height), abs=2 * unit + 1)
