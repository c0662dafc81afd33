"""Every member of the family through the engine: its own views, prompt, n-grams and attention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw

from pipeline.documents.document import Document
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.load import load_checkpoint, load_engine, settings_without_loading
from pipeline.errors import UserError
from pipeline.model.decoder import CAUSAL, WindowContext
from pipeline.model.family.asked import ngrams_for, prompt_for, views_for
from pipeline.model.family.known import member_of
from pipeline.reader_options import Mode, ReaderOptions
from pipeline.transcript import PageRef, Source
from pipeline.views import crops

CASES: list[tuple[str, Mode]] = [
    ("DeepSeek-OCR", "tiny"), ("DeepSeek-OCR", "small"), ("DeepSeek-OCR", "base"), ("DeepSeek-OCR", "large"),
    ("DeepSeek-OCR", "gundam"), ("DeepSeek-OCR 2", "gundam"), ("Unlimited-OCR", "base"), ("Unlimited-OCR", "gundam"),
]  # fmt: skip


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> PageRef:
    """A picture of 1,000 x 700 pixels: three tiles by two."""
    path = tmp_path_factory.mktemp("image") / "a.png"
    with Image.new("RGB", (1000, 700), "white") as picture:
        draw = ImageDraw.Draw(picture)
        for line in range(12):
            draw.text((40, 40 + 50 * line), f"line {line} " + "words of a page " * 5, fill="black", font_size=24)
        picture.save(path)
    return PageRef(Source(path, "a.png"), 1)


def plain(checkpoint, ref: PageRef, options: ReaderOptions) -> tuple[int, str]:
    """Tokens of the prompt, and the answer of a greedy loop that computes everything anew for each token."""
    network, tokenizer, config = checkpoint.network, checkpoint.tokenizer, checkpoint.network.config
    member = member_of(config)
    rules, (_, ban) = views_for(member, options), ngrams_for(member, options.ngram)
    with Document(ref.source) as document:
        views = crops.views(document.page(1).pixels, rules=rules)
    image = rules.tokens(views.columns, views.rows)
    ids = prompt_ids(prompt_for(member, options), tokenizer.encode, config.bos_token_id, config.image_token_id, image)
    context = CAUSAL if config.decoder.window is None else WindowContext(len(ids), config.decoder.window)
    listed, answer = set(tokenizer.made_of(member.whitelist)), list[int]()
    with torch.inference_mode():
        pixels = torch.from_numpy(views.global_view)[None], torch.from_numpy(views.local_views)
        (seen,) = network.encode_pages(*pixels, [(views.columns, views.rows)])
        while len(answer) < options.max_tokens and config.eos_token_id not in answer:
            embedded = network.embed(torch.tensor([ids + answer]), seen)
            hidden = network.decode(embedded, torch.arange(len(ids + answer))[None], context)
            recent = answer[-ban.window :]
            runs = [recent[at : at + ban.size] for at in range(len(recent) - ban.size + 1)]
            banned = {run[-1] for run in runs if run[:-1] == answer[len(answer) - ban.size + 1 :]} - listed
            logits = network.lm_head(hidden[0, -1])
            logits[list(banned)] = float("-inf")
            answer.append(int(logits.argmax()))
    return len(ids), tokenizer.decode(answer)


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_same_as_a_plain_greedy_loop(tiny_family, image, name, mode):
    tokens = 90 if name == "Unlimited-OCR" else 24  # over four windows
    options = ReaderOptions(device="cpu", max_tokens=tokens, ngram="3/12", mode=mode)
    folder = str(tiny_family[name])
    (read,) = load_engine(folder, options, slots=2).transcribe([image])
    assert (read.prompt_tokens, read.text) == plain(load_checkpoint(folder, torch.device("cpu")), image, options)


def test_modes_show_the_page_with_tokens_of_their_own(tiny_family, image):
    """What a prompt takes besides: the beginning, and 53 bytes of the prompt."""
    taken = {}
    for name, mode in CASES:
        options = ReaderOptions(device="cpu", max_tokens=1, mode=mode)
        (read,) = load_engine(str(tiny_family[name]), options, slots=1).transcribe([image])
        taken[name, mode] = read.prompt_tokens
    rest = taken["DeepSeek-OCR", "tiny"] - 73
    assert [taken[case] - rest for case in CASES[:6]] == [73, 111, 273, 421, 273 + 20 * 31, 257 + 6 * 144]
    assert taken["Unlimited-OCR", "gundam"] - taken["Unlimited-OCR", "base"] == 20 * 31


@pytest.mark.parametrize(
    "change", [{"mode": "base"}, {"ngram": "9/40"}, {"task": "figure"}, {"locate": "a"}, {"prompt": "a"}]
)
def test_what_changes_the_text_changes_the_key(tiny_family, change):
    usual = ReaderOptions(str(tiny_family["DeepSeek-OCR"]), "cpu")
    keys = [settings_without_loading(usual.model, options) for options in (usual, replace(usual, **change))]
    assert keys[0] != keys[1]


def test_what_a_member_cannot_do_is_said_before_it_is_loaded(tiny_family):
    wrongs: list[dict[str, Any]] = [{"mode": "tiny"}, {"task": "sing"}]
    for wrong in wrongs:
        with pytest.raises(UserError, match=r"DeepSeek-OCR 2 has no (mode|task)"):
            load_engine(str(tiny_family["DeepSeek-OCR 2"]), ReaderOptions(device="cpu", **wrong))
