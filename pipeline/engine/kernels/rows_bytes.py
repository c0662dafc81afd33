"""Attention of a few new tokens per slot over keys and values in bytes, in Triton.

What it must not do is spend more on a byte than its reading takes: some seven instructions. So a byte becomes half
precision by a half of one, two at a time, and values are read as words of four bytes, in the layout that the tensor
core wants; as bytes they would be read from shared memory one by one.
"""

from __future__ import annotations

import triton
import triton.language as tl

from pipeline.engine.kernels.rows_parts import keep, span, visible

# Weights times a value's scale should keep their digits in half precision, whose least is 2^-14: so the likeliest key
# weighs 2^8 instead of 1, which the softmax's sum takes out again. Then values up to 32,000 fit.
_HEADROOM = tl.constexpr(8.0)


@triton.jit
def _half(byte, number: tl.constexpr):
    """A byte less 128, exactly: the low bits of half precision's 1024, from which 1152 is taken."""
    return ((byte.to(tl.uint16) | 0x6400).to(tl.float16, bitcast=True) - 1152.0).to(number)


@triton.jit
def _halves(byte, number: tl.constexpr, packed: tl.constexpr):
    """Bytes less 128; `packed`: four at a time, in NVIDIA's own instructions."""
    if packed:
        wide = tl.inline_asm_elementwise(
            """{
            .reg .b32 low, high, zero;
            mov.b32 zero, 0x64806480;
            prmt.b32 low, $2, 0x64646464, 0x4140;
            prmt.b32 high, $2, 0x64646464, 0x4342;
            sub.f16x2 $0, low, zero;
            sub.f16x2 $1, high, zero;
            }""",
            "=r,=r,r",
            [byte],
            dtype=tl.float16,
            is_pure=True,
            pack=4,
        )
    else:
        wide = _half(byte, number)
    return wide


@triton.jit
def _quarters(word, number: tl.constexpr, packed: tl.constexpr):
    """The four bytes of each word, less 128; `packed`: two words, neighbours along the keys, at a time."""
    if packed:
        first, second, third, fourth = tl.inline_asm_elementwise(
            """{
            .reg .b32 low, high, one, other, zero;
            mov.b32 zero, 0x64806480;
            prmt.b32 low, $4, $5, 0x5140;
            prmt.b32 high, $4, $5, 0x7362;
            prmt.b32 one, low, 0x64646464, 0x4140;
            prmt.b32 other, low, 0x64646464, 0x4342;
            sub.f16x2 $0, one, zero;
            sub.f16x2 $1, other, zero;
            prmt.b32 one, high, 0x64646464, 0x4140;
            prmt.b32 other, high, 0x64646464, 0x4342;
            sub.f16x2 $2, one, zero;
            sub.f16x2 $3, other, zero;
            }""",
            "=r,=r,=r,=r,r,r",
            [word],
            dtype=(tl.float16, tl.float16, tl.float16, tl.float16),
            is_pure=True,
            pack=2,
        )
    else:
        first, second = _half(word & 255, number), _half((word >> 8) & 255, number)
        third, fourth = _half((word >> 16) & 255, number), _half((word >> 24) & 255, number)
    return first, second, third, fourth


@triton.jit
def attend_bytes(
    queries, keys, values, key_scales, value_scales, table, lengths, starts, sizes, prompts, out, parts, stats,
    scale, query_row, query_head, key_block, key_token, key_head, scale_block, scale_head, table_slot, heads,
    group: tl.constexpr, width: tl.constexpr, padded: tl.constexpr, block: tl.constexpr, tile: tl.constexpr,
    rows: tl.constexpr, splits: tl.constexpr, stages: tl.constexpr, window: tl.constexpr, ring: tl.constexpr,
    number: tl.constexpr, packed: tl.constexpr,
):  # fmt: skip
    """One program: one slot, one head, one of `splits` equal parts of the slot's keys.

    `values` are words of four bytes. Products are in the format `number`, sums in float32. Tiles never leave a block,
    and all that a block holds is finite.
    """
    slot, head, split = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    start, size, seen, prompt, first, last = span(slot, split, lengths, starts, sizes, prompts, tile, splits, ring)
    row, inside, key, word = tl.arange(0, rows), tl.arange(0, padded), tl.arange(0, tile), tl.arange(0, padded // 4)
    real, given = inside < width, row < size
    places = (start + row)[:, None] * query_row + head * query_head + inside[None, :]
    query = tl.load(queries + places, mask=given[:, None] & real[None, :], other=0.0).to(tl.float32)
    # Powers of two are the hardware's own: log2(e) goes into the scale.
    query = (query * (scale * 1.4426950408889634)).to(number)
    highest = tl.full([rows], -1e30, tl.float32)
    # Summed over keys at the end alone, as that goes across warps.
    total = tl.zeros([rows, tile], tl.float32)
    mixed = tl.zeros([rows, padded // 4], tl.float32)
    second, third, fourth = mixed, mixed, mixed
    for begin in tl.range(first, last, tile, num_stages=stages):
        page = tl.load(table + slot * table_slot + begin // block).to(tl.int64)
        kept = page * key_block + (begin % block) * key_token + (head // group) * key_head
        scales = page * scale_block + (head // group) * scale_head + begin % block + key
        bytes_ = tl.load(keys + kept + key[:, None] * key_token + inside[None, :], mask=real[None, :], other=0)
        score = tl.dot(query, _halves(tl.trans(bytes_), number, packed), input_precision="ieee")
        score *= tl.load(key_scales + scales)[None, :]
        sees = visible(begin + key, last, row, seen, size, prompt, window, ring)
        score = tl.where(sees, score, -1e30)
        above = tl.maximum(highest, tl.max(score, 1) - _HEADROOM)
        shrink = tl.exp2(highest - above)
        # Of a row that sees none of the keys so far this is nonsense, which shrinks to nothing with the first it sees.
        weight = tl.exp2(score - above[:, None])
        total = total * shrink[:, None] + weight
        weight = (weight * tl.load(value_scales + scales)[None, :]).to(number)
        at = kept // 4 + key[:, None] * (key_token // 4) + word[None, :]
        words = tl.load(values + at, mask=(word < width // 4)[None, :], other=0)
        one, two, three, four = _quarters(words, number, packed)
        mixed = tl.dot(weight, one, mixed * shrink[:, None], input_precision="ieee")
        second = tl.dot(weight, two, second * shrink[:, None], input_precision="ieee")
        third = tl.dot(weight, three, third * shrink[:, None], input_precision="ieee")
        fourth = tl.dot(weight, four, fourth * shrink[:, None], input_precision="ieee")
        highest = above
    sums = tl.sum(total, 1)
    for byte in tl.static_range(4):
        keep(
            highest, sums, (mixed, second, third, fourth)[byte], given, word < width // 4, row, word * 4 + byte, start,
            head, slot, split, out, parts, stats, heads, width, rows, splits,
        )  # fmt: skip
