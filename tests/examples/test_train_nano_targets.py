"""Training targets point at the right places: tokens at their visual tokens, patches at their characters."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from train_nano.data import Waiting, cost, shape_of
from train_nano.degrade import fit, tiles
from train_nano.degrade import rotate as turn
from train_nano.losses import Batch, Reading, Trainer, Weights, total
from train_nano.model import initialise, nano_config
from train_nano.optimizer import learn, parts_of
from train_nano.pages import Sample
from train_nano.replay import Replay
from train_nano.targets import CHARACTERS, CLASS, Views, example, paint
from train_nano.tokens import NanoTokenizer, build

from pipeline import crops
from pipeline.model.attention import rotary, rotate
from pipeline.model.network import Network

HEAD = "<|ref|>text<|/ref|><|det|>[[100, 200, 900, 400]]<|/det|>\n"
IMAGE = "<|ref|>image<|/ref|><|det|>[[0, 5, 999, 17]]<|/det|>"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> NanoTokenizer:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    build(["the quick brown fox jumps over the lazy dog"] * 3, 3072, path)
    return NanoTokenizer(path)


@given(st.text(alphabet="abc é12,.<>|[]\n“”–", max_size=60))
@settings(max_examples=80, deadline=None)
def test_tokens_give_the_transcript_back(tokenizer, words):
    text = HEAD + words.strip() + "\n\n" + IMAGE
    ids, spans = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert [a for a, _ in spans] == sorted(a for a, _ in spans)


def test_coordinates_are_one_token_and_text_digits_are_read_one_by_one(tokenizer):
    ids, spans = tokenizer.encode(HEAD + "In 1997")
    pieces = [(HEAD + "In 1997")[a:b] for a, b in spans]
    assert pieces[:8] == [HEAD[: HEAD.index("100")], "100", ", ", "200", ", ", "900", ", ", "400"]
    assert pieces[-4:] == ["1", "9", "9", "7"]
    assert len(ids) == len(spans)


@given(st.integers(20, 1900), st.integers(20, 1900), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_a_point_of_the_page_shows_in_the_view_of_its_image_token(width, height, right, down):
    """A black square on white, and the crop planner's own views: the darkest cell is the one that is pointed at."""
    x, y = int(right * (width - 1)), int(down * (height - 1))
    pixels = np.full((height, width, 3), 255, np.uint8)
    half = max(width, height) // 60 + 1
    left, top = np.clip([x - half, y - half], 0, None)
    pixels[top : y + half, left : x + half] = 0
    seen = crops.views(pixels)
    whole = Views(width, height, seen.columns, seen.rows)
    at = whole.image_token(np.array([(left + min(x + half, width)) / 2]), np.array([(top + min(y + half, height)) / 2]))
    shown = seen.local_views if seen.columns else seen.global_view[None]
    side = shown.shape[1] // 64
    dark = (shown[..., 0] < 100).reshape(-1, side, 64, side, 64).sum((2, 4)).ravel()  # the padding is 127
    assert dark[int(at[0])] >= 0.2 * dark.max() > 0


def test_paint_marks_the_patches_whose_centre_is_covered():
    boxes = np.array([[0, 0, 16, 16], [20, 4, 28, 12], [33, 0, 39, 16]], np.float32)
    painted = paint(boxes, np.array([5, 6, 7], np.uint8), 1, 3)
    assert painted.tolist() == [[5, 6, 0]]


def sample(text: str, shown: str) -> Sample:
    """`shown` stands in one row of 20-pixel boxes at the left edge, 100 pixels down a 600 x 600 page."""
    start = text.index(shown)
    glyphs = np.full(len(text), -1, np.int32)
    glyphs[start : start + len(shown)] = np.arange(len(shown))
    boxes = np.array([[20 * i, 100, 20 * i + 20, 130] for i in range(len(shown))], np.float32)
    return Sample(np.full((600, 600), 255, np.uint8), text, glyphs, shown, boxes)


