"""Image files in: frames, orientation, resolution, colour modes, and what is too large or broken."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from pipeline.documents import image_pages
from pipeline.documents.document import Document, PageError
from pipeline.documents.image_pages import COLOUR_LIMIT
from pipeline.errors import InputError
from pipeline.transcript import Source

ORIENTATION = 0x0112
LOSSLESS = [("png", {}), ("tif", {}), ("tif", {"compression": "tiff_lzw"}), ("webp", {"lossless": True})]


@pytest.fixture
def save(tmp_path):
    def write(image, suffix, **options):
        path = tmp_path / f"scan.{suffix}"
        image.save(path, **options)
        return Source(path, path.name)

    return write


def picture(width=60, height=40):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def pixels_of(source, number=1, dpi=144):
    with Document(source) as document:
        return document.page(number, dpi).pixels


@pytest.mark.parametrize(("suffix", "options"), LOSSLESS)
@pytest.mark.parametrize("dpi", [72, 144, 300])
def test_the_pixels_are_the_images_own(save, suffix, options, dpi):
    source = save(picture(), suffix, **options)
    assert np.array_equal(pixels_of(source, dpi=dpi), np.asarray(picture()))


def test_jpeg(save):
    pixels = pixels_of(save(Image.new("RGB", (50, 30), (200, 100, 50)), "jpg"))
    assert pixels.shape == (30, 50, 3)
    assert np.abs(pixels.astype(int) - (200, 100, 50)).max() <= 4


def test_every_frame_of_a_tiff_is_a_page(save):
    frames = [Image.new("RGB", (10 * n, 5), (n, 0, 0)) for n in (1, 2, 3)]
    source = save(frames[0], "tif", save_all=True, append_images=frames[1:])
    with Document(source) as document:
        assert document.page_count == 3
        assert document.pdf is None
        for number in (3, 1, 2):
            page = document.page(number)
            assert page.pixels.shape == (5, 10 * number, 3) and (page.pixels[..., 0] == number).all()
            assert (page.width, page.height) == (5 * number, 2.5)


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_an_animation_is_one_page(save, suffix):
    source = save(picture(), suffix, save_all=True, append_images=[Image.new("RGB", (60, 40))], lossless=True)
    with Document(source) as document:
        assert document.page_count == 1
        assert np.array_equal(document.page(1).pixels, np.asarray(picture()))


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(save, suffix, orientation):
    """A file whose pixels were turned away from upright and tagged so comes back upright."""
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste((255, 0, 0), (0, 0, 24, 16))
    away = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the inverse of each orientation
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(away[orientation]))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"quality": 95, "subsampling": 0} if suffix == "jpg" else {"lossless": True} if suffix == "webp" else {}
    with Document(save(stored, suffix, exif=exif, **options)) as document:
        page = document.page(1)
    assert (page.width, page.height) == (24, 16)
    assert page.pixels.shape == (32, 48, 3)
    assert np.abs(page.pixels.astype(int) - np.asarray(upright)).max() <= 3


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_broken_exif_block_does_not_lose_the_page(save):
    source = save(picture(), "webp", lossless=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")
    assert pixels_of(source).shape == (40, 60, 3)


@pytest.mark.parametrize(
    ("dpi", "size"),
    [
        ((300, 300), (72, 144)),
        ((300, 600), (72, 72)),
        ((72, 72), (150, 300)),
        ((96, 96), (150, 300)),
        ((9600, 9600), (150, 300)),
        ((300, 1), (150, 300)),
        ((204, 98), (300 * 72 / 204, 600 * 72 / 98)),
        ((72, 36), (150, 300)),
    ],
)
def test_points_follow_a_believable_resolution_else_144_dpi(save, dpi, size):
    with Document(save(Image.new("L", (300, 600)), "tif", dpi=dpi)) as document:
        assert document.size(1) == pytest.approx(size, rel=1e-3)


def test_resolution_turns_with_the_page(save):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    with Document(save(Image.new("L", (300, 600)), "jpg", dpi=(300, 600), exif=exif)) as document:
        assert document.size(1) == (72, 72)
        assert document.page(1).pixels.shape == (600, 600, 3)


@pytest.mark.parametrize(
    ("dpi", "size"), [((204, 98), (60, 83)), ((100, 200), (120, 40)), ((204, 196), (60, 40)), ((1200, 200), (60, 40))]
)
def test_a_fax_gets_square_pixels(save, dpi, size):
    """By its own word; where pixels are square, or nobody would make them so, they stay the image's own."""
    source = save(picture(), "tif", dpi=dpi)
    with Document(source) as document:
        assert document.pixel_size(1) == size
        pixels = document.page(1).pixels
    assert pixels.shape == (size[1], size[0], 3)
    if size == (60, 40):
        assert np.array_equal(pixels, np.asarray(picture()))
    else:
        assert np.array_equal(pixels, np.asarray(picture().resize(size, Image.Resampling.BICUBIC)))


def test_a_large_fax_keeps_within_the_budget(save, monkeypatch):
    monkeypatch.setattr(image_pages, "PIXEL_BUDGET", 3000)
    with Document(save(picture(), "tif", dpi=(100, 200))) as document:
        width, height = document.pixel_size(1)
        assert document.page(1).pixels.shape == (height, width, 3)
    assert width * height <= 3000 < 120 * 40 and abs(width - 3 * height) <= 3


