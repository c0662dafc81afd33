"""The other members of the family on a CUDA device: CLIP, the ring of Unlimited-OCR, and n-grams of each slot."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import torch
from PIL import Image, ImageDraw

from pipeline.engine.engine import Engine
from pipeline.engine.load import load_checkpoint
from pipeline.engine.packing.pack import pack
from pipeline.engine.settings import manner_of
from pipeline.model.family.member import NgramRule
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import Finish, PageRef, Source

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")

TOKENS = 90  # over four windows
BAN = NgramRule(3, 12)


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> list[PageRef]:
    """Three pictures; the last one is cut into tiles where the mode has some."""
    folder = tmp_path_factory.mktemp("images")
    for number, size in enumerate(((300, 200), (300, 320), (1000, 700))):
        with Image.new("RGB", size, "white") as picture:
            ImageDraw.Draw(picture).text((20, 40), f"page {number} " * 3, fill="black", font_size=30)
            picture.save(folder / f"{number}.png")
    return [PageRef(Source(folder / f"{number}.png", f"{number}.png"), 1) for number in range(3)]


def read(folder, pages, slots, *, mode=None, ban=BAN, image_ban=None, **settings):
    """Texts and engine, in float32: no two tokens are equally likely."""
    checkpoint = load_checkpoint(str(folder), torch.device("cpu"))  # for CUDA its weights would be rounded
    network = pack(checkpoint.network.to("cuda"))
    network.config = replace(network.config, eos_token_id=-1)
    manner = manner_of(network.config, ReaderOptions(max_tokens=TOKENS, mode=mode))
    options = replace(manner.decoding, ngram=ban, image_ngram=image_ban, stop_loops=False)
    engine = Engine(replace(checkpoint, network=network), manner.prompt, options, slots, views=manner.views, **settings)
    found = list(engine.transcribe(pages))
    assert [page.ref for page in found if page.finish is Finish.ERROR] == []
    assert {page.output_tokens for page in found} == {TOKENS}
    return {page.ref: page.text for page in found}, found, engine


def alike(ours, theirs):
    """What share of the letters of all pages stands before the first difference of a page."""
    pairs = [(ours[ref], theirs[ref]) for ref in theirs]
    return sum(len(os.path.commonprefix(pair)) for pair in pairs) / sum(len(text) for _, text in pairs)  # noqa: RUF071


@pytest.mark.parametrize(
    ("name", "mode"),
    [("DeepSeek-OCR", "tiny"), ("DeepSeek-OCR", "gundam"), ("Unlimited-OCR", "base"), ("Unlimited-OCR", "gundam")],
)
def test_company_changes_no_page(tiny_family, images, name, mode):
    expected, _, _ = read(tiny_family[name], images, 1, mode=mode)
    found, _, engine = read(tiny_family[name], images * 2, 2, mode=mode)
    assert engine._runner.backend.name == "triton"
    assert alike(found, expected) > 0.9


@pytest.mark.parametrize("kv_cache", ["auto", "int8"])
def test_guesses_in_the_ring_change_no_page(tiny_family, images, kv_cache):
    """The answer's own rows are guessed: without a ban it repeats itself."""
    settings = {"mode": "base", "ban": NgramRule(0, 0), "kv_cache": kv_cache}
    expected, _, _ = read(tiny_family["Unlimited-OCR"], images, 1, **settings)
    found, pages, _ = read(tiny_family["Unlimited-OCR"], images * 2, 2, guess=True, **settings)
    assert alike(found, expected) > 0.9
    assert sum(page.drafted.kept for page in pages) > 0, "nothing was guessed right"


def test_each_slot_has_the_n_grams_of_its_page(tiny_checkpoint, pages, images):
    """A page of a PDF and an image side by side, each under its own rule: as each by itself."""
    rules = {"ban": NgramRule(2, 40), "image_ban": NgramRule(4, 90)}
    both = [pages[0], images[0], pages[1], images[1]]
    expected = {ref: read(tiny_checkpoint, [ref], 1, **rules)[0][ref] for ref in both}
    found, _, _ = read(tiny_checkpoint, both, 4, **rules)
    assert alike(found, expected) > 0.9
    unlike, _, _ = read(tiny_checkpoint, images[:1], 1, ban=rules["ban"], image_ban=rules["ban"])
    assert unlike[images[0]] != found[images[0]], "the rules make no difference here"
