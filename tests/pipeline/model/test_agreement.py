"""The same numbers as transformers' classes, part by part and from pixels to logits, in float32 to 1e-4."""

from __future__ import annotations

import pytest
import torch

from pipeline.model.vision_tokenizer import normalize_pixels
from pipeline.views.rules import OCR2_VIEWS

TOLERANCE = 1e-4


def difference(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    assert ours.shape == theirs.shape
    assert theirs.abs().max() > 0.1, "the comparison is empty where everything is about zero"
    return float((ours - theirs).abs().max())


def random_views(count: int, side: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, side, side, 3), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize("side", [1024, 768, 448])
def test_vision_tokenizer(pair, side):
    pixels = normalize_pixels(random_views(1, side, 1), torch.float32)
    with torch.inference_mode():
        theirs = pair.reference.model.vision_tower.sam_encoder(pixels).last_hidden_state
        ours = pair.ours.vision_tokenizer(pixels)
    assert difference(ours, theirs.flatten(2).transpose(1, 2)) <= TOLERANCE


@pytest.mark.parametrize("count", [144, 256])
def test_causal_flow(pair, count):
    tower = pair.reference.model.vision_tower
    visual = torch.randn(2, count, 24, generator=torch.Generator().manual_seed(2))
    queries = (tower.query_768_resolution if count == 144 else tower.query_1024_resolution).weight
    with torch.inference_mode():
        both = torch.cat((visual, queries.expand(2, -1, -1)), dim=1)
        theirs = tower.vision_encoder(inputs_embeds=both, num_patches=count).last_hidden_state[:, count:]
        ours = pair.ours.causal_flow(visual)
    assert difference(ours, theirs) <= TOLERANCE


@pytest.mark.parametrize("name", ["pair", "grouped_pair"])
def test_decoder(name, request):
    pair = request.getfixturevalue(name)
    embeddings = torch.randn(2, 33, 32, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        theirs = pair.reference.model.language_model(inputs_embeds=embeddings).last_hidden_state
        ours = pair.ours.decode(embeddings, torch.arange(33)[None])
    assert difference(ours, theirs) <= TOLERANCE


@pytest.mark.parametrize("counts", [(0,), (2,), (6,), (0, 2)])
def test_logits_from_pixels(pair, counts):
    """One row a page, in a batch only where their lengths agree (the reference has no right padding)."""
    lengths = [OCR2_VIEWS.tokens(count, 1) for count in counts]
    rows = [
        [0, *[60] * length, 7, 8, 9, *[10] * (max(lengths) - length)] for length in lengths
    ]  # right padding with some token
    input_ids = torch.tensor(rows)
    global_views, local_views = random_views(len(counts), 1024, 4), random_views(sum(counts), 768, 5)
    with torch.inference_mode():
        theirs = pair.reference(
            input_ids=input_ids,
            pixel_values=normalize_pixels(global_views, torch.float32),
            pixel_values_local=normalize_pixels(local_views, torch.float32) if sum(counts) else None,
            num_local_patches=list(counts),
        ).logits
        ours = pair.ours(input_ids, global_views, local_views, [(count, 1) for count in counts])
    assert difference(ours, theirs) <= TOLERANCE


def test_pixels_are_scaled_as_by_the_released_processor():
    views = torch.tensor([0, 127, 128, 255], dtype=torch.uint8).view(1, 2, 2, 1).expand(1, 2, 2, 3)
    scaled = normalize_pixels(views, torch.float32)
    expected = ((views / 255.0) - 0.5) / 0.5
    assert scaled.shape == (1, 3, 2, 2)
    assert torch.allclose(scaled, expected.permute(0, 3, 1, 2), atol=1e-6)
    assert (scaled.min(), scaled.max()) == (-1.0, 1.0)


def test_floating_views_are_taken_as_scaled():
    views = torch.rand(1, 4, 4, 3) * 2 - 1
    assert torch.equal(normalize_pixels(views, torch.float32), views.permute(0, 3, 1, 2))