def sixteen_bit_grey(values):
    return Image.fromarray(np.array([values], np.uint16))


@pytest.mark.parametrize(
    ("image", "suffix", "expected"),
    [
        (Image.new("1", (1, 1), 1), "png", (255, 255, 255)),
        (Image.new("1", (1, 1), 0), "tif", (0, 0, 0)),
        (Image.new("L", (1, 1), 77), "png", (77, 77, 77)),
        (Image.new("P", (1, 1), 0), "png", (0, 0, 0)),
        (Image.new("LA", (1, 1), (0, 0)), "png", (255, 255, 255)),
        (Image.new("RGBA", (1, 1), (255, 0, 0, 0)), "png", (255, 255, 255)),
        (Image.new("RGBA", (1, 1), (0, 0, 0, 128)), "tif", (127, 127, 127)),
        (Image.new("RGBA", (1, 1), (9, 8, 7, 255)), "png", (9, 8, 7)),
        (Image.new("CMYK", (1, 1), (0, 255, 255, 0)), "tif", (255, 0, 0)),
        (sixteen_bit_grey([65535]), "png", (255, 255, 255)),
        (sixteen_bit_grey([0x8000]), "tif", (128, 128, 128)),
        (Image.fromarray(np.array([[65535]], np.int32)), "tif", (255, 255, 255)),
        (Image.fromarray(np.array([[200]], np.int32)), "tif", (200, 200, 200)),
        (Image.fromarray(np.array([[1.0]], np.float32)), "tif", (255, 255, 255)),
    ],
)
def test_every_mode_comes_as_rgb_over_white(save, image, suffix, expected):
    pixels = pixels_of(save(image, suffix))
    assert pixels.shape == (1, 1, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels[0, 0].astype(int) - expected).max() <= 1


def test_a_transparent_palette_entry_is_white(save):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert pixels_of(save(image, "png", transparency=1)).tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_a_cmyk_jpeg(save):
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert np.abs(pixels_of(save(red, "jpg"))[8, 8].astype(int) - (255, 0, 0)).max() <= 4


def test_beyond_the_pixel_budget_the_page_is_reduced_and_its_size_kept(save, monkeypatch):
    monkeypatch.setattr(image_pages, "PIXEL_BUDGET", 600)
    with Document(save(Image.new("RGB", (60, 40), (9, 8, 7)), "png")) as document:
        page = document.page(1)
    assert page.pixels.shape == (19, 28, 3) and (page.pixels == (9, 8, 7)).all()
    assert (page.width, page.height) == (30, 20)


def test_a_large_jpeg_is_reduced_by_its_decoder(save, monkeypatch):
    monkeypatch.setattr(image_pages, "PIXEL_BUDGET", 5000)
    monkeypatch.setattr(image_pages, "COLOUR_LIMIT", 10_000)
    with Document(save(Image.new("RGB", (400, 200)), "jpg")) as document:
        page = document.page(1)
    assert page.pixels.shape == (50, 100, 3)
    assert (page.width, page.height) == (200, 100)


def test_a_large_progressive_jpeg_is_refused_because_its_decoder_holds_all_of_it(save, monkeypatch):
    monkeypatch.setattr(image_pages, "PIXEL_BUDGET", 5000)
    monkeypatch.setattr(image_pages, "COLOUR_LIMIT", 10_000)
    source = save(Image.new("RGB", (400, 200)), "jpg", progressive=True)
    with Document(source) as document, pytest.raises(PageError, match="400 x 200 pixels are too many"):
        document.page(1)


def png_chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path):
    side = 40_000
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(bytes(1000)))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + png_chunk(b"IEND", b""))
    assert side * side > COLOUR_LIMIT
    with Document(Source(tmp_path / "bomb.png", "bomb.png")) as document:
        assert document.size(1) == (20_000, 20_000)
        with pytest.raises(PageError, match=r"bomb\.png, page 1: 40000 x 40000 pixels are too many .* 100 megapixels"):
            document.page(1)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_truncated_image_is_one_line_of_error(save, suffix, part):
    source = save(picture(), suffix)
    content = source.path.read_bytes()
    source.path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(InputError, match=r"scan\.\w+(, page 1: cannot be decoded| is not a whole \w+ image)") as caught:
        pixels_of(source)
    assert "\n" not in str(caught.value)


def test_a_broken_frame_leaves_the_others(save):
    frames = [Image.new("RGB", (30, 20), shade) for shade in ("red", "white", "blue")]
    source = save(frames[0], "tif", save_all=True, append_images=frames[1:], compression="tiff_adobe_deflate")
    with Image.open(source.path) as tiff:
        tiff.seek(1)
        offset, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]  # type: ignore[attr-defined]
    content = bytearray(source.path.read_bytes())
    content[offset : offset + length] = bytes(length)
    source.path.write_bytes(content)
    with Document(source) as document:
        assert (document.page(1).pixels == (255, 0, 0)).all()
        with pytest.raises(PageError, match="page 2: cannot be decoded"):
            document.page(2)
        assert (document.page(3).pixels == (0, 0, 255)).all()


def test_the_name_does_not_count(save):
    source = save(picture(), "png")
    renamed = source.path.rename(source.path.with_suffix(".pdf"))
    assert pixels_of(Source(renamed, "scan.pdf")).shape == (40, 60, 3)
