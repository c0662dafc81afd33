"""Pages that the small checkpoint was never meant for."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFont
from train_nano.unfamiliar import KINDS, Kind, draw, paragraphs, worn

TEXTS = ["Short lines."]


@pytest.fixture
def font(tmp_path):
    loaded = ImageFont.load_default(20)
    if not isinstance(loaded, ImageFont.FreeTypeFont) or not isinstance(loaded.path, BytesIO):
        pytest.skip("Pillow has no FreeType here")
    path = tmp_path / "a.ttf"
    path.write_bytes(loaded.path.getvalue())
    return path


def ends_of_ink(page):
    columns = np.flatnonzero((np.asarray(page) < 128).any(0))
    return columns[0], page.width - columns[-1]


def test_lines_of_scripts_that_run_leftward_begin_at_the_right(font):
    rng = np.random.default_rng
    left, right = ends_of_ink(draw(rng(3), Kind("a", "en", ""), font, TEXTS)[0])
    assert left < 170 < 300 < right
    left, right = ends_of_ink(draw(rng(3), Kind("a", "en", "", leftward=True), font, TEXTS)[0])
    assert right < 170 < 300 < left


def test_halves_share_no_language_but_english_and_german():
    foreign = [{kind.language for kind in kinds} - {"de", "en-US"} for kinds in KINDS.values()]
    assert not foreign[0] & foreign[1]
    assert {"persian"} <= {kind.name for kind in KINDS["fit"]}


def test_texts_are_those_of_a_language_in_html_and_in_mallards_pages(tmp_path):
    folder = tmp_path / "fa"
    folder.mkdir()
    persian = "تنظیمات برگزیده صفحه دیگر خود را انتخاب کنید"
    (folder / "a.page").write_text(
        f"<page><p>{persian}</p><p>Not translated yet, as many pages are.</p></page>", "utf-8"
    )
    (folder / "b.html").write_text(f"<p id='x'>{persian} را</p>", "utf-8")
    assert set(paragraphs(folder)) == {persian, f"{persian} را"}


def test_a_ruined_page_keeps_its_size_and_loses_its_edges():
    page = Image.fromarray(np.tile(np.repeat([0, 255], 3).astype(np.uint8), (60, 40)))
    ruined = worn(page, np.random.default_rng(1), 1, ruined=True)
    assert ruined.size == page.size == (240, 60)
    assert np.ptp(np.asarray(ruined)[20:40, 60:180].mean(0)) < 200
