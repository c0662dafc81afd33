"""What stands between products of 8-bit integers: rows, weights of attention, places."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("numba")
from pipeline.engine.integers import arithmetic, attention
from pipeline.engine.integers.layers import even_pattern


def test_a_row_is_as_integers_and_a_scale():
    row = np.array([0, 127, -63.4, 1, -0.4], np.float32) * np.float32(0.25)
    out = np.empty(5, np.int8)
    assert arithmetic.shorten(row, out) == np.float32(0.25)
    assert out.tolist() == [0, 127, -63, 1, 0]
    assert arithmetic.shorten(-row, out) == np.float32(0.25)
    assert out.tolist() == [0, -127, 63, -1, 0]


def test_nothing_but_zeros_has_a_scale():
    out = np.ones(7, np.int8)
    assert 0 < arithmetic.shorten(np.zeros(7, np.float32), out) < 1e-10
    assert not out.any()


@pytest.mark.parametrize(("low", "high"), [(-30.0, 0.0), (0.0, 30.0), (-1e-3, 1e-3)])
def test_powers_of_two(low, high):
    from numba import njit

    power = njit(lambda x: arithmetic.power_of_two(x))
    for x in np.linspace(low, high, 401, dtype=np.float32):
        assert power(x) == pytest.approx(2.0 ** float(x), rel=2e-4)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [4, 5])
def test_places_and_what_is_around_them(side, stride):
    x = np.random.default_rng(1).integers(-127, 128, (side, side, 3)).astype(np.float32)
    x[side // 2, side // 2] = 127  # so that scales are one where it is near, and others are known
    per_side = -(-side // stride)
    out, scales = np.empty((per_side**2, 27), np.int8), np.empty(per_side**2, np.float32)
    arithmetic.surround(x, stride, out, scales)
    unfolded = torch.nn.functional.unfold(torch.from_numpy(x).permute(2, 0, 1)[None], 3, padding=1, stride=stride)
    expected = unfolded[0].view(3, 9, -1).permute(2, 1, 0).reshape(-1, 27).numpy()
    np.testing.assert_allclose(out * scales[:, None], expected, atol=0.51)


def weights_of(scores: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Of rows of scores without a bias."""
    rows = len(scores)
    top = np.abs(scores).max() / 1e6
    out, sums = np.empty(scores.shape, np.int8), np.empty(rows, np.float32)
    none = np.zeros((rows, side), np.float32)
    attention.weigh(
        (scores / top).astype(np.int32), np.full(rows, top, np.float32), np.ones(side**2, np.float32), none, none,
        even_pattern(side**2), out, sums,
    )  # fmt: skip
    return out.astype(int) + 128, sums


def test_many_weights_far_below_the_largest_keep_their_sum():
    """One key of e⁷ beside 2,303 of one has a third of all; rounded to the nearest, it would have everything."""
    scores = np.zeros((1, 2304), np.float32)
    scores[0, 1000] = 7
    weights, sums = weights_of(scores, 48)
    assert sums[0] == weights.sum()
    assert weights[0, 1000] / sums[0] == pytest.approx(np.e**7 / (np.e**7 + 2303), rel=0.02)
    rows = weights[0].reshape(48, 48).sum(1)  # and they are spread over the square
    assert (np.delete(rows, 1000 // 48) > 0).all()


def test_weights_are_a_softmax():
    scores = np.random.default_rng(2).normal(0, 3, (9, 256)).astype(np.float32)
    weights, sums = weights_of(scores, 16)
    exact = np.exp(scores - scores.max(1, keepdims=True))
    np.testing.assert_allclose(weights / sums[:, None], exact / exact.sum(1, keepdims=True), atol=0.004)
    assert weights.max() == 254 and weights.min() >= 0


def test_each_row_and_column_has_its_own_bias():
    """Bias of 6 for one row and one column of the square: the key where they cross has e¹² of the others."""
    out, sums = np.empty((2, 16), np.int8), np.empty(2, np.float32)
    to_rows, to_columns = np.zeros((2, 4), np.float32), np.zeros((2, 4), np.float32)
    to_rows[1, 2] = to_columns[1, 3] = 6
    scores, ones = np.zeros((2, 16), np.int32), np.ones(16, np.float32)
    attention.weigh(scores, ones[:2], ones, to_rows, to_columns, np.full(16, 0.5, np.float32), out, sums)
    assert (out[0].astype(int) + 128 == 254).all()
    weights = out[1].astype(int) + 128
    assert weights.argmax() == 2 * 4 + 3 and weights.max() == 254
    assert np.delete(weights, 11).tolist() == [(1 if n // 4 == 2 or n % 4 == 3 else 0) for n in range(16) if n != 11]
