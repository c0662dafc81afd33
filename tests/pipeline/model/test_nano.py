"""The bundled checkpoint: small enough, the released layout, the native class's logits, and it reads."""

from __future__ import annotations

import os
from pathlib import Path

import pymupdf
import pytest
import torch
from transformers import DeepseekOcr2ForConditionalGeneration

from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.source import nano_folder
from pipeline.model.network import Network
from pipeline.model.vision_tokenizer import normalize_pixels
from pipeline.views.rules import OCR2_VIEWS

FOLDER = Path(os.environ.get("OCR2_TEST_NANO", nano_folder()))  # a training state may be tried before it is shipped
SENTENCES = "The committee met on Monday and agreed to publish the results. No vote was taken."
TOLERANCE = 1e-3  # of logits between -40 and 40, in float32

pytestmark = pytest.mark.skipif(not (FOLDER / "model.safetensors").exists(), reason="no checkpoint is bundled yet")


@pytest.fixture(scope="module")
def network() -> Network:
    return load(FOLDER, torch.device("cpu"), torch.float32).eval()


@pytest.fixture(scope="module")
def page():
    """A drawn page of two short paragraphs, as a PDF."""
    file = pymupdf.open()
    page = file.new_page(width=360, height=300)
    page.insert_text((40, 60), "Annual report", fontsize=20, fontname="hebo")
    page.insert_textbox(
        (40, 90, 320, 280), SENTENCES.replace(". No", ".\n\nNo"),
        fontsize=13, fontname="tiro",
    )  # fmt: skip
    return file


def test_the_package_stays_small():
    # Nine languages' tokens; 64 MB is the most that a wheel may have for it.
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) <= 36_000_000


@pytest.mark.parametrize("tiles", [0, 2])
def test_the_native_class_loads_it_and_gives_the_same_logits(network, tiles):
    native = DeepseekOcr2ForConditionalGeneration.from_pretrained(FOLDER, dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(tiles)
    views = [torch.randint(0, 256, (n, side, side, 3), generator=generator, dtype=torch.uint8)
             for n, side in ((1, 1024), (tiles, 768))]  # fmt: skip
    config = network.config
    text = torch.randint(3, 200, (24,), generator=generator).tolist()
    ids = torch.tensor([[config.bos_token_id, *[config.image_token_id] * OCR2_VIEWS.tokens(tiles, 1), *text]])
    with torch.inference_mode():
        theirs = native(
            input_ids=ids,
            pixel_values=normalize_pixels(views[0], torch.float32),
            pixel_values_local=normalize_pixels(views[1], torch.float32) if tiles else None,
            num_local_patches=[tiles],
        ).logits
        ours = network(ids, views[0], views[1], [(tiles, 1)])
    assert theirs.abs().max() > 1
    assert (ours - theirs).abs().max() <= TOLERANCE


def test_a_drawn_page_is_read_with_its_heading_and_boxes(page, tmp_path):
    from output.grounding.parser import parse
    from pipeline.reader_options import ReaderOptions
    from pipeline.readers.opening import open_transcriber
    from pipeline.transcript import Finish, PageRef, Source

    page.save(tmp_path / "page.pdf")
    reader, _ = open_transcriber(ReaderOptions(model=str(FOLDER), device="cpu", max_tokens=300))
    (done,) = reader.transcribe([PageRef(Source(tmp_path / "page.pdf", "page.pdf"), 1)])
    blocks = parse(done.text)
    assert done.finish is Finish.STOP
    assert blocks[0].label in ("title", "sub_title")
    assert "Annual report" in blocks[0].text
    words = " ".join(block.text for block in blocks[1:])  # where it ends a paragraph is not asked here
    assert " ".join(words.split()) == SENTENCES
    top = [block.boxes[0].y1 for block in blocks]
    assert top == sorted(top)
