"""Pictures: the source's own file where it is the crop, else its resolution, a format that fits, and no doubles."""

import io

import numpy as np
import pytest
from markdown_check import problems
from PIL import Image

from output.grounding.blocks import Block, Box, Document, PageBlocks
from output.pictures.figures import Original, plan
from output.pictures.files import encoded, take
from output.render import CropError, RenderOptions, Running, render

BOX = Box(100, 100, 500, 400)
PAGE = PageBlocks(1, 600.0, 600.0, (Block("image", (BOX,), ""),))
FIGURE = plan(PAGE).blocks[0].figures[0]


def photo(height, width, seed=0):
    """Smooth and noisy, in many colours."""
    y, x = np.indices((height, width)) / max(height, width)
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, 3))
    return np.clip(np.stack([255 * x, 255 * y, 120 + 100 * np.sin(9 * x * y)], 2) + noise, 0, 255).astype(np.uint8)


def drawing(height, width):
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[:: height // 5, :] = pixels[:, :: width // 5] = 0
    return pixels


def file_of(pixels, kind="JPEG"):
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, kind)
    return data.getvalue()


def drawn(pixels):
    """A raster that shows `pixels` in the place of the figure, at any resolution."""

    def raster(number, dpi, where):
        size = [round((b - a) * dpi / 72) for a, b in ((where.left, where.right), (where.top, where.bottom))]
        return np.asarray(Image.fromarray(pixels).resize(size))

    return raster


def test_photographs_are_jpeg_and_drawings_png():
    assert encoded(photo(400, 600)).suffix == "jpg"
    assert encoded(drawing(400, 600)).suffix == "png"
    assert encoded(photo(40, 60)).suffix == "png"
    picture = encoded(drawing(40, 60))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(picture.data))), drawing(40, 60))


def test_the_source_s_own_file_is_the_picture():
    own = file_of(photo(300, 400))
    assert take(FIGURE, PAGE, drawn(photo(300, 400)), lambda *_: Original(90, own), 200).data == own


@pytest.mark.parametrize("data", [b"\xff\xd8\xff broken", b"GIF89a", file_of(255 - photo(300, 400))])
def test_a_file_that_is_broken_unknown_or_looks_otherwise_is_not(data):
    picture = take(FIGURE, PAGE, drawn(photo(300, 400)), lambda *_: Original(90, data), 200)
    assert picture.data != data
    assert Image.open(io.BytesIO(picture.data)).size == (669, 502)  # 200 dpi


@pytest.mark.parametrize(("dpi", "width"), [(72, 668), (300, 1002), (2400, 2003)])
def test_the_resolution_is_the_source_s_within_bounds(dpi, width):
    picture = take(FIGURE, PAGE, drawn(photo(300, 400)), lambda *_: Original(dpi), 200)
    assert Image.open(io.BytesIO(picture.data)).size[0] == pytest.approx(width, abs=2)


def pages(count, box):
    return tuple(
        PageBlocks(n, 600.0, 600.0, (Block("image", (box,), ""), Block("text", (Box(1, 200, 2, 300),), f"Page {n}.")))
        for n in range(1, count + 1)
    )


def test_a_picture_that_comes_again_is_one_file(tmp_path):
    target = tmp_path / "a.md"
    done = render(Document("a", pages(3, BOX)), target, raster=drawn(photo(300, 400)))
    assert [p.name for p in done.files] == ["a.md", "p001-1.jpg"]
    assert done.pictures == {f"p00{n}-1.png": "p001-1.jpg" for n in (1, 2, 3)}
    assert target.read_text().count("](a/p001-1.jpg)") == 3
    assert problems(target.read_text(), tmp_path) == []


def test_a_logo_drawn_a_little_otherwise_is_the_same_and_other_pictures_are_not(tmp_path):
    def raster(number, dpi, where):
        pixels = drawing(60, 120)
        pixels[5, 5] = number  # a trace of the page
        if number == 3:
            pixels[10:50, 10:100] = 0
        return pixels

    done = render(Document("a", pages(3, BOX)), tmp_path / "a.md", raster=raster)
    assert sorted(set(done.pictures.values())) == ["p001-1.png", "p003-1.png"]


def test_a_logo_in_the_margin_is_shown_once_and_never_cut_again(tmp_path):
    asked = []

    def raster(number, dpi, where):
        asked.append(number)
        return drawing(60, 120)

    logo = Box(50, 20, 200, 80)
    done = render(Document("a", pages(3, logo)), tmp_path / "a.md", raster=raster)
    assert (asked, [p.name for p in done.files]) == ([1], ["a.md", "p001-1.png"])
    kept = render(Document("a", pages(3, logo)), tmp_path / "a.md", RenderOptions(headers=Running.KEEP), raster)
    assert len(kept.pictures) == 3


def test_what_the_source_cannot_tell_fails_that_picture_only(tmp_path):
    def originals(number, where):
        raise CropError("the page is broken")

    done = render(Document("a", pages(1, BOX)), tmp_path / "a.md", raster=drawn(photo(9, 9)), originals=originals)
    assert done.failures == ("page 1: p001-1.png could not be cut: the page is broken",)


def test_tables_as_csv(tmp_path):
    table = (
        '<table><tr><th colspan="2">a, "b"</th><th></th><th rowspan="2">c<br>d</th></tr>'
        "<tr><td>\\(x^2\\)</td><td>1</td><td></td></tr><tr><td>5</td><td>6</td><td></td><td>7</td></tr></table>"
    )
    page = PageBlocks(3, 600.0, 600.0, (Block("table", (BOX,), table), Block("table", (BOX,), "<table></table>")))
    target = tmp_path / "a.md"
    done = render(Document("a", (page,)), target, RenderOptions(csv=True))
    assert [p.name for p in done.files] == ["a.md", "p003-t1.csv"]
    assert done.files[1].read_text() == '"a, ""b""",,c d\n$x^2$,1,\n5,6,7\n'
    assert "<th colspan" in target.read_text()
    assert target.read_text().count("<td>") == 5
    assert render(Document("a", (page,)), target).files == (target,)
    assert [p.name for p in (tmp_path / "a").iterdir()] == []


def test_a_photograph_is_a_jpeg_only_where_that_saves_much():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (300, 300, 3), np.uint8)  # its JPEG has .69 of the bytes of its PNG
    assert encoded(noise).suffix == "png"
    smooth = np.asarray(Image.fromarray(noise[:20, :20]).resize((300, 300), Image.Resampling.BICUBIC))
    assert encoded(smooth).suffix == "jpg"
