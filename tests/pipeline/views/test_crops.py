"""The crop planner against the native transformers image processor, and as geometry."""

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from pipeline.views.crops import TILE, grid, other_grid, part_grid, views
from pipeline.views.rules import OCR2_VIEWS, ViewRules
from tests.support.letters import LINE, page

CANDIDATES = OCR2_VIEWS.grids
SIDES = st.integers(1, 20_000)
DEGENERATE = [
    (1, 1),
    (1, 769),
    (769, 1),
    (3, 1000),
    (1000, 3),
    (768, 768),
    (769, 768),
    (768, 769),
    (1600, 4),
    (4, 1600),
]


@pytest.fixture(scope="module")
def native():
    return pytest.importorskip("transformers.models.deepseek_ocr2.image_processing_pil_deepseek_ocr2")


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def random_sizes(count, longest, seed):
    rng = random.Random(seed)
    return [(rng.randint(1, longest), rng.randint(1, longest)) for _ in range(count)]


def native_grid(native, width, height):
    return native.get_optimal_tiled_canvas((height, width), (768, 768), 2, 6) if max(width, height) > 768 else (0, 0)


def test_grid_equals_the_native_one_on_random_sizes():
    native = pytest.importorskip("transformers.models.deepseek_ocr2.image_processing_pil_deepseek_ocr2")
    for width, height in DEGENERATE + random_sizes(2000, 9000, 1):
        assert grid(width, height) == native_grid(native, width, height), (width, height)


def test_grid_equals_the_native_one_on_ties(native):
    ratios = {Fraction(c, r) for c, r in CANDIDATES}
    middles = [(a + b) / 2 for a in ratios for b in ratios if a != b]
    for middle in middles:
        for scale in (1, 37, 64, 150, 211, 400):
            width, height = middle.numerator * scale, middle.denominator * scale
            assert grid(width, height) == native_grid(native, width, height), (width, height)


def native_views(native, pixels, **options):
    """Global (3, 1024, 1024) and local views (n, 3, 768, 768) of the native processor, n = 0 included."""
    out = native.DeepseekOcr2ImageProcessorPil(**options)(
        pixels, input_data_format="channels_last", return_tensors="np"
    )
    local = out.get("pixel_values_local", np.empty((0, 3, 768, 768), np.uint8))
    assert out["num_local_patches"].tolist() == [len(local)]
    return out["pixel_values"].transpose(0, 2, 3, 1)[0], local.transpose(0, 2, 3, 1)


def released_views(image, columns, rows):
    """The steps of the released scripts in PIL's own calls: pad, stretch, crop."""
    whole = ImageOps.pad(image, (1024, 1024), color=(127, 127, 127))
    if not columns:
        return np.asarray(whole), np.empty((0, 768, 768, 3), np.uint8)
    stretched = image.resize((768 * columns, 768 * rows))
    boxes = [(768 * c, 768 * r, 768 * (c + 1), 768 * (r + 1)) for r in range(rows) for c in range(columns)]
    return np.asarray(whole), np.stack([np.asarray(stretched.crop(box)) for box in boxes])


def test_pixels_are_the_released_ones_on_random_sizes():
    """Exactly, no tolerance. Most pages are small, as that is faster; a fifth may be cut into tiles. Of those of 2048
    pixels the shorter side falls between two pixels of the global view: rounded half to even it is 2 and 202."""
    halves = [(2048, 5), (5, 2048), (2048, 403), (403, 2048)]
    for width, height in halves + random_sizes(160, 300, 2) + random_sizes(40, 1100, 3):
        pixels = noise(width, height)
        seen = views(pixels)
        whole, tiles = released_views(Image.fromarray(pixels), seen.columns, seen.rows)
        assert np.array_equal(seen.global_view, whole), (width, height)
        assert np.array_equal(seen.local_views, tiles), (width, height)


@pytest.mark.parametrize("size", [(210, 297), (1100, 800), (3, 2000)])
def test_grey_pixels_are_the_released_ones(size):
    pixels = np.repeat(noise(*size)[..., :1], 3, axis=2)
    nearly = pixels.copy()
    nearly[-1, -1, 1] ^= 255
    for raster in (pixels, nearly):
        seen = views(raster)
        whole, tiles = released_views(Image.fromarray(raster), seen.columns, seen.rows)
        assert np.array_equal(seen.global_view, whole)
        assert np.array_equal(seen.local_views, tiles)


