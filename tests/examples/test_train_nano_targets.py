"""Training targets point at the right places: tokens at their visual tokens, patches at their characters."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from train_nano.degrade import fit, photograph, tiles
from train_nano.lie import FLAT, Lie
from train_nano.model import initialise, nano_config
from train_nano.targets import CHARACTERS, CLASS, Views, example, paint
from train_nano.tokens import NanoTokenizer

from pipeline.model.attention import rotary, rotate
from pipeline.model.network import Network
from pipeline.views import crops

HEAD = "<|ref|>text<|/ref|><|det|>[[100, 200, 900, 400]]<|/det|>\n"
IMAGE = "<|ref|>image<|/ref|><|det|>[[0, 5, 999, 17]]<|/det|>"


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


def test_tokens_point_at_the_cells_under_them(tokenizer, sample):
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
def test_the_places_of_a_row_of_cells_spell_the_line(tokenizer, width, height, sample):
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


def test_a_turned_page_turns_its_boxes_and_its_heads(tokenizer, sample):
    """Turning by 2 degrees moves the right end of a line down by sin 2° of its distance from the middle."""
    straight, turned = (example(sample(HEAD + "qxz", "qxz"), tokenizer, lie) for lie in (FLAT, Lie(2.0)))
    numbers = [int(n) for n in tokenizer.decode(turned.ids.tolist()).split("[[")[1].split("]]")[0].split(", ")]
    assert numbers[1] < 200 and numbers[3] > 400
    assert len(straight.ids) == len(turned.ids)
    dot = torch.ones(1, 1, 101, 101)
    dot[..., 50, 90] = 0
    _, _, y, x = (photograph(dot, Lie(10.0)) < 0.7).nonzero()[0].tolist()
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