def test_tokens_point_at_the_cells_under_them(tokenizer):
    page = example(sample(HEAD + "qxz", "qxz"), tokenizer)
    scale = 1024 / 600
    top, bottom = (int(y * scale) // 64 for y in (100, 130))
    for place, cells in zip((0, 1, 2), page.cells[-4:-1], strict=True):  # q, x, z; then the end token
        columns = {int(x * scale) // 64 for x in (20 * place, 20 * place + 20)}
        assert set(cells.tolist()) - {-1} == {row * 16 + column for row in (top, bottom) for column in columns}
    assert (page.cells[-1] == -1).all()
    assert page.patches_global[int(115 * scale) // 16, 0] == CLASS["q"]
    for place, spot in zip((0, 1, 2), page.spots[-4:-1], strict=True):  # a quarter into the character, at half height
        x, y = (20 * place + 5) * scale % 64, 115 * scale % 64
        assert spot == int(y // 16) * 8 + int(x // 8)
    assert (page.spots[:-4] == -1).all() and page.spots[-1] == -1  # heads and the end stand nowhere within a cell


@pytest.mark.parametrize(("width", "height"), [(600, 600), (1190, 1684)])
def test_the_places_of_a_row_of_cells_spell_the_line(tokenizer, width, height):
    page = sample(HEAD + "quickly", "quickly")
    page = replace(page, pixels=np.full((height, width), 255, np.uint8))
    seen = example(page, tokenizer)
    views = Views(width, height, seen.columns, seen.rows)
    cells = views.image_token(np.arange(1.0, width, 4), np.full(len(np.arange(1.0, width, 4)), 115.0))
    spelled = ""
    for cell in dict.fromkeys(cells.tolist()):
        for column in range(8):
            classes = {int(seen.places[cell, 8 * row + column]) for row in range(4)} - {0}
            assert len(classes) <= 1  # a column of places crosses one character of the line
            spelled += "".join(CHARACTERS[c - 2] for c in classes)
    assert re.sub(r"(.)\1+", r"\1", spelled) == "quickly"


def test_a_turned_page_turns_its_boxes_and_its_heads(tokenizer):
    """Turning by 2 degrees moves the right end of a line down by sin 2° of its distance from the middle."""
    straight, turned = (example(sample(HEAD + "qxz", "qxz"), tokenizer, skew) for skew in (0.0, 2.0))
    numbers = [int(n) for n in tokenizer.decode(turned.ids.tolist()).split("[[")[1].split("]]")[0].split(", ")]
    assert numbers[1] < 200 and numbers[3] > 400
    assert len(straight.ids) == len(turned.ids)
    dot = torch.ones(1, 1, 101, 101)
    dot[..., 50, 90] = 0
    _, _, y, x = (turn(dot, 10.0) < 0.7).nonzero()[0].tolist()
    assert y > 52 and x < 91


def test_views_on_the_device_are_those_of_the_crop_planner():
    """Bicubic resampling by two libraries: within 3 of 255 on the average, and nowhere shifted."""
    page = np.random.default_rng(0).integers(0, 255, (40, 30), np.uint8).repeat(30, 0).repeat(30, 1)
    seen = crops.views(np.repeat(page[..., None], 3, 2))
    tensor = (torch.from_numpy(page).float()[None, None] / 127.5 - 1).expand(1, 3, -1, -1)
    for ours, theirs in (
        (fit(tensor)[None], seen.global_view[None]),
        (tiles(tensor, seen.columns, seen.rows), seen.local_views),
    ):
        difference = (ours.clamp(-1, 1) + 1) * 127.5 - torch.from_numpy(theirs.copy()).permute(0, 3, 1, 2)
        assert difference.abs().mean() < 3


@pytest.fixture(scope="module")
def network(tokenizer: NanoTokenizer) -> Network:
    torch.manual_seed(0)
    network = Network(nano_config(tokenizer))
    initialise(network)
    return network


def test_size_is_what_the_package_can_hold(network):
    assert 2 * sum(p.numel() for p in network.parameters()) < 31_900_000


@pytest.mark.parametrize("count", [144, 256])
@torch.no_grad()
def test_queries_begin_as_copies_of_the_visual_tokens_of_their_cells(network, count):
    flow = network.causal_flow
    layer, config = flow.layers[0], flow.config
    table = flow.local_queries if count == 144 else flow.global_queries
    x = layer.attention_norm(torch.cat((torch.randn(1, count, config.width), table[None]), dim=1))
    tables = rotary(torch.arange(2 * count)[None], config.width // config.heads, config.rope_theta)
    queries, keys = (
        rotate(p(x).unflatten(-1, (config.heads, -1)), tables) for p in (layer.attention.q_proj, layer.attention.k_proj)
    )
    scores = torch.einsum("bqhd,bkhd->hqk", queries[:, count:], keys) * (config.width // config.heads) ** -0.5
    seen = torch.ones(count, 2 * count, dtype=torch.bool).tril(count)
    shares = scores.masked_fill(~seen, -torch.inf).softmax(-1)
    assert shares[:, torch.arange(count), torch.arange(count)].min() > 0.95


def test_one_step_of_training_reaches_every_weight_and_lowers_the_loss(tokenizer):
    """The real losses and optimisers on one small page, seen twice by a network of fewer layers."""
    config = nano_config(tokenizer)
    fewer = replace(
        config, vision=replace(config.vision, layers=1, global_layers=()), flow=replace(config.flow, layers=1)
    )
    torch.manual_seed(1)
    network = Network(replace(fewer, decoder=replace(config.decoder, layers=4)))
    initialise(network)
    page = example(sample(HEAD + "qxz", "qxz"), tokenizer)
    count = 257
    start = [tokenizer.bos] + [tokenizer.image] * count
    ids = torch.tensor([start + page.ids.tolist()])
    none = torch.full((1, count, 4), -1)
    reading = Reading(
        input_ids=ids[:, :-1],
        labels=torch.cat((torch.full((1, count), -100), ids[:, count + 1 :]), 1),
        cells=torch.cat((none, torch.from_numpy(page.cells)[None]), 1),
        spots=torch.cat((torch.full((1, count), -1), torch.from_numpy(page.spots)[None]), 1),
        places=torch.from_numpy(page.places),
    )
    batch = Batch(
        global_views=torch.zeros(1, 3, 1024, 1024), local_views=torch.zeros(0, 3, 768, 768),
        patches_global=torch.from_numpy(page.patches_global)[None], patches_local=torch.zeros(0, 48, 48),
        reading=reading,
    )  # fmt: skip
    trainer = Trainer(network)
    parts, replay = parts_of(trainer, 1e-3), Replay(seed=1, tokens=2000)
    totals = []
    for _ in range(2):
        tokens, losses = trainer.see(batch)
        read, guesses = trainer.read(tokens, reading)
        losses |= read
        loss = total(losses, Weights())
        totals.append(loss.item())
        gradients = torch.autograd.grad(loss, list(trainer.parameters()), retain_graph=True, allow_unused=True)
        unreached = {name for name, g in zip(names(trainer), gradients, strict=True) if g is None}
        learn(loss, parts, world=1)
        replay.add(tokens, reading, guesses)
    assert unreached == {"network.causal_flow.local_queries"}  # no tiles on a small page
    assert totals[1] < totals[0]
    before = {name: p.clone() for name, p in trainer.named_parameters()}
    views, again = replay.draw()
    assert again.input_ids.shape[0] == len(views[0]) == 2  # both batches have one shape
    own = again.input_ids != reading.input_ids  # some of the transcript in the network's own words, and nothing else
    assert 0 < own.float().mean() < 0.5 and not own[:, : count + 1].any()
    assert torch.equal(again.labels, reading.labels.expand(2, -1))
    learn(total(trainer.read(views, again)[0], Weights()), parts[1:], world=1)
    moved = {name.split(".")[1] for name, p in trainer.named_parameters() if not torch.equal(p, before[name])}
    assert {"causal_flow", "decoder", "lm_head"} <= moved and "vision_tokenizer" not in moved


def names(trainer):
    return [name for name, _ in trainer.named_parameters()]


def test_rare_shapes_come_in_a_short_run_too():
    """52 processes of 1,000 pages each gave batches of A4 pages only, when each shape had to fill a batch first."""
    shares = {shape_of(6, 1000): 0.8, shape_of(6, 2700): 0.05, shape_of(2, 300): 0.05, shape_of(4, 900): 0.1}
    shapes, seen = list(shares), Counter()
    for process in range(24):
        rng = np.random.default_rng(process)
        waiting = Waiting(96_000, rng)
        for number in rng.choice(len(shapes), 3000, p=list(shares.values())):
            batch = waiting.add(shapes[number], number)
            assert len(batch) <= 96_000 / cost(*shapes[number])
            seen.update(batch)
    for number, share in enumerate(shares.values()):
        assert 0.6 < seen[number] / seen.total() / share < 1.2
