"""`--figures parse`: pictures are read once more, and what is found stands under them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from output.grounding.parser import parse
from pipeline.documents.document import DocumentCache
from pipeline.engine.load import load_engine
from pipeline.errors import UserError
from pipeline.reader_options import ReaderOptions
from pipeline.readers.opening import open_transcriber, settings_of
from pipeline.readers.wrappers.figures import WithFigures, pictures, with_found
from pipeline.readers.wrappers.retries import Recovering
from pipeline.transcript import Finish, PageRef, Source, Transcript
from pipeline.views.ready_page import ReadyPage, make_ready
from pipeline.views.rules import ViewRules

PAGE = (
    "<|ref|>title<|/ref|><|det|>[[90, 60, 700, 90]]<|/det|>\n# Tides\n\n"
    "<|ref|>image<|/ref|><|det|>[[100, 100, 400, 300], [500, 100, 900, 300]]<|/det|>\n\n"
    "<|ref|>image_caption<|/ref|><|det|>[[100, 310, 400, 330]]<|/det|>\nFigure 1\n"
)
TABLE = "<table><tr><td>1</td></tr></table>"


def ref(number: int = 1) -> PageRef:
    return PageRef(Source(Path("a.pdf"), "a.pdf"), number)


def test_places_of_pictures_in_both_grammars():
    assert pictures(PAGE) == [(100, 100, 400, 300), (500, 100, 900, 300)]
    assert pictures("<|det|>chart [100, 100, 400, 300]<|/det|>\n<|det|>text [1, 2, 900, 900]<|/det|>x") == [
        (100, 100, 400, 300)
    ]
    assert pictures("<|det|>image [100, 100, 130, 300]<|/det|>") == []  # narrower than any chart
    assert len(pictures("".join(f"<|det|>image [{i}, 0, 900, 900]<|/det|>" for i in range(100)))) == 24


def test_what_was_found_stands_under_its_picture():
    found = {(100, 100, 400, 300): TABLE, (500, 100, 900, 300): "Two boats <|ref|>text<|/ref|>"}
    assert [(block.label, block.text) for block in parse(with_found(PAGE, found))] == [
        ("title", "# Tides"), ("image", ""), ("table", TABLE), ("text", "Two boats text"),
        ("image_caption", "Figure 1"),
    ]  # fmt: skip
    assert with_found(PAGE, {}) == with_found(PAGE, {(100, 100, 400, 300): " "}) == PAGE
    last = "<|det|>image [100, 100, 400, 300]<|/det|>"
    assert [b.text for b in parse(with_found(last, found))] == ["", TABLE]


@given(st.text(alphabet="<|>/dertf[]0123456789, abc\n", max_size=80))
def test_no_answer_about_a_picture_changes_what_else_is_on_the_page(said):
    before, after = parse(PAGE), parse(with_found(PAGE, {(100, 100, 400, 300): said}))
    assert [block for block in after if block in before] == list(before)


def test_a_page_is_given_when_its_pictures_are_done(recorded_reader):
    asked = []

    class Reader(recorded_reader):
        def read(self, page):
            asked.append((page.number, page.part))
            if page.part is None:
                return Transcript(page, PAGE if page.number == 1 else "no picture", Finish.STOP)
            finish = Finish.STOP if page.part[0] == 100 else Finish.LOOP
            return Transcript(page, f"found at {page.part[0]}", finish)

    reader = WithFigures(Recovering(Reader({})))
    read = {page.ref: page for page in reader.transcribe([ref(1), ref(2)])}
    assert set(read) == {ref(1), ref(2)}
    assert read[ref(2)].text == "no picture"
    assert [block.text for block in parse(read[ref(1)].text)] == ["# Tides", "", "found at 100", "Figure 1"]
    assert asked[:2] == [(1, None), (1, (100, 100, 400, 300))]  # pictures go before further pages
    assert asked.count((1, (500, 100, 900, 300))) == 3  # a part that loops is tried again, as pages are
    assert reader.settings == "recorded/1+again/4+figures/1"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory) -> Source:
    """Red above blue, and noise in a part of the blue."""
    pixels = np.zeros((1000, 800, 3), np.uint8)
    pixels[:500, :, 0] = pixels[500:, :, 2] = 255
    pixels[600:800, 200:600] = np.random.default_rng(0).integers(0, 256, (200, 400, 3))
    path = tmp_path_factory.mktemp("sheet") / "a.png"
    Image.fromarray(pixels).save(path)
    return Source(path, "a.png")


def test_a_part_is_cut_out_of_its_page(sheet):
    rules = ViewRules(640, 512, 0, squashed=True)
    with DocumentCache() as documents:
        top, noise = (
            make_ready(documents, PageRef(sheet, 1, part=part), 144, rules=rules)
            for part in ((0, 0, 999, 499), (250, 600, 749, 799))
        )
    assert isinstance(top, ReadyPage) and isinstance(noise, ReadyPage)
    assert (top.bare, noise.bare) == (True, False)
    assert np.unique(top.views.global_view.reshape(-1, 3), axis=0).tolist() == [[255, 0, 0]]
    assert (noise.views.global_view[..., 2] != 255).mean() > 0.9


def test_an_engine_reads_parts_with_the_prompt_for_figures(tiny_checkpoint, sheet):
    whole = PageRef(sheet, 1)
    part = replace(whole, part=(250, 600, 749, 799))
    engine = load_engine(str(tiny_checkpoint), ReaderOptions(device="cpu", max_tokens=2), slots=1)
    read = {page.ref: page.prompt_tokens for page in engine.transcribe([whole, part])}
    assert read[part] == 257 + len("\nParse the figure.") + 1
    assert read[whole] == 257 + 6 * 144 + len("\nConvert the document to markdown.") + 2


def test_it_is_part_of_the_key_and_not_for_every_model(tiny_family):
    options = ReaderOptions(str(tiny_family["DeepSeek-OCR"]), "cpu", figures="parse")
    reader, _ = open_transcriber(options)
    assert reader.settings == settings_of(options)
    assert settings_of(options) != settings_of(replace(options, figures="keep"))
    with pytest.raises(UserError, match="Unlimited-OCR has no task 'figure'"):
        open_transcriber(replace(options, model=str(tiny_family["Unlimited-OCR"])))