def test_transformers_pads_a_quarter_of_all_sizes_a_pixel_off(native):
    """Its tiles are the released ones; its global view is where both round alike, as on A4 and Letter."""
    off = 0
    sizes = random_sizes(100, 300, 4)
    for width, height in (*sizes, (1191, 1684), (1224, 1584)):
        pixels = noise(width, height)
        seen = views(pixels)
        whole, tiles = native_views(native, pixels, do_rescale=False, do_normalize=False)
        assert np.array_equal(seen.local_views, tiles), (width, height)
        same = np.array_equal(seen.global_view, whole)
        assert same or (width, height) in sizes
        off += not same
    assert 10 <= off <= 40


@pytest.mark.parametrize(("width", "height"), [(2480, 1754), (1224, 1584)])
def test_normalised_pixels_equal_the_native_ones_to_float_rounding(native, width, height):
    pixels = noise(width, height)
    ours, (whole, tiles) = views(pixels), native_views(native, pixels)
    for mine, theirs in ((ours.global_view, whole), (ours.local_views, tiles)):
        np.testing.assert_allclose(mine * np.float32(2 / 255) - 1, theirs, atol=5e-7)


@given(SIDES, SIDES)
def test_number_of_tiles_and_tokens(width, height):
    columns, rows = grid(width, height)
    assert (columns, rows) == (0, 0) if max(width, height) <= 768 else 2 <= columns * rows <= 6
    assert OCR2_VIEWS.tokens(columns, rows) == 256 + 144 * columns * rows + 1


@given(SIDES, SIDES)
def test_grid_is_nearest_in_aspect_ratio(width, height):
    columns, rows = grid(width, height)
    if columns:
        aspect = Fraction(width, height)
        nearest = min(abs(aspect - Fraction(c, r)) for c, r in CANDIDATES)
        assert abs(aspect - Fraction(columns, rows)) <= nearest + Fraction(1, 10**9)


@given(SIDES, SIDES, st.integers(1, 20_000))
def test_a_wider_page_never_gets_a_taller_grid(width, height, more):
    before, after = grid(width, height), grid(width + more, height)
    if before != (0, 0):
        assert Fraction(*before) <= Fraction(*after)


@given(SIDES, SIDES)
def test_transposing_a_page_moves_its_grid_by_at_most_one_candidate(width, height):
    """The difference of ratios is not symmetric, so the transposed page may get a neighbour of the transposed grid."""
    ratios = sorted(Fraction(c, r) for c, r in CANDIDATES)
    (columns, rows), turned = grid(width, height), grid(height, width)
    if columns:
        assert abs(ratios.index(Fraction(rows, columns)) - ratios.index(Fraction(*turned))) <= 1


def test_transposing_does_not_always_transpose_the_grid():
    assert (grid(1000, 800), grid(800, 1000)) == ((2, 2), (2, 3))


def test_a_tie_takes_more_tiles_only_where_the_page_fills_half_of_them():
    assert grid(1250, 1000) == (2, 2)
    assert grid(2500, 2000) == (3, 2)


def test_common_pages_at_144_dpi():
    assert grid(1224, 1584) == (2, 3)  # US letter
    assert grid(1191, 1684) == (2, 3)  # A4
    assert grid(1920, 1080) == (2, 1)  # slide
    assert OCR2_VIEWS.tokens(*grid(1224, 1584)) == 1121
    assert OCR2_VIEWS.tokens(*grid(600, 400)) == 257


def test_local_views_are_row_major():
    pixels = np.zeros((1536, 2304, 3), np.uint8)
    for row in range(2):
        for column in range(3):
            pixels[768 * row : 768 * (row + 1), 768 * column : 768 * (column + 1)] = 10 * row + column
    seen = views(pixels)
    assert (seen.columns, seen.rows) == (3, 2)
    assert [int(view[384, 384, 0]) for view in seen.local_views] == [0, 1, 2, 10, 11, 12]
    assert seen.local_views.shape == (6, 768, 768, 3)


