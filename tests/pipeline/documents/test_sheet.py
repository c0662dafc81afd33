"""Sheets of paper on tables, drawn with known corners: found, laid flat, and nothing else touched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageFilter

from pipeline.documents.document import Document
from pipeline.documents.photos.sheet import find_sheet, laid_flat
from pipeline.transcript import Source

SIZE = 900, 1200
ASKEW = [(120, 100), (760, 160), (800, 1080), (70, 1040)]
STRAIGHT = [(100, 120), (800, 120), (800, 1090), (100, 1090)]


def sheet(corners, paper=235, table=90, ink=40) -> Image.Image:
    """Lines of words on a sheet with these corners, drawn four times as large."""
    page = Image.new("L", (1400, 1980), paper)
    pen = ImageDraw.Draw(page)
    for y in range(160, 1800, 60):
        for x in range(140, 1240, 110):
            pen.rectangle((x, y, x + 85, y + 22), ink)
    flat = [(0, 0), (1400, 0), (1400, 1980), (0, 1980)]
    back = _projection(corners, flat)
    seen = page.transform(SIZE, Image.Transform.PERSPECTIVE, back, Image.Resampling.BICUBIC)
    mask = Image.new("L", page.size, 255).transform(SIZE, Image.Transform.PERSPECTIVE, back)
    photo = Image.new("L", SIZE, table)
    photo.paste(seen, mask=mask)
    return photo.filter(ImageFilter.GaussianBlur(0.7))


def _projection(seen, of):
    rows = []
    for (x, y), (u, v) in zip(seen, of, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return tuple(np.linalg.solve(np.array(rows, float), np.array(of, float).ravel()))


def grained(photo: Image.Image) -> Image.Image:
    """Bands as of wood, and noise."""
    rng = np.random.default_rng(3)
    x = np.arange(photo.width)
    bands = 12 * np.sin(x / 23) + 8 * np.sin(x / 7 + 1)
    values = np.asarray(photo, float) + np.where(np.asarray(photo) < 150, bands, 0) + rng.normal(0, 6, photo.size[::-1])
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def shadowed(photo: Image.Image) -> Image.Image:
    """The lower right half in the shadow of an arm."""
    y, x = np.mgrid[: photo.height, : photo.width]
    dark = 1 - 0.45 / (1 + np.exp(-(x + y - 1000) / 60))
    return Image.fromarray((np.asarray(photo, float) * dark).astype(np.uint8))


@pytest.mark.parametrize("spoiled", [lambda photo: photo, grained, shadowed, lambda photo: photo.convert("RGB")])
@pytest.mark.parametrize("table", [40, 150])
def test_corners_are_found(spoiled, table):
    found = find_sheet(spoiled(sheet(ASKEW, table=table)))
    assert found is not None
    assert np.abs(found - np.array(ASKEW)).max() < 8  # pixels of 1,200: a third of the height of a word


def test_the_sheet_lies_flat_and_as_large_as_it_fits():
    photo = sheet(ASKEW)
    flat = laid_flat(photo)
    assert (flat.size, flat.mode) == (photo.size, "L")
    dark = np.asarray(flat) < 128
    lines = dark.mean(1) > 0.3
    assert np.count_nonzero(np.diff(lines.astype(int)) == 1) == 28  # all lines, each by itself: none leans
    assert not dark[:, :40].any()  # the table is gone
    assert find_sheet(flat) is None


@pytest.mark.parametrize(
    "corners",
    [STRAIGHT, [(0, 0), (900, 0), (900, 1200), (0, 1200)], [(-200, 100), (760, 160), (800, 1080), (-250, 1040)]],
    ids=["straight", "a scan", "a side out of the picture"],
)
def test_other_pictures_stay_as_they_are(corners):
    photo = sheet(corners)
    assert laid_flat(photo) is photo


def test_what_is_written_beside_a_sheet_is_not_cut_off():
    photo = sheet(ASKEW)
    pen = ImageDraw.Draw(photo)
    for x in range(100, 400, 45):
        pen.rectangle((x, 1120, x + 34, 1130), 240)
    assert laid_flat(photo) is photo


def test_a_dark_sheet_on_a_bright_table_stays():
    photo = sheet(ASKEW, paper=80, table=230, ink=220)
    assert laid_flat(photo) is photo


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))), st.integers(12, 30))
@settings(max_examples=40, deadline=None)
def test_any_picture_keeps_its_size(pixels, times):
    photo = Image.fromarray(pixels).resize([side * times for side in pixels.shape[::-1]], Image.Resampling.NEAREST)
    assert laid_flat(photo).size == photo.size


def test_a_page_of_an_image_file_is_flat(tmp_path: Path):
    path = tmp_path / "photo.png"
    sheet(ASKEW).save(path)
    with Document(Source(path, path.name)) as document:
        pixels = document.page(1, 144).pixels
    assert pixels.shape == (1200, 900, 3)
    assert np.array_equal(pixels[..., 0], np.asarray(laid_flat(sheet(ASKEW))))
