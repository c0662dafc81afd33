"""Decoding kernels against plain PyTorch, on CUDA; on a CPU with TRITON_INTERPRET=1, which runs Triton in Python."""

from __future__ import annotations

import pytest
import torch

from pipeline.engine.cache.ring import Ring
from pipeline.engine.compute import backends
from pipeline.engine.compute.rows import lay_out
from pipeline.engine.kernels.kept import Kept, dequantise, quantise
from pipeline.engine.packing.experts import PackedExperts
from pipeline.model.attention import RMSNorm, rotary, rotate
from pipeline.model.config import DecoderConfig
from pipeline.model.experts import MixtureOfExperts

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@pytest.fixture
def slots():
    """Three slots of 1, 70 and 512 tokens in blocks of 256, four heads that share two: queries and the cache."""
    generator = torch.Generator().manual_seed(0)
    keys, values = (torch.randn(7, 256, 2, 32, generator=generator).to(DEVICE) for _ in range(2))
    queries = torch.randn(3, 4, 32, generator=generator).to(DEVICE)
    table = torch.tensor([[1, 2], [3, 4], [6, 5]], dtype=torch.int32, device=DEVICE)
    return queries, Kept(keys, values), table, torch.tensor([1, 70, 512], dtype=torch.int32, device=DEVICE)


def in_bytes(queries, kept, table, lengths):
    """The same slots with keys and values in 8 bits, scales lying as the cache has them."""
    (keys, key_scales), (values, value_scales) = quantise(kept.keys), quantise(kept.values * 7)
    scales = tuple(part.transpose(1, 2).contiguous().transpose(1, 2) for part in (key_scales, value_scales))
    return queries, Kept(keys, values, (scales[0], scales[1])), table, lengths


