"""The vision tokenizer's layers with products of 8-bit integers."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import torch
from torch import Tensor

from pipeline.engine.integers.arithmetic import Floats, Sums, add, gelu, normalise, shorten_rows
from pipeline.engine.integers.attention import mix, shorten_values, take_apart, weigh
from pipeline.engine.integers.products import multiply, norm_of, weight_of
from pipeline.engine.integers.scratch import Scratch
from pipeline.model.vision_tokenizer import RelativeAttention, VisionBlock, distances

# 64 rows of a square of 48 are 0.6 MB of sums, which stay in the second cache; all 256 of a window of 16 are 0.3.
QUERIES_AT_ONCE = 64
WINDOW_AT_ONCE = 256
GOLDEN: Final = 0.6180339887498949
"""The golden ratio: fractions of its multiples fill 0..1 evenly, however many come."""


@functools.cache
def even_pattern(size: int) -> Floats:
    """Fractions by which `weigh` rounds that many weights."""
    return (np.arange(size) * GOLDEN % 1).astype(np.float32)


class IntegerLayer:
    """One `VisionBlock`."""

    def __init__(self, block: VisionBlock, scratch: Scratch) -> None:
        attention, self._scratch = block.attention, scratch
        assert isinstance(attention, RelativeAttention)
        self._window, self._heads = block.window, attention.heads
        self._qkv, self._output = weight_of(attention.qkv), weight_of(attention.output)
        self._up, self._down = weight_of(block.mlp.up), weight_of(block.mlp.down)
        self._norms = norm_of(block.norm1), norm_of(block.norm2)
        self._rows, self._columns = attention.rows.detach().float(), attention.columns.detach().float()
        self._orders: dict[int, Sums] = {}  # by side of the view
        self._places: dict[int, tuple[Tensor, Tensor]] = {}  # by side of the square

    def onto(self, x: Floats, side: int) -> None:
        """What the layer says of patches [side², width], onto them in place."""
        take = self._scratch.take
        short, scales = take("short", np.int8, *x.shape), take("scales", np.float32, len(x))
        normalise(x, *self._norms[0], short, scales)
        mixed = self._attend(self._qkv.of(short, self._scratch), scales, side)
        shorten_rows(mixed, short, scales)
        add(x, self._output.of(short, self._scratch), scales, self._output.columns, self._output.bias)
        normalise(x, *self._norms[1], short, scales)
        sums = self._up.of(short, self._scratch)
        inner = take("inner", np.int8, *sums.shape)
        gelu(sums, scales, self._up.columns, self._up.bias, inner)
        add(x, self._down.of(inner, self._scratch), scales, self._down.columns, self._down.bias)

    def _attend(self, sums: Sums, scales: Floats, side: int) -> Floats:
        """Mixed values [side², width] of the queries, keys and values that a product gave."""
        count, heads, square = len(sums), self._heads, self._window or side
        d, size, take = sums.shape[1] // 3 // heads, square * square, self._scratch.take
        order = self._order(side, square)
        asking, wide = take("asking", np.float32, count, heads, d), take("wide", np.float32, heads, count, d)
        queries, keys, values = (take(name, np.int8, heads, count, d) for name in ("queries", "keys", "values"))
        of_queries, of_keys = (take(name, np.float32, heads, count) for name in ("of queries", "of keys"))
        take_apart(
            sums, scales, self._qkv.columns, self._qkv.bias, order, heads,
            asking, queries, keys, of_queries, of_keys, wide,
        )  # fmt: skip
        to_rows, to_columns = self._biases(torch.from_numpy(asking), square)
        chunk = min(size, WINDOW_AT_ONCE if size <= WINDOW_AT_ONCE else QUERIES_AT_ONCE)
        scores, found = take("scores", np.int32, chunk, size), take("found", np.int32, chunk, d)
        weights, mass = take("weights", np.int8, chunk, size), take("mass", np.float32, chunk)
        of_values, owed = take("of values", np.float32, d), take("owed", np.float32, d)
        pattern = even_pattern(size)
        out: Floats = take("mixed", np.float32, count, heads * d)
        for head in range(heads):
            for first in range(0, count, size):
                own = slice(first, first + size)
                shorten_values(wide[head, own], values[head, own], of_values, owed)
                for at in range(first, first + size, chunk):
                    some = slice(at, at + chunk)
                    multiply(queries[head, some], keys[head, own].T, scores)
                    weigh(
                        scores, of_queries[head, some], of_keys[head, own], to_rows[head, some],
                        to_columns[head, some], pattern, weights, mass,
                    )  # fmt: skip
                    multiply(weights, values[head, own], found)
                    mix(found, mass, of_values, owed, order[some], out[:, head * d : (head + 1) * d])
        return out

    def _biases(self, asking: Tensor, square: int) -> tuple[Floats, Floats]:
        """Queries [T, heads, d] by squares → what they say to each row and to each column of theirs,
        [heads, T, side]."""
        count, heads, _ = asking.shape
        if square not in self._places:
            by_row, by_column = (distances(table, square).mT.contiguous() for table in (self._rows, self._columns))
            self._places[square] = by_row, by_column
        by_row, by_column = self._places[square]
        squares = asking.view(-1, square, square, heads, asking.shape[2])
        to_rows = (squares.flatten(2, 3) @ by_row).view(-1, square, square, heads, square)
        to_columns = (squares.transpose(1, 2).flatten(2, 3) @ by_column).view(-1, square, square, heads, square)
        # Heads first, and copied: rows of numbers that lie apart are read one number at a time.
        shape = heads, count, square
        by_head = to_rows.permute(3, 0, 1, 2, 4), to_columns.permute(3, 0, 2, 1, 4)
        rows, columns = (bias.reshape(shape).numpy() for bias in by_head)
        return rows, columns

    def _order(self, side: int, square: int) -> Sums:
        """Patches of a view in the order of its squares."""
        if side not in self._orders:
            places = np.arange(side * side, dtype=np.int32).reshape(side // square, square, side // square, square)
            self._orders[side] = np.ascontiguousarray(places.transpose(0, 2, 1, 3)).reshape(-1)
        return self._orders[side]
