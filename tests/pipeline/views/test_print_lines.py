"""Lines of print are told from whatever else is dark on a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.transcript import Asked, PageRef, Source
from pipeline.views.print_lines import lines_of_print, print_of
from tests.support.letters import HEIGHT, LINE, SIZE, WIDTH, page, raster

RNG = np.random.default_rng(3)


def count(sheet: Image.Image) -> int:
    found = lines_of_print(np.asarray(sheet))
    assert found is not None
    return len(np.unique(found.samples[:, 0]))


def blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("L", SIZE, 250)
    return sheet, ImageDraw.Draw(sheet)


def rules() -> Image.Image:
    sheet, pen = blank()
    for y in range(100, 1600, 40):
        pen.line((100, y, 1000, y), 0, 2)
    for x in range(100, 1001, 150):
        pen.line((x, 100, x, 1600), 0, 3)
    return sheet


def photograph() -> Image.Image:
    sheet, _ = blank()
    coarse = Image.fromarray(RNG.integers(20, 236, (6, 5), np.uint8)).resize((700, 500), Image.Resampling.BICUBIC)
    grain = (np.asarray(coarse) + RNG.normal(0, 8, (500, 700))).clip(0, 255).astype(np.uint8)
    sheet.paste(Image.fromarray(grain), (200, 300))
    return sheet


def halftone() -> Image.Image:
    sheet, pen = blank()
    for y in range(300, 800, 6):
        for x in range(200, 900, 6):
            size = 1 + (x + y) % 3
            pen.ellipse((x - size, y - size, x + size, y + size), 0)
    return sheet


def worn_edges() -> Image.Image:
    """The dark border of a scan, punch holes, a stamp's ring, dust."""
    sheet, pen = blank()
    pen.rectangle((0, 0, 25, HEIGHT), 10)
    pen.rectangle((0, HEIGHT - 14, WIDTH, HEIGHT), 10)
    for y in (500, 1180):
        pen.ellipse((50, y, 90, y + 40), 15)
    pen.ellipse((700, 900, 900, 1100), outline=60, width=5)
    for x, y in RNG.integers(40, 1600, (300, 2)):
        pen.rectangle((x, y, x + 1, y + 1), 0)
    return sheet


def grain() -> Image.Image:
    return Image.fromarray((235 + RNG.normal(0, 20, (HEIGHT, WIDTH))).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("sheet", [rules, photograph, halftone, worn_edges, grain])
def test_what_is_no_print_has_no_lines(sheet):
    assert count(sheet()) == 0


@pytest.mark.parametrize(("size", "pitch"), [(14, 18), (24, 30), (60, 80)])
def test_every_line_is_one(size, pitch):
    lines = [(100, 100 + pitch * n, LINE[: 1400 // size]) for n in range(12)]
    assert count(page(lines, size)) == 12


def test_lines_of_columns_are_apart_and_print_stays_print_on_a_worn_page():
    lines = [(x, 100 + 30 * n, LINE[:36]) for n in range(12) for x in (100, 620)]
    worn = np.asarray(page(lines)) * 0.6 + 60 + np.random.default_rng(1).normal(0, 8, (HEIGHT, WIDTH))
    assert count(page(lines)) == 24
    assert count(Image.fromarray(worn.clip(0, 255).astype(np.uint8))) == 24


def test_samples_lie_on_the_line_and_count_its_letters():
    found = lines_of_print(np.asarray(page([(200, 400, LINE)])))
    assert found is not None
    _, x, y, half, letters = found.samples.T
    assert 200 / WIDTH * 999 - 4 <= x.min() < x.max() <= 1130 / WIDTH * 999
    assert np.all((y - half > 400 / HEIGHT * 999) & (y + half < 432 / HEIGHT * 999))
    assert 0.7 <= letters.sum() / len(LINE.replace(" ", "")) <= 1.3


def test_a_leader_counts_no_letters():
    plain = lines_of_print(np.asarray(page([(100, 400, "Chapter one")])))
    led = lines_of_print(np.asarray(page([(100, 400, "Chapter one " + "." * 110)])))
    assert plain is not None and led is not None
    assert led.samples[:, 4].sum() == pytest.approx(plain.samples[:, 4].sum(), rel=0.2)


@pytest.mark.parametrize("shape", [(5, 900), (900, 20), (1, 1)])
def test_a_raster_that_is_too_small_says_nothing(shape):
    assert lines_of_print(np.zeros(shape, np.uint8)) is None


def test_a_page_of_more_texture_than_is_worth_its_time_says_nothing(monkeypatch):
    monkeypatch.setattr("pipeline.views.print_lines._MOST", 10)
    assert lines_of_print(np.asarray(page([(100, 400, LINE)]))) is None


def test_a_part_of_a_page_or_a_question_about_it_is_not_looked_at():
    ref, pixels = PageRef(Source(Path("a"), "a"), 1), raster(page([(100, 400, LINE)]))
    assert print_of(ref, pixels) is not None
    assert print_of(PageRef(ref.source, 1, part=(0, 0, 99, 99)), pixels) is None
    assert print_of(PageRef(ref.source, 1, asked=Asked()), pixels) is None
