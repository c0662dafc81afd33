"""What a PDF holds at a place: a picture alone, one with something painted over it, a finer one, none."""

import io

import numpy as np
import pymupdf
import pytest
from PIL import Image

from pipeline.documents.originals import Held, held

PLACE = (100, 100, 300, 200)


@pytest.fixture
def jpeg():
    x = np.indices((200, 400)).sum(0).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(np.stack([x, x[::-1], x], 2)).save(data, "JPEG")
    return data.getvalue()


@pytest.fixture
def page():
    with pymupdf.open() as file:
        yield file.new_page(width=400, height=600)


def test_a_picture_that_is_all_there_is(page, jpeg):
    page.draw_rect(page.rect, fill=(1, 1, 1))  # below it
    page.insert_image(PLACE, stream=jpeg)
    page.insert_text((100, 300), "elsewhere")
    found = held(page.parent, 1, (101, 99, 301, 200))
    assert (round(found.dpi), found.data) == (144, jpeg)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_shows_the_picture_otherwise(page, jpeg, rotation):
    page.insert_image(PLACE, stream=jpeg)
    page.set_rotation(rotation)
    place = pymupdf.Rect(PLACE) * page.rotation_matrix
    found = held(page.parent, 1, tuple(place))
    assert (round(found.dpi), found.data) == (144, None)


def test_what_is_painted_over_the_picture_belongs_to_the_crop(page, jpeg):
    page.insert_image(PLACE, stream=jpeg)
    page.insert_text((150, 150), "label")
    assert held(page.parent, 1, PLACE).data is None


def test_a_part_or_two_pictures_are_no_file_but_have_a_resolution(page, jpeg):
    page.insert_image(PLACE, stream=jpeg)
    found = held(page.parent, 1, (100, 100, 200, 200))
    assert (round(found.dpi), found.data) == (144, None)


def test_nothing_is_there(page):
    assert held(page.parent, 1, PLACE) == Held()
