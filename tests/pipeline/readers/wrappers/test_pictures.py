"""A page of print of which nothing but a picture was read is not read; a photograph is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.readers.wrappers.certainty import Judging
from pipeline.readers.wrappers.pictures import is_wordless, lacks_its_print
from pipeline.transcript import Finish, PageRef, Source, Transcript
from pipeline.views.line_pitch import is_print

PICTURE = "<|ref|>image<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>"


def print_of(lines: int) -> Image.Image:
    """Words of a page in 12 points at 144 dpi, so many lines of ten."""
    page = Image.new("L", (1191, 1684), 250)
    pen = ImageDraw.Draw(page)
    for y in range(100, 100 + 36 * lines, 36):
        for x in range(100, 1080, 98):
            pen.rectangle((x, y, x + 70 + (x * y) % 19, y + 16), 30)
    return page


def photograph() -> Image.Image:
    """Shapes without edges, and grain."""
    rng = np.random.default_rng(5)
    coarse = Image.fromarray(rng.integers(20, 236, (6, 5), np.uint8)).resize((1191, 1684), Image.Resampling.BICUBIC)
    return Image.fromarray((np.asarray(coarse) + rng.normal(0, 8, (1684, 1191))).clip(0, 255).astype(np.uint8))


def transcript(folder: Path, image: Image.Image, text: str = PICTURE) -> Transcript:
    path = folder / "page.png"
    image.save(path)
    return Transcript(PageRef(Source(path, path.name), 1), text, Finish.STOP, confidence=0.99)


@pytest.mark.parametrize(("image", "told"), [(print_of(40), True), (print_of(1), False), (photograph(), False)])
def test_print_is_told_from_pictures(image, told):
    assert is_print(np.asarray(image)) is told


def test_a_page_of_print_that_became_a_picture_is_empty(tmp_path):
    page = transcript(tmp_path, print_of(40))
    judging = Judging(object(), Thresholds(0.6, 0.8, verified=True))  # type: ignore[arg-type]  # never asked
    assert judging.judged(page).finish is Finish.EMPTY
    assert judging.judged(transcript(tmp_path, photograph())).finish is Finish.STOP


def test_a_picture_has_no_word_to_be_unsure_of(tmp_path):
    """However unsure the network is of where it stands."""
    page = replace(transcript(tmp_path, photograph()), confidence=0.3)
    judging = Judging(object(), Thresholds(0.6, 0.8, verified=True))  # type: ignore[arg-type]  # never asked
    assert is_wordless(page)
    assert (judging.judged(page).finish, judging.judged(page).doubtful) == (Finish.STOP, False)
    assert judging.judged(replace(page, text=f"{PICTURE}\n\n<|ref|>text<|/ref|>7")).finish is Finish.UNSURE


def test_pages_with_words_parts_of_pages_and_lost_files_are_believed(tmp_path):
    page = transcript(tmp_path, print_of(40))
    assert lacks_its_print(page)
    assert not lacks_its_print(replace(page, text=f"{PICTURE}\n\n<|ref|>text<|/ref|>7"))
    assert not lacks_its_print(replace(page, ref=replace(page.ref, part=(0, 0, 999, 500))))
    page.ref.source.path.unlink()
    Path(page.ref.source.path).with_name("other").touch()
    assert not lacks_its_print(replace(page, ref=PageRef(Source(tmp_path / "other", "other"), 1)))
