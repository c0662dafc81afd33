"""Pages as phones, tills and fax machines give them."""

import numpy as np
import pytest
from PIL import Image
from train_nano.snapped import KINDS

from pipeline.documents.document import Document
from pipeline.transcript import Source

TEXT = "<|ref|>text<|/ref|><|det|>[[0, 160, 200, 230]]<|/det|>\nfox"


def saved(kind, sample, tmp_path):
    drawn = sample(TEXT, "fox")
    drawn.pixels[100:130, :60] = 0  # something black at the left edge
    _, save = KINDS[kind]
    save(np.random.default_rng(3), drawn, tmp_path / "0000-page")
    (path,) = tmp_path.glob("0000-page.*")
    return path


def test_a_fax_says_that_its_pixels_are_no_squares(sample, tmp_path):
    path = saved("fax", sample, tmp_path)
    with Image.open(path) as image:
        assert (image.mode, image.size) == ("1", (850, 408))
        assert tuple(map(float, image.info["dpi"])) == pytest.approx((204, 98))
    with Document(Source(path, path.name)) as document:
        assert document.pixel_size(1) == (850, 849), "and is square again when it is read"
        assert document.size(1) == pytest.approx((300, 300), rel=0.01)


@pytest.mark.parametrize(("kind", "mode"), [("photo", "RGB"), ("receipt", "L")])
def test_the_page_is_seen_and_worn(kind, mode, sample, tmp_path):
    with Image.open(saved(kind, sample, tmp_path)) as image:
        assert image.mode == mode
        grey = np.asarray(image.convert("L"))
    assert grey.min() < 130 < 170 < grey.max() and len(np.unique(grey)) > 50
