"""What the kernels of rows do alike: a program's keys, which of them a row sees, and the parts of a softmax."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def span(slot, split, lengths, starts, sizes, prompts, tile: tl.constexpr, splits: tl.constexpr, ring: tl.constexpr):
    """A slot's rows and a program's keys: first row, rows, tokens that the first row sees, prompt, first key, end."""
    start, size = tl.load(starts + slot), tl.load(sizes + slot)
    seen = tl.load(lengths + slot)
    length = seen + size - 1
    prompt = 0
    if ring:
        prompt = tl.load(prompts + slot).to(tl.int32)
        length = tl.minimum(length, prompt + ring)
    share = tl.cdiv(tl.cdiv(length, tile), splits) * tile
    first = split * share
    return start, size, seen, prompt, first, tl.minimum(length, first + share)


@triton.jit
def _in_window(at, own, newest, prompt, window: tl.constexpr, ring: tl.constexpr):
    """Which places `at` [tile] rows see whose tokens are `own` [rows]: the prompt, and their window in the ring."""
    # The token in a place is the last one that was written there (`Ring.seen`).
    token = tl.where(at < prompt, at, newest - (newest - at + ring) % ring)[None, :]
    recent = (token >= prompt) & (token <= own[:, None]) & (token > own[:, None] - window)
    return (at < prompt)[None, :] | recent


@triton.jit
def visible(at, end, row, seen, size, prompt, window: tl.constexpr, ring: tl.constexpr):
    """Which keys `at` [tile] before `end` each `row` sees, [rows, tile]."""
    if ring:
        newest = seen + size - 2  # of the slot's tokens
        sees = (at < end)[None, :] & _in_window(at, seen - 1 + row, newest, prompt, window, ring)
    else:
        sees = at[None, :] < tl.minimum(end, seen + row)[:, None]
    return sees


@triton.jit
def keep(
    highest, total, mixed, given, real, row, inside, start, head, slot, split, out, parts, stats, heads,
    width: tl.constexpr, rows: tl.constexpr, splits: tl.constexpr,
):  # fmt: skip
    """Write a slot's rows, or what `join_parts` makes them of."""
    mask = given[:, None] & real[None, :]
    if splits == 1:
        to = ((start + row)[:, None] * heads + head) * width + inside[None, :]
        result = mixed / tl.where(given, total, 1.0)[:, None]
        tl.store(out + to, result.to(out.dtype.element_ty), mask=mask)
    else:
        part = ((slot * heads + head) * splits + split) * rows + row
        tl.store(parts + part[:, None] * width + inside[None, :], mixed, mask=mask)
        tl.store(stats + part * 2, highest, mask=given)
        tl.store(stats + part * 2 + 1, total, mask=given)


@triton.jit
def join_parts(
    parts, stats, starts, sizes, out, heads,
    width: tl.constexpr, padded: tl.constexpr, rows: tl.constexpr, splits: tl.constexpr,
):  # fmt: skip
    """One program: one row of one slot and head; parts weigh as much as their share of the softmax's sum."""
    slot, head, row = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    if row < tl.load(sizes + slot):
        inside, split = tl.arange(0, padded), tl.arange(0, splits)
        real = inside < width
        part = ((slot * heads + head) * splits + split) * rows + row
        peaks, sums = tl.load(stats + part * 2), tl.load(stats + part * 2 + 1)
        factors = tl.exp2(peaks - tl.max(peaks, 0))
        places = part[:, None] * width + inside[None, :]
        mixed = tl.load(parts + places, mask=real[None, :], other=0.0) * factors[:, None]
        result = tl.sum(mixed, 0) / tl.sum(sums * factors, 0)
        to = ((tl.load(starts + slot) + row) * heads + head) * width + inside
        tl.store(out + to, result.to(out.dtype.element_ty), mask=real)
