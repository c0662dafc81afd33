"""The vision tokenizer's kernels and the causal flow's against plain PyTorch, on CUDA or by Triton's interpreter."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F

from pipeline.engine.packing.flow import PackedCausalFlow
from pipeline.engine.packing.pack import pack_block
from pipeline.engine.packing.relative import PackedRelativeAttention
from pipeline.engine.packing.vision import PackedVisionTokenizer, convolve
from pipeline.model.causal_flow import CausalFlow, prefix_attention
from pipeline.model.config import LOCAL_TOKENS, PATCH, FlowConfig, VisionConfig
from pipeline.model.vision_tokenizer import RelativeAttention, VisionBlock, VisionTokenizer, normalize_pixels

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("side", [14, 5, 48])
def test_attention_within_squares(kernels, side):
    """48 goes by two rows at a time unasked."""
    attention = with_noise(RelativeAttention(32, 2, 7))  # learned for another side
    x = torch.randn(2, side, side, 32, generator=torch.Generator(DEVICE).manual_seed(1), device=DEVICE)
    within(x, None, PackedRelativeAttention(attention), attention(x))


def within(x, window, packed, expected):
    found = (packed.mixed(x, window) @ packed.output.weight.T + packed.owed()).view(x.shape)
    torch.testing.assert_close(found, expected, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize(("side", "two_rows"), [(16, False), (12, False), (24, True)])
def test_scores_beyond_the_range_of_exponentials(kernels, side, two_rows):
    """Only some programs have such scores; theirs are shifted by the largest one."""
    attention = with_noise(RelativeAttention(32, 2, side))
    x = torch.randn(2, side, side, 32, generator=torch.Generator(DEVICE).manual_seed(1), device=DEVICE)
    x[0, 2] *= 300
    packed = PackedRelativeAttention(attention)
    packed.shapes = {side: {"two_rows": two_rows, "tile": 32}}
    expected = attention(x)
    assert expected.isfinite().all()
    within(x, None, packed, expected)


@pytest.mark.parametrize("loud", [1, 300])
@pytest.mark.parametrize(("side", "window"), [(14, 7), (5, 3), (20, 14), (16, 8), (12, 12), (9, 6)])
def test_attention_within_windows_of_whole_views(kernels, side, window, loud):
    """Windows that fit and windows that reach beyond; 9 to 196 keys in pieces of 64 and less."""
    block = with_noise(VisionBlock(VisionConfig(32, 1, 2, 64, 2, (), window, (20, 24)), window))
    x = torch.randn(2, side, side, 32, generator=torch.Generator(DEVICE).manual_seed(1), device=DEVICE)
    x[1, 2] *= loud
    expected = block._attend(x)
    assert expected.isfinite().all()
    within(x, window, PackedRelativeAttention(block.attention), expected)


@pytest.mark.parametrize("side", [24, 16])
def test_attention_within_squares_by_two_rows(kernels, side):
    """Pieces of 32 and 16 keys, and of twice 16."""
    attention = with_noise(RelativeAttention(32, 2, 7))
    x = torch.randn(2, side, side, 32, generator=torch.Generator(DEVICE).manual_seed(1), device=DEVICE)
    packed = PackedRelativeAttention(attention)
    packed.shapes = {side: {"two_rows": True, "tile": 32}}
    within(x, None, packed, attention(x))


def test_squares_that_two_rows_do_not_suit(kernels):
    from pipeline.engine.kernels.vision.squares import pieces

    assert [pieces(side) for side in (64, 48, 40)] == [(64, 64), (64, 32), (64, 16)]
    for side in (14, 12, 37):
        with pytest.raises(ValueError, match=f"two rows of {side} are"):
            pieces(side)


def test_the_vision_tokenizer_without_copies(kernels):
    config = VisionConfig(32, 3, 2, 24, 3, (1,), 12, (20, 24))
    tokenizer = with_noise(VisionTokenizer(config))
    generator = torch.Generator(DEVICE).manual_seed(1)
    for side in (128, 64):
        pixels = torch.rand(2, side, side, 3, generator=generator, device=DEVICE).permute(0, 3, 1, 2)
        expected = tokenizer(pixels)
        packed = PackedVisionTokenizer(copy.deepcopy(tokenizer))
        torch.testing.assert_close(packed(pixels), expected, rtol=2e-2, atol=2e-2)
        views = torch.randint(0, 256, (2, side, side, 3), generator=generator, dtype=torch.uint8, device=DEVICE)
        expected = tokenizer.of_views(views)
        torch.testing.assert_close(packed.of_views(views), expected, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_layer_norm_of_what_is_owed_too(kernels, dtype):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 5, 80, generator=generator).to(DEVICE, dtype)
    owed = torch.randn(80, generator=generator).to(DEVICE)
    norm = with_noise(torch.nn.LayerNorm(80)).to(dtype)
    found = kernels.layer_norm(x, owed, norm.weight, norm.bias, norm.eps)
    expected = norm.float()(x.float() + owed)
    torch.testing.assert_close(found.float(), expected, rtol=1e-5 if dtype is torch.float32 else 1.6e-2, atol=2e-5)


@pytest.mark.parametrize("queries_only", [False, True])
@pytest.mark.parametrize(("count", "piece"), [(36, 16), (16, 32), (40, 64)])
def test_attention_of_the_flow(kernels, count, piece, queries_only):
    """Pieces that end within the visual tokens, and tiles that hold both kinds."""
    generator = torch.Generator().manual_seed(0)
    projected = torch.randn(2, 2 * count, 6 + 2 * 2, 16, generator=generator).to(DEVICE)
    expected = prefix_attention(*torch.split(projected, [6, 2, 2], dim=2))
    found = kernels.flow_attention(projected, 6, 2, queries_only=queries_only, tile=32, piece=piece)
    expected = expected[:, count:] if queries_only else expected
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_the_packed_causal_flow(kernels):
    """Two layers, so that one is not the last; heads that share keys."""
    flow = with_noise(CausalFlow(FlowConfig(64, 2, 4, 2, 96)))
    tokens = torch.randn(2, LOCAL_TOKENS, 64, generator=torch.Generator().manual_seed(1)).to(DEVICE)
    expected = flow(tokens)
    flow.layers = torch.nn.ModuleList(pack_block(block) for block in flow.layers)
    torch.testing.assert_close(PackedCausalFlow(flow)(tokens), expected, rtol=1e-3, atol=1e-3)


def with_noise(module):
    module.requires_grad_(False).to(DEVICE)
    generator = torch.Generator(DEVICE).manual_seed(0)
    for name, parameter in module.named_parameters():
        fan_in = parameter[0].numel() if parameter.dim() in (2, 4) else 10
        parameter.normal_(
            1.0 if "norm" in name else 0.0, 0.3 if parameter.dim() == 1 else fan_in**-0.5, generator=generator
        )
    return module


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_patches_of_bytes(kernels, dtype):
    """All 256 levels, exactly as a CPU normalises pixels; CUDA multiplies by the inverse."""
    views = torch.randperm(2 * 48 * 32 * 3, generator=torch.Generator().manual_seed(0)).remainder(256).to(torch.uint8)
    views = views.view(2, 1, 48, 32, 3)[:, 0, :32].contiguous().to(DEVICE)
    expected = F.unfold(normalize_pixels(views.cpu(), torch.float32), PATCH, stride=PATCH).to(DEVICE)
    found = kernels.cut_patches(views, PATCH, dtype)
    expected = expected.transpose(1, 2).to(dtype)
    if dtype is torch.float32:
        assert torch.equal(found.flatten(1, 2), expected)
    torch.testing.assert_close(found.flatten(1, 2), expected)  # the interpreter rounds to 16 bits otherwise


@pytest.mark.parametrize(("side", "stride"), [(6, 1), (6, 2), (5, 2)])
def test_a_convolution_as_a_product(kernels, side, stride):
    x = torch.randn(2, side, side, 20, generator=torch.Generator().manual_seed(0)).to(DEVICE)
    convolution = with_noise(torch.nn.Conv2d(20, 8, 3, stride=stride, padding=1, bias=False))
    expected = convolution(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    torch.testing.assert_close(convolve(x, convolution), expected, rtol=1e-4, atol=1e-4)