def test_global_view_is_centred_on_grey():
    seen = views(np.zeros((400, 800, 3), np.uint8)).global_view
    assert seen.shape == (1024, 1024, 3) and seen.dtype == np.uint8
    assert np.flatnonzero(seen[:, 512, 0] == 0).tolist() == list(range(256, 768))
    assert (seen[:256] == 127).all() and (seen[768:] == 127).all()


@pytest.mark.parametrize(("width", "height"), [(3000, 1), (1, 3000)])
def test_a_line_of_pixels_still_has_views(width, height):
    seen = views(np.zeros((height, width, 3), np.uint8))
    assert (seen.global_view == 0).all(axis=2).sum() == 1024


def test_a_view_of_memory_that_is_not_contiguous_is_the_same():
    pixels = noise(900, 500)
    turned = pixels[::-1, ::-1]
    assert np.array_equal(views(turned).local_views, views(turned.copy()).local_views)


@pytest.mark.parametrize("wrong", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3))])
def test_what_is_not_an_rgb_raster_is_refused(wrong):
    with pytest.raises(ValueError, match="uint8 of shape"):
        views(wrong)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5)])
def test_a_raster_without_pixels_is_refused(width, height):
    with pytest.raises(ValueError, match="at least one pixel"):
        grid(width, height)


GUNDAM = ViewRules(640, 1024, 9, newlines=True)
SMALL = ViewRules(640, 640, 0, squashed=True, newlines=True)


def test_tiles_of_640_up_to_nine_as_the_native_rule_has_them(native):
    for width, height in random_sizes(500, 4000, 9):
        expected = native.get_optimal_tiled_canvas((height, width), (640, 640), 2, 9)
        assert grid(width, height, GUNDAM) == (expected if max(width, height) > 640 else (0, 0)), (width, height)


def test_a_mode_without_tiles_squashes_the_page():
    pixels = noise(900, 500)
    seen = views(pixels, rules=SMALL)
    assert (seen.columns, seen.rows, len(seen.local_views)) == (0, 0, 0)
    assert np.array_equal(seen.global_view, np.asarray(Image.fromarray(pixels).resize((640, 640))))
    assert other_grid(900, 500, SMALL) == (0, 0)


def test_tiles_of_another_size_are_cut_from_the_page():
    seen = views(noise(1300, 700), rules=GUNDAM)
    assert seen.local_views.shape == (seen.columns * seen.rows, 640, 640, 3)
    assert seen.global_view.shape == (1024, 1024, 3)


def part(size: int, width: int, height: int) -> np.ndarray:
    """A part of a page full of type of so many pixels."""
    lines = [(10, round(10 + 1.3 * size * n), LINE[n:] + LINE) for n in range(int(height / 1.3 / size))]
    return np.asarray(page(lines, size).crop((0, 0, width, height)))


@pytest.mark.parametrize(("size", "width", "height"), [(10, 400, 500), (12, 700, 300), (12, 400, 400), (16, 900, 700)])
def test_a_small_part_of_small_print_is_cut_into_tiles(size, width, height):
    """The released rule would show all that fits into a tile in the global view alone."""
    columns, rows = part_grid(part(size, width, height), 12)
    assert 2 <= columns * rows <= 12
    across, down = TILE * columns / width, TILE * rows / height
    assert 0.7 < across / down < 1.45
    assert 30 < 1.3 * size * (across * down) ** 0.5 < 66  # pixels from line to line
    other = part_grid(part(size, width, height), 12, other=True)
    assert other != (columns, rows)


def test_a_part_of_large_print_needs_no_tiles():
    assert part_grid(part(40, 600, 500), 12) == (0, 0)


def test_only_parts_of_networks_that_learned_more_tiles_are_cut_so():
    pixels = np.repeat(part(10, 400, 500)[..., None], 3, axis=2)
    fine = ViewRules(tile=768, base=1024, most_tiles=6, dense_tiles=12)
    seen = [views(pixels, False, rules, is_part) for rules in (fine, OCR2_VIEWS) for is_part in (True, False)]
    assert [bool(each.columns) for each in seen] == [True, False, False, False]