def by_hand(queries, kept, table, lengths):
    """In float64, one slot and head after the other."""
    rows, parts = [], (kept.keys, kept.values)
    if kept.scales:
        parts = [dequantise(*pair) for pair in zip(parts, kept.scales, strict=True)]
    for slot, length in enumerate(lengths.tolist()):
        own = [part[table[slot].long()].flatten(0, 1)[:length].double() for part in parts]
        for head in range(queries.shape[1]):
            key, value = (part[:, head // 2] for part in own)
            rows.append((key @ queries[slot, head].double() * 32**-0.5).softmax(0) @ value)
    return torch.stack(rows).view(queries.shape).float()


@pytest.mark.parametrize("attend", [backends.attend_sdpa, backends.attend_each])
def test_torch_attention_of_a_step(slots, attend):
    torch.testing.assert_close(attend(*slots), by_hand(*slots), rtol=1e-5, atol=1e-5)
    eight = in_bytes(*slots)
    torch.testing.assert_close(attend(*eight), by_hand(*eight), rtol=1e-4, atol=1e-4)


@pytest.fixture
def rows(slots):
    """Three rows for the first slot, one for the second, 16 for the third, and two of nobody: queries, cache, rows."""
    _, kept, table, _ = slots
    wanted, most = torch.tensor([2, 0, 15], device=DEVICE), 15
    laid = lay_out(torch.zeros(3, most, dtype=torch.long, device=DEVICE), wanted, 19)
    queries = torch.randn(22, 4, 32, generator=torch.Generator().manual_seed(2)).to(DEVICE)
    return queries, kept, table, torch.tensor([1, 70, 497], dtype=torch.int32, device=DEVICE), laid


def rows_by_hand(queries, kept, table, lengths, rows):
    """Each row alone; rows of nobody are zero."""
    alone = by_hand(queries, kept, table[rows.slots], lengths[rows.slots] + rows.ahead)
    return alone * rows.real[:, None, None]


def test_torch_attention_of_rows(rows):
    torch.testing.assert_close(backends.attend_rows_each(*rows), rows_by_hand(*rows), rtol=1e-5, atol=1e-5)
    *eight, laid = *in_bytes(*rows[:4]), rows[4]
    expected = rows_by_hand(*eight, laid)  # type: ignore[call-arg]
    torch.testing.assert_close(backends.attend_rows_each(*eight, laid), expected, rtol=1e-4, atol=1e-4)  # type: ignore[call-arg]
    unshared = backends.Backend("sdpa", "", backends.attend_sdpa, static=False).rows(*eight, laid)  # type: ignore[call-arg]
    torch.testing.assert_close(unshared[laid.real], expected[laid.real], rtol=1e-4, atol=1e-4)


def test_keys_may_stand_first_in_bfloat16(rows):
    queries, kept, *rest = rows
    sixteen = queries.bfloat16(), Kept(kept.keys.bfloat16(), kept.values.bfloat16()), *rest
    found = backends.attend_rows_each(*sixteen)
    assert found.dtype is torch.bfloat16
    torch.testing.assert_close(found.float(), rows_by_hand(*rows), rtol=0.03, atol=0.03)


def test_the_choice_says_why():
    name, why = backends.attention_backend(torch.device("cpu"))
    assert (name, why) == ("sdpa", "torch's own attention, slot by slot")


@pytest.mark.parametrize("splits", [None, 1, 2, 8])
@pytest.mark.parametrize("tile", [16, 64])
def test_decode_attention(kernels, slots, splits, tile):
    result = kernels.decode_attention(*slots, splits=splits, tile=tile)
    torch.testing.assert_close(result, by_hand(*slots), rtol=1e-4, atol=1e-4)
    eight = in_bytes(*slots)
    result = kernels.decode_attention(*eight, splits=splits, tile=tile)
    torch.testing.assert_close(result, by_hand(*eight), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("splits", [None, 1, 2, 8])
@pytest.mark.parametrize("tile", [16, 64])
def test_rows_attention(kernels, rows, splits, tile):
    for *work, laid in (rows, (*in_bytes(*rows[:4]), rows[4])):
        result = kernels.rows_attention(*work, laid.starts, laid.sizes, splits=splits, tile=tile)
        torch.testing.assert_close(result, rows_by_hand(*work, laid), rtol=1e-4, atol=1e-4)  # type: ignore[call-arg]


@pytest.mark.parametrize("splits", [1, 4])
def test_rows_of_bytes_in_16_bits(kernels, rows, splits):
    """Every byte is a number of half precision; what is left is the queries' and the weights' own rounding."""
    queries, kept, table, lengths = in_bytes(*rows[:4])
    every = torch.arange(512, device=DEVICE, dtype=torch.int32) % 256
    kept.keys.flatten()[:512] = kept.values.flatten()[:512] = every.to(torch.uint8)
    work = queries.bfloat16(), kept, table, lengths
    found = kernels.rows_attention(*work, rows[4].starts, rows[4].sizes, splits=splits)
    assert found.dtype is torch.bfloat16
    expected = rows_by_hand(work[0].float(), *work[1:], rows[4])
    torch.testing.assert_close(found.float(), expected, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("splits", [None, 1, 4])
@pytest.mark.parametrize(("window", "slack"), [(20, 15), (100, 15), (5, 20)])
def test_rows_in_a_ring_see_their_windows(kernels, rows, splits, window, slack):
    """Slots that have gone round their ring, that are in their first round, and one with nothing but its prompt."""
    ring = Ring(window, slack)
    queries, kept, table, _, laid = rows
    prompts = torch.tensor([200, 1, 390], device=DEVICE)
    newest = torch.tensor([700, 0, 391], device=DEVICE)
    at = laid.slots
    seen = ring.seen(newest[at] + laid.ahead, (newest + laid.given)[at], prompts[at], 512)
    for cache in (kept, in_bytes(queries, kept, table, None)[1]):
        found = kernels.rows_attention(
            queries,
            cache,
            table,
            (newest + 1).int(),
            laid.starts,
            laid.sizes,
            prompts,
            (ring.window, ring.size),
            splits=splits,
        )
        expected = backends.attend_seen(queries, cache, table, laid, seen) * laid.real[:, None, None]
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_norm_rotation_gate_and_store(kernels):
    generator = torch.Generator().manual_seed(0)

    def noise(*shape):
        return torch.randn(*shape, generator=generator).to(DEVICE)

    norm = RMSNorm(24, 1e-6).requires_grad_(False).to(DEVICE)
    norm.weight.copy_(noise(24))
    x = noise(5, 24)
    torch.testing.assert_close(kernels.rms_norm(x, norm.weight, 1e-6), norm(x), rtol=1e-5, atol=1e-5)

    heads, tables = noise(2, 5, 3, 8), rotary(torch.arange(5, device=DEVICE)[None], 8, 1e4)
    turned = heads.clone()
    kernels.rotate_in_place(turned.flatten(0, 1).flatten(1), 2, *(table.reshape(-1, 8) for table in tables))
    expected = torch.cat((rotate(heads[:, :, :2], tables), heads[:, :, 2:]), dim=2)
    torch.testing.assert_close(turned, expected, rtol=1e-5, atol=1e-5)

    both, weights = noise(3, 4, 20), noise(3, 4)
    hidden = torch.nn.functional.silu(both[..., :10]) * both[..., 10:]
    torch.testing.assert_close(kernels.gate(both), hidden, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(kernels.gate(both, weights), hidden * weights[..., None], rtol=1e-5, atol=1e-5)

    keys, values, kept = noise(3, 2, 8), noise(3, 2, 8), torch.zeros(2, 3, 3, 2, 8, device=DEVICE)
    places = torch.tensor([4, 2, 7], device=DEVICE)
    kernels.store(keys, values, Kept(kept[0], kept[1]), places)
    kept = kept.flatten(1, 2)
    assert torch.equal(kept[:, places], torch.stack((keys, values)))
    assert not kept[:, [0, 1, 3, 5, 6, 8]].any()


def test_what_is_stored_in_bytes_is_what_quantise_says(kernels):
    """Heads that are no power of two, blocks of three tokens; rows of zeros and of very different sizes."""
    generator = torch.Generator().manual_seed(0)
    keys, values = (torch.randn(4, 3, 24, generator=generator).to(DEVICE) for _ in range(2))
    keys[0, 1], keys[1], values[2], values[3, 0] = 0, keys[1] * 1e6, values[2] * 1e-5, torch.arange(24) - 11.5
    bytes_ = torch.zeros(2, 3, 3, 3, 24, dtype=torch.uint8, device=DEVICE)
    scales = torch.zeros(2, 3, 3, 3, device=DEVICE).transpose(2, 3)
    places = torch.tensor([4, 2, 7, 8], device=DEVICE)
    kernels.store(keys, values, Kept(bytes_[0], bytes_[1], (scales[0], scales[1])), places)
    for part, x in enumerate((keys, values)):
        expected, scale = quantise(x)
        assert (bytes_[part].flatten(0, 1)[places].int() - expected.int()).abs().max() <= 1, "rounding of a quotient"
        assert (bytes_[part].flatten(0, 1)[places] == expected).float().mean() > 0.99
        torch.testing.assert_close(scales[part, places // 3, places % 3], scale)
        assert not scales[part, torch.tensor([0, 0, 1]), torch.tensor([0, 1, 0])].any(), "nothing else is written"


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(("way", "tokens"), [("few", 6), ("wide", 6), ("grouped", 1), ("grouped", 6), ("grouped", 90)])
def test_experts(kernels, way, tokens, normalize):
    config = DecoderConfig(64, 40, 2, 4, 2, 1, 48, 10, 3, 12, 2, normalize_weights=normalize, routed_scaling=1.5)
    moe = MixtureOfExperts(config).requires_grad_(False).to(DEVICE)
    generator = torch.Generator(DEVICE).manual_seed(0)
    for parameter in moe.parameters():
        parameter.normal_(0, 0.3, generator=generator)
    packed, x = PackedExperts(moe), torch.randn(1, tokens, 40, generator=generator, device=DEVICE)
    packed.way = way
    torch.testing.assert_close(packed(x), moe(x), rtol=1e-4, atol=1e-4)


def test_log_sum_exp(kernels):
    """Rows longer than a block; minus infinity is what the ban of n-grams writes."""
    x = torch.randn(3, 9001, generator=torch.Generator().manual_seed(0)).to(DEVICE) * 5
    x[1, 5:] = -float("inf")
    torch.testing.assert_close(kernels.log_sum_exp(x), x.logsumexp(-1), rtol=1e-5, atol=1e-5)


def test_tokens_are_dispatched_and_their_outputs_combined(kernels):
    """An expert that none takes, and one that all take; the last of each token's choices is shared by all."""
    from pipeline.engine.kernels.products.dispatch import combine, dispatch

    experts = torch.tensor([[0, 3, 4], [3, 1, 4], [0, 3, 4]], device=DEVICE)
    counts, pairs = dispatch(experts, 4)
    assert counts.tolist() == [2, 1, 0, 3]
    assert [sorted(row[:count].tolist()) for row, count in zip(pairs, counts.tolist(), strict=True)] == [
        [0, 6], [4], [], [1, 3, 7],
    ]  # fmt: skip
    outputs = torch.arange(36.0, device=DEVICE).view(9, 4)
    assert torch.equal(combine(outputs, 3), outputs.view(3, 3, 4).sum(1))


@pytest.mark.parametrize("described", [False, True])
@pytest.mark.parametrize("group", [1, 3])
def test_experts_whose_pieces_take_turns(kernels, monkeypatch, group, described):
    """More tiles of outputs than one, more pieces of an expert's tokens than a group has, and tails of both; on devices
    that copy tiles by themselves, and on others."""
    from pipeline.engine.kernels.products import grouped

    tile = grouped.Tile(16, 16, 16, 2, 4, group)
    monkeypatch.setattr(grouped, "EXACT", (tile, tile))
    monkeypatch.setattr(grouped, "OLDER", (tile, tile))
    monkeypatch.setattr(grouped, "_device", lambda device: (1 << 16, described))
    config = DecoderConfig(64, 40, 2, 4, 2, 1, 48, 3, 2, 36, 1)
    moe = MixtureOfExperts(config).requires_grad_(False).to(DEVICE)
    packed, x = PackedExperts(moe), torch.randn(1, 75, 40, generator=torch.Generator().manual_seed(0)).to(DEVICE)
    packed.way = "grouped"
    torch.testing.assert_close(packed(x), moe(x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_sum_and_its_norm(kernels, dtype):
    generator = torch.Generator().manual_seed(0)
    x, addend = (torch.randn(2, 5, 80, generator=generator).to(DEVICE, dtype) for _ in range(2))
    norm = RMSNorm(80, 1e-6).to(DEVICE, dtype)
    norm.weight.data.normal_(1, 0.1)
    total, normed = kernels.add_rms_norm(x, addend.transpose(0, 1).contiguous().transpose(0, 1), norm.weight, 1e-6)
    torch.testing.assert_close(total, x + addend)  # the interpreter rounds to 16 bits otherwise
    torch.testing.assert_close(normed, norm(total), rtol=1e-5 if dtype is torch.float32 else 1.6e-2, atol=1e-5)


@pytest.mark.parametrize("rows", [3, 4099])
def test_rms_norm_of_few_rows_and_of_many(kernels, rows):
    x = torch.randn(rows, 24, generator=torch.Generator().manual_seed(0)).to(DEVICE)
    norm = RMSNorm(24, 1e-6).to(DEVICE)
    norm.weight.data.normal_(1, 0.1)
    torch.testing.assert_close(kernels.rms_norm(x, norm.weight, 1e-6), norm(x), rtol=1e-5, atol=1e-5)
