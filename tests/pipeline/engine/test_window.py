"""Unlimited-OCR's window through the engine: answers in a ring, token by token what the reference class writes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from PIL import Image, ImageDraw

from pipeline.documents.document import Document
from pipeline.engine.cache.ring import Ring
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.load import load_checkpoint, load_engine
from pipeline.model.checkpoints.config_writer import native_config
from pipeline.model.checkpoints.keys import places
from pipeline.model.family.unlimited_ocr import UNLIMITED_OCR
from pipeline.model.network import Network
from pipeline.model.vision_tokenizer import normalize_pixels
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import PageRef, Source
from pipeline.views import crops

TOKENS = 130  # six and a half windows
OPTIONS = ReaderOptions(device="cpu", max_tokens=TOKENS, ngram="off", mode="base")


@pytest.fixture(scope="module")
def folder(tiny_family) -> str:
    return str(tiny_family["Unlimited-OCR"])


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> list[PageRef]:
    made = tmp_path_factory.mktemp("images")
    for number in range(3):
        with Image.new("RGB", (300, 200 + 60 * number), "white") as picture:
            ImageDraw.Draw(picture).text((20, 40), f"page {number} " * 3, fill="black", font_size=30)
            picture.save(made / f"{number}.png")
    return [PageRef(Source(made / f"{number}.png", f"{number}.png"), 1) for number in range(3)]


def native(network: Network):
    """transformers' class with the same weights."""
    classes = pytest.importorskip("transformers.models.unlimited_ocr.modeling_unlimited_ocr")
    from transformers import UnlimitedOcrConfig

    model = classes.UnlimitedOcrForConditionalGeneration(UnlimitedOcrConfig(**native_config(network.config))).eval()
    parameters = dict(network.named_parameters())
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    model.load_state_dict(
        {key: parameters[place.parameter][place.index] for key, place in places(shapes, official=False).items()}
    )
    return model


@torch.inference_mode()
def reference(checkpoint, ref: PageRef) -> str:
    """Greedy answer of the class through its own cache, one token at a time."""
    network, tokenizer, config = checkpoint.network, checkpoint.tokenizer, checkpoint.network.config
    rules = UNLIMITED_OCR.modes["base"]
    with Document(ref.source) as document:
        views = crops.views(document.page(1).pixels, rules=rules)
    prompt, image = UNLIMITED_OCR.prompts["markdown"], rules.tokens(0, 0)
    ids = torch.tensor(
        [prompt_ids(prompt, tokenizer.encode, config.bos_token_id, config.image_token_id, image)], dtype=torch.long
    )
    model, answer = native(network), list[int]()
    pixels = normalize_pixels(torch.from_numpy(views.global_view.copy())[None], torch.float32)
    out = model(
        input_ids=ids, pixel_values=pixels, pixel_values_local=None, num_local_patches=[0], patches_grid=[[0, 0]],
        use_cache=True,
    )  # fmt: skip
    name = "cache" if hasattr(out, "cache") else "past_key_values"
    while len(answer) < TOKENS and config.eos_token_id not in answer:
        answer.append(int(out.logits[0, -1].argmax()))
        out = model(input_ids=torch.tensor([answer[-1:]]), use_cache=True, **{name: getattr(out, name)})
    return tokenizer.decode(answer)


def test_token_by_token_what_the_reference_class_writes(folder, images):
    (read,) = load_engine(folder, OPTIONS, slots=1).transcribe(images[:1])
    assert read.output_tokens == TOKENS
    assert read.text == reference(load_checkpoint(folder, torch.device("cpu")), images[0])


@pytest.mark.parametrize("changes", [{"draft": "off"}, {"draft": "text"}, {"draft": "text", "kv_cache": "int8"}])
def test_neither_guesses_nor_company_change_a_page(folder, images, changes):
    options = replace(OPTIONS, **changes)
    plain = replace(options, draft="off")
    expected = {page.ref: page.text for page in load_engine(folder, plain, slots=1).transcribe(images)}
    read = list(load_engine(folder, options, slots=2).transcribe(images))
    assert {page.ref: page.text for page in read} == expected
    if options.draft == "text":
        assert sum(page.drafted.kept for page in read) > 0, "nothing was guessed right"


def test_a_slot_holds_the_prompt_and_the_window_however_long_the_answer(folder):
    rooms = [load_engine(folder, replace(OPTIONS, max_tokens=most))._runner.room.length for most in (300, 3000)]
    assert rooms[0] == rooms[1] == 273 + len("<image>document parsing.") - len("<image>") + 1 + 20 + 15


@pytest.mark.parametrize("slack", [0, 3])
def test_the_ring_shows_each_token_its_window(slack):
    """Against a list of what was written where, also over guesses that were wrong."""
    ring, prompt, span = Ring(window=5, slack=slack), 4, 4 + 5 + slack + 2
    held: list[int | None] = [*range(prompt), *([None] * (span - prompt))]  # positions, by place
    generator, newest = torch.Generator().manual_seed(slack), prompt - 1
    for _ in range(40):
        newest += 1
        tried = int(torch.randint(0, slack + 1, (), generator=generator))
        positions = torch.arange(newest, newest + tried + 1)
        prompts = torch.full_like(positions, prompt)
        for position, place in zip(positions.tolist(), ring.places(positions, prompts).tolist(), strict=True):
            held[place] = position
        seen = ring.seen(positions, torch.full_like(positions, newest + tried), prompts, span)
        for row, position in enumerate(positions.tolist()):
            shown = sorted(held[place] for place in seen[row].nonzero().flatten().tolist())
            assert shown == [k for k in range(position + 1) if k < prompt or k > position - 5]
        if not slack:
            assert int(ring.lengths(positions[:1], prompts[:1])) == sum(place is not None for place in held)
        newest += int(torch.randint(0, tried + 1, (), generator=generator))
